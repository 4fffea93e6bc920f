"""What dead runs left, removed when a person asks for it and told to them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import psutil
from filelock import FileLock, Timeout

from IntegrationLibrary.supervisor.ledger import Ledger
from IntegrationLibrary.supervisor.runs import RunFolder, all_runs
from IntegrationLibrary.supervisor.sweep import marked, recorded, sweep


@dataclass(frozen=True)
class Removed:
    """A dead run that was removed: its folder, and the names of the processes that still ran."""

    run: str
    processes: list[str]


def dead_runs() -> list[RunFolder]:
    """Return the folders of runs, and of kept environments, whose supervisor does not live; none that just starts."""
    return [run for run in all_runs() if not run.is_alive() and not _is_starting(run)]


def remove_leftovers() -> list[Removed]:
    """Remove what dead runs left and return it; a run that is just starting is left alone."""
    dead = {run: _processes(run) for run in dead_runs()}
    sweep()
    return [Removed(str(run.path), names) for run, names in dead.items() if not run.path.exists()]


def _is_starting(run: RunFolder) -> bool:
    """Return whether somebody holds the run's lock: who starts its supervisor, or sweeps."""
    if not run.lock.exists():
        return False
    try:
        with FileLock(run.lock, timeout=0, mode=0o600):
            return run.is_alive()
    except Timeout:
        return True


def _processes(run: RunFolder) -> list[str]:
    names = []
    for process in {*recorded(Ledger(run.ledger)), *marked(run)}:
        with contextlib.suppress(psutil.Error):
            names.append(f"{process.name()} {process.pid}")
    return sorted(names)
