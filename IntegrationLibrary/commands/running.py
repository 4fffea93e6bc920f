"""What runs now, as the supervisors tell it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.redaction import KNOWN


@dataclass(frozen=True)
class Running:
    """A run or a kept environment that is alive."""

    folder: Path
    is_kept: bool
    root: int | None
    """The pid of the process whose end is its end; a kept environment has none."""
    since: float
    """When it began, in seconds since 1970."""
    environments: list[dict[str, Any]]


def running(question: Literal["overview", "status"] = "overview") -> list[Running]:
    """Ask every supervisor of this user what it has; one that ends, or cannot tell, is left out.

    For `status` each service is asked besides whether it is ready, which can be seen in its log.
    """
    from IntegrationLibrary.supervisor.client import connect
    from IntegrationLibrary.supervisor.runs import all_runs

    found = []
    for run in all_runs():
        client = connect(run)
        if client is None:
            continue
        with contextlib.suppress(IntegrationError, LookupError):  # it ends, or is of another version of the library
            told = client.call(question)
            KNOWN.add(told["secrets"])  # they are masked wherever they stand
            found.append(Running(run.path, run.is_kept, told["root"], told["since"], told["environments"]))
        client.close()
    return found
