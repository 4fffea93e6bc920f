"""The sweep: removes what runs left whose supervisor is dead."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.memory import sweep_memory
from IntegrationLibrary.base.processes import ProcessIdentity, kill_all, session_of
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.containers.container import CONTAINER
from IntegrationLibrary.containers.leftovers import remove_left
from IntegrationLibrary.containers.network import NETWORK, VOLUME
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
    """Kill what still runs of the run, and remove its folders and its lock, which the caller has."""
    empty_run(run)
    shutil.rmtree(run.path, ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        run.lock.unlink()


def empty_run(run: RunFolder) -> None:
    """Kill what still runs of the run but this process, and remove all that it made but the supervisor's log."""
    ledger = Ledger(run.ledger)
    wait_until(lambda: _kill(run, ledger), timeout=_LONGEST_KILLING)
    for entry in ledger.entries(SHARED_MEMORY):
        free_memory(Path(entry["data"]))
    free_memory_made_by({entry["pid"] for entry in ledger.entries("process")})
    _remove_containers(ledger)
    for entry in ledger.entries("folder"):
        shutil.rmtree(entry["path"], ignore_errors=True)
    for folder in run.environments():
        shutil.rmtree(folder, ignore_errors=True)
    run.ledger.unlink(missing_ok=True)


def _remove_containers(ledger: Ledger) -> None:
    kinds = (CONTAINER, NETWORK, VOLUME)
    containers, networks, volumes = ([entry["name"] for entry in ledger.entries(kind)] for kind in kinds)
    try:
        remove_left(containers=containers, networks=networks, volumes=volumes)
    except EnvironmentFailure as error:
        names = ", ".join(containers + networks + volumes)
        _log.warning("What containers were made for this run may be left (%s): %s", names, error)


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
