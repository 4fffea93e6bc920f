"""Run folders: where a run's supervisor is found, and how its control connection is reached."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from IntegrationLibrary.base.paths import is_root, runs_folder
from IntegrationLibrary.base.processes import ProcessIdentity

RUN_VARIABLE = "INTEGRATIONLIBRARY_RUN"
"""Set for everything a run starts, so that the sweep finds also what the ledger could not be told in time."""


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
        path = runs_folder() / f"run-{root.pid}-{root.created * 100:.0f}"
        path.mkdir(mode=0o711 if is_root() else 0o700, exist_ok=True)
        return cls(path)

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

    def read_control(self) -> Control | None:
        """Return how to reach the supervisor, or None when it has not said so yet."""
        try:
            data = json.loads((self.path / "control.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return Control(data["port"], data["key"], ProcessIdentity(data["pid"], data["created"]))

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
    """Return the folders of all runs of this user, alive or dead."""
    return [RunFolder(path) for path in sorted(runs_folder().glob("run-*")) if path.is_dir()]
