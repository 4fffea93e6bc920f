"""The end of another process, waited for without asking again and again where the system can tell."""

from __future__ import annotations

import contextlib
import os
import select

import psutil

from IntegrationLibrary.base.processes import ProcessIdentity


def wait_for_end(identity: ProcessIdentity) -> None:
    """Return when the process has ended, however it did."""
    descriptor = _descriptor(identity)
    process = identity.find()  # after it: the pid was not used again between the two looks
    if process is not None and descriptor is not None:
        select.select([descriptor], [], [])
    elif process is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.wait()
    if descriptor is not None:
        os.close(descriptor)


def _descriptor(identity: ProcessIdentity) -> int | None:
    """Return what becomes readable when the process ends; None where the system has no such thing."""
    try:
        return os.pidfd_open(identity.pid)
    except (AttributeError, OSError):
        return None
