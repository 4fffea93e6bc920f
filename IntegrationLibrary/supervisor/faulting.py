"""Faults on purpose: what a test does to the services of its slot, and how it is undone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.text import listed, seconds
from IntegrationLibrary.base.waiting import Readiness
from IntegrationLibrary.environments.model import ServiceEntry
from IntegrationLibrary.faults.addresses import addresses, moved
from IntegrationLibrary.faults.book import NETWORK_FAULTS, Fault, fault_from
from IntegrationLibrary.faults.connection import Address
from IntegrationLibrary.faults.network import Network, OpenProxy
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
    proxies: dict[str, dict[Address, OpenProxy]] = field(default_factory=dict)
    """The proxies in front of services, by the addresses that they lead to."""

    def stand_in_front(self, name: str, fields: Mapping[str, str], network: Network) -> None:
        """Open a proxy in front of every address among the service's fields."""
        targets = dict.fromkeys(addresses(fields).values())
        self.proxies[name] = {target: network.open(target) for target in targets}

    def seen(self, fields: Mapping[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        """Return the services' fields as others see them."""
        return {name: self._seen(name, values) for name, values in fields.items()}

    def close(self) -> None:
        """Forget all of it: the slot's services are stopped."""
        self.conditions.clear()
        for proxies in self.proxies.values():
            for proxy in proxies.values():
                proxy.close()
        self.proxies.clear()

    def _seen(self, name: str, fields: dict[str, str]) -> dict[str, str]:
        proxies = self.proxies.get(name)
        return moved(fields, {address: proxy.address for address, proxy in proxies.items()}) if proxies else fields


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
        marks = [proxy.mark() for proxy in self._state.proxies.get(name, {}).values()]
        return {"condition": self._condition(name), "network": min(marks, default=0)}

    def all_marks(self) -> dict[str, dict[str, Any]]:
        """Return what brings every service back to how it was when the slot was made."""
        disturbed = {*self._state.conditions, *self._state.proxies}
        return {name: {"condition": RUNNING, "network": 0} for name in disturbed}

    def make(self, name: str, fault: str, arguments: Mapping[str, Any]) -> None:
        """Do to the service what *fault* says.

        Raises:
            IntegrationError: It cannot be done to this service.
            EnvironmentFailure: The service does not become ready.

        """
        if fault in NETWORK_FAULTS:
            self._disturb(name, fault_from(fault, arguments))
            return
        self._refuse_shared(name, fault)
        self._refuse_impossible(name, fault)
        {
            "stop": self._stop,
            "kill": self._kill,
            "pause": self._pause,
            "resume": self._resume,
            "start": self._start,
            "restart": self._restart,
        }[fault](name)

    def _disturb(self, name: str, fault: Fault) -> None:
        proxies = self._state.proxies.get(name)
        if not proxies:
            raise IntegrationError(
                f"The network of service '{name}' cannot be disturbed: there is no proxy in front of it.",
                next_step=f"{self._entries[name].place}, add 'faults: true' to service '{name}'",
            )
        for proxy in proxies.values():
            proxy.add(fault)

    def undo(self, marks: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
        """Bring the services back to their marks, each whatever befell others; return what was done, by service.

        What is held goes on before anything is waited for: services may need each other.

        Raises:
            EnvironmentFailure: The first that does not come back.

        """
        errors: list[IntegrationError] = []
        names = [name for name in self._entries if name in marks]
        told = [[name, "network restored"] for name in names if self._restored(name, marks[name]["network"])]
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

    def _restored(self, name: str, mark: int) -> bool:
        changed = [proxy.return_to(mark) for proxy in self._state.proxies.get(name, {}).values()]
        return True in changed

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
                f"Service '{name}' cannot {_BE[fault]}: a test has {condition} it.", next_step=f"use '{cure}' first"
            )

    def _refuse_shared(self, name: str, fault: str) -> None:
        if name in self._services:
            return
        entry = self._entries[name]
        cut = "use 'Cut Connections', which cuts off this worker alone"
        if name not in self._state.proxies:
            cut = f"{entry.place}, add 'faults: true' to service '{name}' and {cut}"
        raise IntegrationError(
            f"Service '{name}' cannot {_BE[fault]}: all workers share it.",
            expected="a service of scope 'worker', of which each worker has its own",
            next_step=f"{cut}, or set 'scope: worker'" if entry.commands else cut,
        )

    def _refuse_impossible(self, name: str, fault: str) -> None:
        entry = self._entries[name]
        if _UNDOING.get(fault, fault) in entry.commands:
            return
        able = [f"'{each.name}'" for each in SERVICES.all() if _UNDOING.get(fault, fault) in each.commands]
        raise IntegrationError(
            f"Service '{name}' cannot {_BE[fault]}.",
            expected=f"a service of one of the types {listed(able, limit=len(able))}",
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
