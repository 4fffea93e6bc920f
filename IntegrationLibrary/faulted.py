"""What a test or suite has done to services on purpose, remembered until it is undone."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.text import listed

_log = logging.getLogger(__name__)


class Faultable(Protocol):
    """A service that a test may disturb."""

    name: str

    @property
    def environment(self) -> str: ...  # noqa: D102 as the class says
    def mark_faults(self) -> dict[str, Any]: ...  # noqa: D102
    def make_fault(self, fault: str, **arguments: Any) -> None: ...  # noqa: D102
    def undo_faults(self, marks: Mapping[str, Any]) -> list[list[str]]: ...  # noqa: D102


@dataclass
class Faulted:
    """One service that was disturbed: how it was before, and in words what was done to it."""

    mark: dict[str, Any]
    done: list[str] = field(default_factory=list)


Faults = dict[str, Faulted]
"""The services that one scope has disturbed."""


def make_fault(faults: Faults, service: Faultable, fault: str, *, words: str, arguments: Mapping[str, Any]) -> None:
    """Disturb a service; that it is to be undone is known before it is done, whatever interrupts this.

    Raises:
        IntegrationError: It cannot be done.

    """
    if service.name not in faults:
        faults[service.name] = Faulted(service.mark_faults())
    done = faults[service.name].done
    done.append(words)
    try:
        service.make_fault(fault, **arguments)
    except IntegrationError:
        done.remove(words)
        raise


def undo_faults(ended: Iterable[Faults], services: Mapping[str, Faultable]) -> list[str]:
    """Undo what scopes that end have done, the outermost first in *ended*; return a sentence for each service.

    Raises:
        IntegrationError: A service did not come back; the others were brought back all the same.

    """
    outermost: Faults = {}
    for faults in ended:
        for name, faulted in faults.items():
            outermost.setdefault(name, Faulted(faulted.mark)).done += faulted.done
    undone: dict[str, list[str]] = {}
    errors = []
    for representative, marks in _by_environment(outermost, services):
        try:
            for name, words in representative.undo_faults(marks):
                undone.setdefault(name, []).append(words)
        except IntegrationError as error:
            _log.warning("Not everything that was done on purpose could be undone: %s", error)
            errors.append(error)
    if errors:
        raise errors[0]
    return [f"service {name}: {listed([*faulted.done, *undone.get(name, [])])}" for name, faulted in outermost.items()]


def _by_environment(
    faults: Faults, services: Mapping[str, Faultable]
) -> Iterable[tuple[Faultable, dict[str, dict[str, Any]]]]:
    """Yield the marks of each environment's services, with one of them to talk to."""
    found: dict[str, tuple[Faultable, dict[str, dict[str, Any]]]] = {}
    for name, faulted in faults.items():
        service = services[name]
        found.setdefault(service.environment, (service, {}))[1][name] = faulted.mark
    return found.values()
