"""Faults on purpose: what a test does to the services of its slot, and how it is undone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.text import seconds
from IntegrationLibrary.base.waiting import Readiness
from IntegrationLibrary.environments.model import ServiceEntry
from IntegrationLibrary.services.service import SERVICES, Service

RUNNING = "running"

_DONE = {"stop": "stopped", "kill": "killed", "pause": "paused"}
_UNDOING = {"start": "stop", "restart": "stop", "resume": "pause"}
"""What a service type must let be done to it, for what undoes it to make sense."""


@dataclass
class SlotFaults:
    """What tests have done to one slot."""

    conditions: dict[str, str] = field(default_factory=dict)
    """The services that are not left running, each with `stopped`, `killed` or `paused`."""

    def close(self) -> None:
        """Forget all of it: the slot's services are stopped."""
        self.conditions.clear()


class Faulting:
    """Makes and undoes faults in one slot; its services stand in the order in which they start."""

    def __init__(
        self,
        state: SlotFaults,
        services: Mapping[str, Service[Any]],
        entries: Mapping[str, ServiceEntry],
        *,
        start: Callable[[str], None],
        wait: Callable[[str], None],
    ) -> None:
        self._state = state
        self._services = services
        self._entries = entries
        self._start_again = start
        self._wait = wait

    def mark(self, name: str) -> dict[str, Any]:
        """Return what brings the service back to how it is now."""
        return {"condition": self._condition(name)}

    def all_marks(self) -> dict[str, dict[str, Any]]:
        """Return what brings every service back to how it was when the slot was made."""
        return {name: {"condition": RUNNING} for name in self._state.conditions}

    def make(self, name: str, fault: str, arguments: Mapping[str, Any]) -> None:
        """Do to the service what *fault* says.

        Raises:
            IntegrationError: It cannot be done to this service.
            EnvironmentFailure: The service does not become ready.

        """
        self._refuse_shared(name, fault)
        self._refuse_impossible(name, fault)
        {
            "stop": self._stop,
            "kill": self._kill,
            "pause": self._pause,
            "resume": self._resume,
            "start": self._start,
            "restart": self._restart,
        }[fault](name, **arguments)

    def undo(self, marks: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
        """Bring the services back to their marks, each whatever befell others; return what was done, by service.

        What is held goes on before anything is waited for: services may need each other.

        Raises:
            EnvironmentFailure: The first that does not come back.

        """
        told: list[list[str]] = []
        errors: list[IntegrationError] = []
        names = [name for name in self._entries if name in marks]
        paused = [name for name in names if self._condition(name) == "paused"]
        for name in paused:
            self._services[name].resume()
        for name in names:
            try:
                told += [[name, words] for words in self._brought_back(name, marks[name]["condition"])]
            except IntegrationError as error:
                errors.append(error)
        if errors:
            raise errors[0]
        return told

    def _brought_back(self, name: str, wanted: str) -> Iterable[str]:
        """Bring the service to a condition; return in words what was done."""
        current = self._condition(name)
        if current == wanted:
            if wanted == "paused":
                self._services[name].pause()
            return []
        if wanted == RUNNING:
            return [self._run_again(name, current)]
        if wanted == "paused" and current != RUNNING:
            self._restart(name)
        fault = next(fault for fault, condition in _DONE.items() if condition == wanted)
        self.make(name, fault, {})
        return [f"{wanted} again"]

    def _run_again(self, name: str, current: str) -> str:
        begun = time.monotonic()
        goes_on = current == "paused" and not self._has_ended(name)
        try:
            (self._wait if goes_on else self._start_again)(name)
        except EnvironmentFailure as error:
            raise EnvironmentFailure(
                f"Service '{name}' did not come back after a test had {current} it.",
                expected=error.expected,
                seen=f"{error.headline}\n{error.seen or ''}".strip(),
                next_step=error.next_step,
            ) from error
        finally:
            self._state.conditions.pop(name, None)  # from now on its end is nobody's purpose
        return f"{'let go on' if goes_on else 'started again'} in {seconds(time.monotonic() - begun)}"

    def _has_ended(self, name: str) -> bool:
        return self._services[name].ask().readiness is Readiness.NEVER

    def _condition(self, name: str) -> str:
        return self._state.conditions.get(name, RUNNING)

    def _stop(self, name: str) -> None:
        self._state.conditions[name] = "stopped"
        self._services[name].stop()

    def _kill(self, name: str) -> None:
        self._state.conditions[name] = "killed"
        self._services[name].kill()

    def _pause(self, name: str) -> None:
        self._refuse_in_condition(name, "pause", ("stopped", "killed"))
        self._services[name].pause()
        self._state.conditions[name] = "paused"

    def _resume(self, name: str) -> None:
        self._refuse_in_condition(name, "resume", ("stopped", "killed"))
        self._services[name].resume()
        self._state.conditions.pop(name, None)

    def _start(self, name: str) -> None:
        self._refuse_in_condition(name, "start", ("paused",))
        if self._condition(name) == RUNNING and not self._has_ended(name):
            self._wait(name)
        else:
            self._restart(name)

    def _restart(self, name: str) -> None:
        self._state.conditions[name] = "stopped"
        self._start_again(name)
        self._state.conditions.pop(name, None)

    def _refuse_in_condition(self, name: str, fault: str, conditions: tuple[str, ...]) -> None:
        condition = self._condition(name)
        if condition in conditions:
            cure = "Resume Service" if condition == "paused" else "Start Service"
            raise IntegrationError(
                f"Service '{name}' cannot {_BE[fault]}: it is {condition}.", next_step=f"use '{cure}' first"
            )

    def _refuse_shared(self, name: str, fault: str) -> None:
        if name in self._services:
            return
        entry = self._entries[name]
        raise IntegrationError(
            f"Service '{name}' cannot {_BE[fault]}: all workers share it.",
            expected="a service of scope 'worker', of which each worker has its own",
            next_step=f"{entry.place}, add 'faults: true' to '{name}' and use 'Cut Connections', which cuts off this "
            "worker alone" + (", or 'scope: worker'" if entry.commands else ""),
        )

    def _refuse_impossible(self, name: str, fault: str) -> None:
        entry = self._entries[name]
        if _UNDOING.get(fault, fault) in entry.commands:
            return
        able = [f"'{each.name}'" for each in SERVICES.all() if _UNDOING.get(fault, fault) in each.commands]
        raise IntegrationError(
            f"Service '{name}' cannot {_BE[fault]}.",
            expected=f"a service of type {' or '.join(able)}",
            seen=f"its type is '{entry.type}'",
            next_step="use 'Stop Service'" if "stop" in entry.commands else None,
        )


_BE = {
    "stop": "be stopped",
    "kill": "be killed",
    "pause": "be paused",
    "resume": "be resumed",
    "start": "be started",
    "restart": "be restarted",
}
