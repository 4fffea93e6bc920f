"""Rollbacks, and what services must hear of them: rows that they cached are undone, connections were ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.text import seconds

if TYPE_CHECKING:  # imported when an environment is started: not every process that imports the library does
    from IntegrationLibrary.isolation.strategy import Checkpoint, Isolation, RollbackReport

_log = logging.getLogger(__name__)


class Isolated(Protocol):
    """A database that can be rolled back."""

    isolation: Isolation


class Hearer(Protocol):
    """A service that may have to hear of rollbacks."""

    name: str
    may_use: list[str]
    after_rollback: str | None
    restart_after_clone: bool

    def act(self, action: str, **arguments: Any) -> Any: ...  # noqa: D102 as the class says
    def restart(self) -> bool: ...  # noqa: D102


@dataclass
class Undone:
    """What was undone: a sentence for each service that was disturbed or heard of it, a report of each database."""

    faults: list[str] = field(default_factory=list)
    reports: dict[str, RollbackReport] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)


def roll_back(
    checkpoints: Mapping[str, Checkpoint], databases: Mapping[str, Isolated], services: Iterable[Hearer]
) -> Undone:
    """Bring the databases back to their checkpoints and let services hear of it, each of them whatever befell others.

    Raises:
        IntegrationError: The first that went wrong.

    """
    undone, errors, cloned = Undone(), [], set()
    for name, checkpoint in checkpoints.items():
        isolation = databases[name].isolation
        clones = isolation.clones
        try:
            undone.reports[name] = isolation.roll_back(checkpoint)
        except IntegrationError as error:
            _log.warning("Database '%s' could not be rolled back: %s", name, error)
            errors.append(error)
        cloned |= {name} if isolation.clones > clones else set()
    changed = cloned | {name for name, report in undone.reports.items() if not report.is_nothing}
    for service, words, tell in _what_to_do(services, changed, cloned):
        try:
            undone.told += _timed(f"service {service} {words}", tell)
        except IntegrationError as error:
            _log.warning("Service '%s' could not be %s: %s", service, words, error)
            errors.append(error)
    if errors:
        raise errors[0]
    return undone


def _what_to_do(
    services: Iterable[Hearer], changed: set[str], cloned: set[str]
) -> Iterator[tuple[str, str, Callable[[], bool]]]:
    for service in services:
        if service.restart_after_clone and not cloned.isdisjoint(service.may_use):
            yield service.name, "started again", service.restart
        if service.after_rollback and not changed.isdisjoint(service.may_use):
            yield service.name, f"told ({service.after_rollback})", partial(service.act, "after_rollback")


def _timed(words: str, do: Callable[[], bool]) -> list[str]:
    """Do it; return that in words if it was done, and not left because a test has stopped the service."""
    begun = time.monotonic()
    is_done = do()
    return [f"{words} in {seconds(time.monotonic() - begun)}"] if is_done else []
