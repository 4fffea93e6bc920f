"""A process with all its children, treated as one: killed, held, let go on."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator

import psutil

from IntegrationLibrary.base.processes import family_of
from IntegrationLibrary.base.waiting import Answer, wait_until

_TIMEOUT = 5.0
_STILL = {psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP, psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}


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
    """Hold the process with all its children; what they were asked meanwhile they answer when they go on.

    A signal is on its way for a moment: when this returns, it has arrived.
    """
    held: list[psutil.Process] = []
    for family in _growing(process):
        for each in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.suspend()
        held += family
    wait_until(lambda: _still(held), timeout=_TIMEOUT)


def resume_family(process: subprocess.Popen[bytes]) -> None:
    """Let the process with all its children go on. Idempotent."""
    for each in reversed(_members(process)):
        with contextlib.suppress(psutil.NoSuchProcess):
            each.resume()


def _still(processes: list[psutil.Process]) -> Answer:
    moving = [each for each in processes if _status(each) not in _STILL]
    return Answer.not_yet(f"{moving} still run") if moving else Answer.ready()


def _status(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.NoSuchProcess):
        return str(process.status())
    return psutil.STATUS_DEAD


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
