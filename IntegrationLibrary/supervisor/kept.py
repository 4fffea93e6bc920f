"""Environments that are kept until they are told to end, as a run finds them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.text import listed
from IntegrationLibrary.environments.references import variable_hash
from IntegrationLibrary.supervisor.client import Client, connect
from IntegrationLibrary.supervisor.runs import RunFolder


def find_kept(file: Path, switches: Mapping[str, str]) -> Client | None:
    """Return a connection to the supervisor that keeps this file with these switches; None when none does."""
    run = RunFolder.kept(file, switches)
    return connect(run) if run.path.exists() else None


def refuse_other_variables(told: Mapping[str, Any], switches: Mapping[str, str]) -> None:
    """Refuse a kept environment that was made with other values of the variables that its file names.

    Raises:
        EnvironmentFailure: It was; the names are in the text.

    """
    other = [
        f"the value of variable {name}" for name, known in told["variables"].items() if variable_hash(name) != known
    ]
    if other:
        raise outdated(told["environment"], told["file"], other, switches=switches)


def outdated(name: str, file: str, changed: list[str], *, switches: Mapping[str, str]) -> EnvironmentFailure:
    """Return the failure of a kept environment that is older than what it is made from."""
    options = "".join(f" --run {service}={run}" for service, run in sorted(switches.items()))
    return EnvironmentFailure(
        f"The kept environment '{name}' is older than what it is made from.",
        seen=f"changed since 'rfintegration up': {listed(changed)}",
        next_step=f"rfintegration up {shlex.quote(file)}{options}",
    )
