"""The sweep: removes what runs left whose supervisor is dead."""

from __future__ import annotations

import contextlib
import logging
import shutil

import psutil
from filelock import FileLock, Timeout

from IntegrationLibrary.base.processes import ProcessIdentity, kill_all, session_of
from IntegrationLibrary.supervisor.ledger import Ledger
from IntegrationLibrary.supervisor.runs import RUN_VARIABLE, RunFolder, all_runs

_log = logging.getLogger(__name__)


def sweep(*, keep: RunFolder | None = None) -> None:
    """Remove all dead runs but *keep*. Two sweeps at once do no harm."""
    for run in all_runs():
        if run != keep:
            _sweep_if_dead(run)


def remove_run(run: RunFolder) -> None:
    """Kill what still runs of the run, and remove its folders and its lock."""
    empty_run(run)
    with contextlib.suppress(FileNotFoundError):
        run.lock.unlink()


def empty_run(run: RunFolder) -> None:
    """Kill what still runs of the run, and remove its folders; who holds its lock goes on holding it."""
    ledger = Ledger(run.ledger)
    kill_all(recorded(ledger) + marked(run))
    for entry in ledger.entries("folder"):
        shutil.rmtree(entry["path"], ignore_errors=True)
    shutil.rmtree(run.path, ignore_errors=True)


def marked(run: RunFolder) -> list[psutil.Process]:
    """Return the processes that carry the run's mark in their environment."""
    found = []
    own = psutil.Process()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process != own and process.environ().get(RUN_VARIABLE) == run.path.name:
                found.append(process)
    return found


def _sweep_if_dead(run: RunFolder) -> None:
    try:
        with FileLock(run.lock, timeout=0):
            if run.is_alive():
                return
            _log.warning("Removing what run %s left: its supervisor is dead.", run.path.name)
            remove_run(run)
    except Timeout:
        _log.debug("Run %s is just starting.", run.path.name)


def recorded(ledger: Ledger) -> list[psutil.Process]:
    """Return the processes that were written down and still run, with those of their sessions."""
    found = []
    for entry in ledger.entries("process"):
        leader = ProcessIdentity(entry["pid"], entry["created"]).find()
        if leader is not None:
            found += [leader, *session_of(leader.pid)]
    return found
