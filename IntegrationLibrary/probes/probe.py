"""What every probe is made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from IntegrationLibrary.base.registry import Registry
from IntegrationLibrary.base.waiting import Answer, Readiness

PATIENCE = 2.0
Execute = Callable[[Sequence[str]], tuple[int, str]]
"""Runs a command in a container until it ends; returns its exit code and what it printed."""


@dataclass(frozen=True)
class Target:
    """What a probe may ask: the address of a service, its log, its process, its container, its database."""

    host: str | None = None
    port: int | None = None
    url: str | None = None
    log: Path | None = None
    log_begin: int = 0
    """Where the log ended before the service was started, in bytes."""
    exit_code: Callable[[], int | None] | None = None
    execute: Execute | None = None
    """Runs a command inside the service's container; returns its exit code and what it printed."""
    database_url: str | None = None
    is_relayed: bool = False
    """Whether something in front of the service takes connections for it, also before it listens itself."""
    patience: float = PATIENCE
    """Seconds that one question may take."""


class Probe(ABC):
    """One question that tells whether a service is ready. A subclass in a file of this package is a new probe."""

    name: ClassVar[str]
    """The key under `ready:` in the environment file."""
    outlives_process: ClassVar[bool] = False
    """Whether the service may be ready although its process has ended."""
    needs_service: ClassVar[bool] = False
    """Whether only a service that runs can make it ready: when it is ready before, something else answers."""
    options: ClassVar[frozenset[str]] = frozenset()
    """The keys that its value may have, when that is a mapping."""

    def __init__(self, value: Any, target: Target) -> None:
        self.value = value
        self.target = target

    @abstractmethod
    def ask(self) -> Answer:
        """Ask once."""

    @abstractmethod
    def expects(self) -> str:
        """Return what the probe waits for, for the `Expected:` of a failure."""


PROBES: Registry[Probe] = Registry(
    Probe,  # type: ignore[type-abstract]  # the registry looks for its subclasses, it makes none
    kind="probe",
    package="IntegrationLibrary.probes",
)


class AllOf:
    """Several probes: ready when all are."""

    def __init__(self, probes: list[Probe]) -> None:
        self._probes = probes
        self.outlives_process = all(probe.outlives_process for probe in probes)

    def ask(self) -> Answer:
        """Ask one after the other; the first that is not ready is the answer."""
        answer = Answer.ready()
        for probe in self._probes:
            answer = probe.ask()
            if answer.readiness is not Readiness.READY:
                return answer
        return answer

    def answered_by_another(self) -> str | None:
        """Return what answers before the service runs, in words; None when nothing does."""
        for probe in self._probes:
            if probe.needs_service and (answer := probe.ask()).readiness is Readiness.READY:
                return f"{probe.expects()}: {answer.text}"
        return None

    def expects(self) -> str:
        """Return what all of them wait for."""
        return ", and ".join(probe.expects() for probe in self._probes)


def make_probe(ready: Mapping[str, Any], target: Target) -> AllOf:
    """Return the probe for what stands under `ready:`; every key is a probe, and all must be ready.

    Raises:
        IntegrationError: A key names no probe.

    """
    return AllOf([PROBES.get(name)(value, target) for name, value in ready.items()])
