"""Run folders: where a run's supervisor is found, and how its control connection is reached."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from IntegrationLibrary.base.paths import make_passable, runs_folder
from IntegrationLibrary.base.processes import ProcessIdentity

RUN_VARIABLE = "INTEGRATIONLIBRARY_RUN"
"""Set for everything a run starts, so that the sweep finds also what the ledger could not be told in time."""

ROOT_VARIABLE = "INTEGRATIONLIBRARY_ROOT"
"""Set for the tests of `rfintegration run`: the pid and the start time of the process whose end is the run's end."""


def told_root() -> ProcessIdentity | None:
    """Return the root of the run that this process was told to belong to, as long as that is alive."""
    pid, _, created = os.environ.get(ROOT_VARIABLE, "").partition(" ")
    if not created:
        return None
    root = ProcessIdentity(int(pid), float(created))
    return root if root.is_alive() else None


@dataclass(frozen=True)
class Control:
    """How to reach a supervisor: a loopback port and the key that it asks for."""

    port: int
    key: str
    supervisor: ProcessIdentity


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run."""

    path: Path

    @classmethod
    def of(cls, root: ProcessIdentity) -> RunFolder:
        """Return the folder of the run whose root process is *root*; made when it is not there."""
        run = cls(runs_folder() / f"run-{root.pid}-{root.created * 100:.0f}")
        run.make()
        return run

    @classmethod
    def kept(cls, file: Path, switches: Mapping[str, str]) -> RunFolder:
        """Return the folder of the environment that is kept for this file with these switches; it may not be there."""
        asked = json.dumps([str(file), sorted(switches.items())])
        return cls(runs_folder() / f"kept-{hashlib.sha256(asked.encode()).hexdigest()[:16]}")

    def make(self) -> None:
        """Make the folder, when it is not there."""
        make_passable(self.path)

    @property
    def is_kept(self) -> bool:
        """Whether what is in it stays when the process that asked for it has ended."""
        return self.path.name.startswith("kept-")

    @property
    def lock(self) -> Path:
        """The file whose lock lets exactly one supervisor start, and keeps the sweep away meanwhile."""
        return runs_folder() / f"{self.path.name}.lock"

    @property
    def log(self) -> Path:
        """What the supervisor itself has to say."""
        return self.path / "supervisor.log"

    @property
    def ledger(self) -> Path:
        """What was made and must be gone in the end."""
        return self.path / "ledger.jsonl"

    def environments(self) -> list[Path]:
        """Return the folders of its environments."""
        return [path for path in self.path.glob("e*") if path.is_dir()]

    def read_control(self) -> Control | None:
        """Return how to reach the supervisor, or None when it has not said so yet."""
        try:
            data = json.loads((self.path / "control.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return Control(data["port"], data["key"], ProcessIdentity(data["pid"], data["created"]))

    def is_alive(self) -> bool:
        """Return whether its supervisor runs."""
        control = self.read_control()
        return control is not None and control.supervisor.is_alive()

    def write_control(self, control: Control) -> None:
        """Say how to reach the supervisor, to this user alone; readers see all of it or nothing."""
        text = json.dumps(
            {
                "port": control.port,
                "key": control.key,
                "pid": control.supervisor.pid,
                "created": control.supervisor.created,
            }
        )
        scratch = self.path / "control.new"
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        scratch.replace(self.path / "control.json")


def all_runs() -> list[RunFolder]:
    """Return the folders of all runs of this user, alive or dead, and those of environments that are kept.

    Of some there is no more than the lock.
    """
    found = {path.with_suffix("") for name in ("run-*", "kept-*") for path in runs_folder().glob(name)}
    return [RunFolder(path) for path in sorted(found)]
