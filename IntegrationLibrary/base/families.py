"""A process with all its children, treated as one: killed, held, let go on."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator

import psutil

from IntegrationLibrary.base.processes import family_of

_TIMEOUT = 5.0


def kill_family(process: subprocess.Popen[bytes]) -> None:
    """Kill the process with all its children, at once and without asking. Idempotent."""
    others: list[psutil.Process] = []
    for family in _growing(process):
        for each in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        others += [each for each in family if each.pid != process.pid]
    process.wait()
    psutil.wait_procs(others, timeout=_TIMEOUT)


def pause_family(process: subprocess.Popen[bytes]) -> None:
    """Hold the process with all its children; what they were asked meanwhile they answer when they go on."""
    for family in _growing(process):
        for each in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.suspend()


def resume_family(process: subprocess.Popen[bytes]) -> None:
    """Let the process with all its children go on. Idempotent."""
    for each in reversed(_members(process)):
        with contextlib.suppress(psutil.NoSuchProcess):
            each.resume()


def _growing(process: subprocess.Popen[bytes]) -> Iterator[list[psutil.Process]]:
    """Yield the members, the first one first, then those that they have started meanwhile, until there are no new."""
    known: set[psutil.Process] = set()
    while new := [each for each in _members(process) if each not in known]:
        known.update(new)
        yield new


def _members(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    if process.poll() is not None:
        return family_of(process)
    return [psutil.Process(process.pid), *family_of(process)]
