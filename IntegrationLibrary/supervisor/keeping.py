"""Environments that are kept until they are told to end: started, found, ended."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.paths import private
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.supervisor.client import Client, connect, start_supervisor
from IntegrationLibrary.supervisor.runs import RunFolder, all_runs
from IntegrationLibrary.supervisor.sweep import empty_run, remove_run

_END_TIMEOUT = 60.0


@dataclass(frozen=True)
class Kept:
    """An environment that is kept, or was until its supervisor was killed."""

    run: RunFolder
    file: Path
    switches: dict[str, str]


def start_kept(file: Path, switches: Mapping[str, str]) -> Client:
    """Start a supervisor that stays for this file with these switches, and return a connection to it.

    What a dead one left is removed first; one that lives must have been ended before.
    """
    kept = Kept(RunFolder.kept(file, switches), file, dict(switches))
    return start_supervisor(kept.run, make=lambda: _make(kept))


def kept_environments() -> list[Kept]:
    """Return all environments that are kept, alive or dead."""
    return [kept for run in all_runs() if run.is_kept and (kept := _read(run)) is not None]


def end_supervisor(run: RunFolder) -> None:
    """End the supervisor with all that it has; return when nothing of it is left.

    Raises:
        EnvironmentFailure: It does not end.

    """
    control, client = run.read_control(), connect(run)
    if client is not None and control is not None:
        with contextlib.suppress(EnvironmentFailure):  # it may end before it has answered
            client.call("end")
        client.close()
        alive = control.supervisor
        waited = wait_until(
            lambda: Answer.not_yet("still running") if alive.is_alive() else Answer.ready(), timeout=_END_TIMEOUT
        )
        if not waited.is_ready:
            raise EnvironmentFailure(
                "An environment does not end.",
                seen=f"its supervisor, pid {alive.pid}, is {waited.seen()}",
                next_step=f"see {run.log}",
            )
    with FileLock(run.lock, mode=0o600):
        if not run.is_alive():
            remove_run(run)


def _make(kept: Kept) -> None:
    """Make the folder, and write down what is kept in it; its lock is held."""
    if kept.run.is_alive():
        return
    empty_run(kept.run)
    kept.run.make()
    told = {"file": str(kept.file), "switches": kept.switches}
    with open(kept.run.path / "kept.json", "w", encoding="utf-8", opener=private) as described:
        json.dump(told, described)


def _read(run: RunFolder) -> Kept | None:
    """Return what is kept in the folder; None when it is just made, or was killed while it was."""
    try:
        told = json.loads((run.path / "kept.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Kept(run, Path(told["file"]), dict(told["switches"]))
