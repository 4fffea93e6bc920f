"""The sweep: removes what runs left whose supervisor is dead."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from IntegrationLibrary.base.memory import sweep_memory
from IntegrationLibrary.base.processes import ProcessIdentity, kill_all, session_of
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.containers.leftovers import KINDS, remove_left
from IntegrationLibrary.databases.shared_memory import SHARED_MEMORY, free_memory, free_memory_made_by
from IntegrationLibrary.supervisor.ledger import Ledger
from IntegrationLibrary.supervisor.runs import RUN_VARIABLE, RunFolder, all_runs

_log = logging.getLogger(__name__)

_LONGEST_KILLING = 10.0


def sweep(*, keep: RunFolder | None = None) -> None:
    """Remove all dead runs but *keep*. Two sweeps at once do no harm."""
    for run in all_runs():
        if run != keep:
            _sweep_if_dead(run)
    sweep_memory()


def remove_run(run: RunFolder) -> None:
    """Kill what still runs of the run, and remove its folders and its lock, which the caller has.

    What cannot be removed yet stays in the ledger, and that in its folder, for a later start.
    """
    empty_run(run)
    if run.ledger.exists():
        return
    shutil.rmtree(run.path, ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        run.lock.unlink()


def empty_run(run: RunFolder) -> None:
    """Kill what still runs of the run but this process, and remove all that it made but the supervisor's log.

    What is on an engine that does not answer stays in the ledger.
    """
    ledger = Ledger(run.ledger)
    wait_until(lambda: _kill(run, ledger), timeout=_LONGEST_KILLING)
    for entry in ledger.entries(SHARED_MEMORY):
        free_memory(Path(entry["data"]))
    free_memory_made_by({entry["pid"] for entry in ledger.entries("process")})
    left = remove_left([{**entry, "kind": kind} for kind in KINDS for entry in ledger.entries(kind)])
    for entry in ledger.entries("folder"):
        shutil.rmtree(entry["path"], ignore_errors=True)
    for folder in run.environments():
        shutil.rmtree(folder, ignore_errors=True)
    ledger.keep_only(left)


def _kill(run: RunFolder, ledger: Ledger) -> Answer:
    """Kill what is found; what was just being started meanwhile is found the next time."""
    found = recorded(ledger) + marked(run)
    kill_all(found)
    return Answer.not_yet(f"{len(found)} processes") if found else Answer.ready()


def marked(run: RunFolder) -> list[psutil.Process]:
    """Return the processes that carry the run's mark in their environment, or print into its folder."""
    found = []
    own = psutil.Process()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process != own and process.status() != psutil.STATUS_ZOMBIE and _is_of(run, process):
                found.append(process)
    return found


def _is_of(run: RunFolder, process: psutil.Process) -> bool:
    if process.environ().get(RUN_VARIABLE) == run.path.name:
        return True
    return _output(process).startswith(f"{run.path}{os.sep}")


def _output(process: psutil.Process) -> str:
    """Return the file that takes what the process prints; only Linux tells it cheaply."""
    try:
        return str(Path(f"/proc/{process.pid}/fd/1").readlink())
    except OSError:
        return ""


def _sweep_if_dead(run: RunFolder) -> None:
    try:
        with FileLock(run.lock, timeout=0, mode=0o600):
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
        leader = ProcessIdentity(entry["pid"], entry["created"])
        process = leader.find()
        if process is not None and leader.is_alive():
            found += [process, *session_of(process.pid)]
    return found
