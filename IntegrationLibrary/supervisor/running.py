"""One environment that runs: its services of scope `run`, and a slot for each worker."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import threading
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.logs import last_words
from IntegrationLibrary.base.paths import make_passable
from IntegrationLibrary.base.processes import Spawner
from IntegrationLibrary.base.redaction import KNOWN, mask_text, remember_secrets
from IntegrationLibrary.base.text import seconds
from IntegrationLibrary.base.waiting import Answer, Readiness, Waited, wait_until
from IntegrationLibrary.containers.owners import name_prefix
from IntegrationLibrary.environments.building import EnvironmentBuilder
from IntegrationLibrary.environments.model import Environment, ServiceEntry
from IntegrationLibrary.environments.order import run_in_order
from IntegrationLibrary.environments.references import resolve
from IntegrationLibrary.faults.network import Network
from IntegrationLibrary.services.service import SERVICES, Place, Service
from IntegrationLibrary.supervisor.container_networks import ContainerNetworks
from IntegrationLibrary.supervisor.faulting import Faulting
from IntegrationLibrary.supervisor.ledger import Ledger
from IntegrationLibrary.supervisor.slots import Fields, Slot, Slots, at_once, close, interrupt
from IntegrationLibrary.supervisor.waits import Waits

_log = logging.getLogger(__name__)

_PARALLEL_STARTS = 8


class RunningEnvironment:
    """Starts what the file says, once, and hands each worker a slot."""

    def __init__(
        self, environment: Environment, *, folder: Path, spawner: Spawner, ledger: Ledger, network: Network
    ) -> None:
        self._environment = environment
        self._folder = folder
        self._spawner = spawner
        self._ledger = ledger
        self._network = network
        name = f"{name_prefix(folder.parent)}-{folder.name}"
        self._containers = ContainerNetworks(name, record=ledger.record, proxies=network)
        self._builder = EnvironmentBuilder(environment.file.parent, run=spawner.run)
        self._shared = Slot(0)
        self.slots = Slots()
        self._failure: IntegrationError | None = None
        self._is_ending = False
        self.waits = Waits()
        threading.Thread(target=_import_parts, args=(environment,), daemon=True).start()

    @property
    def name(self) -> str:
        """The environment's name."""
        return self._environment.name

    @property
    def file(self) -> Path:
        """The environment's file."""
        return self._environment.file

    def prepare(self, slot: Slot) -> dict[str, Any]:
        """Bring the slot to its first state, everything in it ready, and return what the worker must know."""
        self._start_shared()
        with slot.lock:
            self._refuse_if_ending()
            notes = self._renew(slot) if slot.is_open else self._open(slot)
            return {**self._description(slot), "notes": notes}

    def restart_outdated(self, slot: Slot) -> dict[str, str]:
        """Start those of the slot's services again whose programs have changed; return the files by the services."""
        with slot.lock:
            is_as_started = slot.is_open and not slot.is_abandoned  # else it is started or renewed anyway
            files = {name: service.outdated_by() for name, service in slot.services.items()} if is_as_started else {}
            outdated = {name: str(file) for name, file in files.items() if file and name not in slot.faults.conditions}
            for name, file in outdated.items():
                _log.info("Service '%s' is started again: %s has changed.", name, file)
                self._start_again(slot, name)
            return outdated

    def service(self, slot: Slot, name: str) -> Service[Any]:
        """Return the service called *name* as the slot sees it."""
        return slot.services.get(name) or self._shared.services[name]

    def restart(self, slot: Slot, name: str) -> bool:
        """Start a service of the slot's own again, at the same address; one that a test has stopped stays so."""
        with slot.lock:
            if name in slot.faults.conditions:
                return False
            self._start_again(slot, name)
            return True

    def _start_again(self, slot: Slot, name: str) -> None:
        service = slot.services[name]
        service.stop()
        self._start(slot, self._environment.services[name], service)

    def faulting(self, slot: Slot) -> Faulting:
        """Return what makes and undoes faults in the slot; to be used under its lock."""
        return Faulting(
            slot.faults,
            slot.services,
            self._environment.services,
            start=partial(self._start_again, slot),
            wait=partial(self._wait, slot),
        )

    def progress(self) -> dict[str, float]:
        """Return what is waited for: services, with what takes long, and the seconds since they were started."""
        services = {
            name: service for slot in (self._shared, *self.slots.all()) for name, service in slot.services.items()
        }
        told = {name: services[name].doing() for name, _ in self.waits.told() if name in services}
        return {f"{name} ({told[name]})" if told.get(name) else name: waited for name, waited in self.waits.told()}

    def overview(self, about: Callable[[Service[Any]], dict[str, str]]) -> dict[str, Any]:
        """Return what runs, for a person who looks from outside; whoever starts or leases meanwhile is not kept.

        *about* tells of one service what only it knows.
        """
        return {
            "environment": self.name,
            "file": str(self.file),
            "waits_for": dict(self.waits.told()),
            "services": self._seen(self._shared, about),
            "slots": [self._slot_seen(slot, about) for slot in self.slots.all()],
        }

    def _slot_seen(self, slot: Slot, about: Callable[[Service[Any]], dict[str, str]]) -> dict[str, Any]:
        holder = slot.holder if slot.holder is not None and slot.holder.is_alive() else None
        return {
            "number": slot.number,
            "holder": holder.pid if holder else None,
            "services": self._seen(slot, about),
            "fields": {name: dict(slot.fields.get(name, {})) for name in list(self._shared.services)},
        }

    def _seen(self, slot: Slot, about: Callable[[Service[Any]], dict[str, str]]) -> dict[str, Any]:
        return {
            name: {
                "type": self._environment.services[name].type,
                "fields": dict(slot.fields.get(name, {})),
                "log": str(service.place.log),
                "condition": slot.faults.conditions.get(name),
                **about(service),
            }
            for name, service in list(slot.services.items())
        }

    def stop(self) -> None:
        """Stop all slots side by side, then what they share. Idempotent."""
        self._is_ending = True  # what is just starting gives up, and its lock
        at_once(interrupt, [self._shared, *self.slots.all()])
        at_once(self._close, self.slots.all())
        self._close(self._shared)

    def _close(self, slot: Slot) -> None:
        close(slot, {name: entry.depends_on for name, entry in self._environment.services.items()})
        self._containers.close(slot.number)

    def _refuse_if_ending(self) -> None:
        if self._is_ending:
            raise EnvironmentFailure("The environment is not started.", seen="the run has ended")

    def _start_shared(self) -> None:
        with self._shared.lock:
            if self._failure is not None:
                raise self._failure
            self._refuse_if_ending()
            if self._shared.is_open:
                return
            try:
                self._start_all(self._shared, self._entries("run"))
            except Exception as error:
                self._failure = error if isinstance(error, IntegrationError) else None
                self._close(self._shared)
                raise
            self._shared.is_open = True

    def _open(self, slot: Slot) -> list[str]:
        slot.fields = {name: dict(fields) for name, fields in self._shared.fields.items()}
        try:
            for name, service in self._shared.services.items():
                slot.fields[name].update(service.open_slot(slot.number))
                self._stand_in_front(slot, self._environment.services[name])
            self._start_all(slot, self._entries("worker"))
        except Exception:
            self._close(slot)
            raise
        slot.is_open, slot.is_abandoned = True, False
        return []

    def _renew(self, slot: Slot) -> list[str]:
        """Bring the slot back to its first state; return what its next worker should know of the services."""
        notes = []
        faulting = self.faulting(slot)
        faulting.undo(faulting.all_marks())
        if slot.is_abandoned:
            notes = self._start_abandoned(slot)
        services = [*self._shared.services.values(), *slot.services.values()]
        cloned = {database for service in services for database in service.renew_slot(slot.number)}
        told = self._description(slot)["services"]
        for entry in self._entries("worker"):
            service = slot.services[entry.name]
            if told[entry.name].get("restart_after_clone") and not cloned.isdisjoint(told[entry.name]["may_use"]):
                self.restart(slot, entry.name)
            waited = wait_until(partial(self._ask, service), timeout=self._spec(entry, slot).timeout)
            if not waited.is_ready:
                notes.append(f"Service '{entry.name}' is started again: {waited.last.text}.")
                _log.warning(notes[-1])
                self.restart(slot, entry.name)
            if "after_rollback" in service.actions:
                service.act("after_rollback", {})
        return notes

    def _start_abandoned(self, slot: Slot) -> list[str]:
        """Start the slot's services again: they may still be at what the worker had asked for that died."""
        ended = {entry.name: self._ask(slot.services[entry.name]) for entry in self._entries("worker")}
        notes = [
            f"Service '{name}' is started again: {answer.text}."
            if answer.readiness is Readiness.NEVER
            else f"Service '{name}' is started again: the worker before this one died while it used it."
            for name, answer in ended.items()
        ]
        for note in notes:
            _log.warning(note)
        for name in ended:
            self._start_again(slot, name)
        slot.is_abandoned = False
        return notes

    def _entries(self, scope: str) -> list[ServiceEntry]:
        return [entry for entry in self._environment.services.values() if entry.scope == scope]

    def _start_all(self, slot: Slot, entries: Iterable[ServiceEntry]) -> None:
        """Give every service its addresses first, so that they may name each other, then start in order."""
        made: dict[str, tuple[ServiceEntry, Service[Any]]] = {}
        for entry in entries:
            service = self._make(slot, entry)
            made[entry.name] = (entry, service)
            slot.fields.setdefault(entry.name, {}).update(service.allocate(self._spec(entry, slot)))
            self._stand_in_front(slot, entry)
        order = {name: [other for other in entry.depends_on if other in made] for name, (entry, _) in made.items()}
        run_in_order(order, lambda name: self._start(slot, *made[name]), workers=_PARALLEL_STARTS)

    def _stand_in_front(self, slot: Slot, entry: ServiceEntry) -> None:
        """Open the slot's own proxy in front of a service whose network tests may disturb."""
        if slot is not self._shared and self._spec(entry, slot).faults:
            slot.faults.stand_in_front(entry.name, slot.fields[entry.name], self._network)

    def _start(self, slot: Slot, entry: ServiceEntry, service: Service[Any]) -> None:
        slot.services[entry.name] = service
        with self.waits.during(entry.name):
            service.start(self._spec_of_start(entry, slot))
            self._wait(slot, entry.name)

    def _wait(self, slot: Slot, name: str) -> None:
        service, timeout = slot.services[name], self._spec(self._environment.services[name], slot).timeout
        waited = wait_until(lambda: self._ask(service), timeout=timeout)
        if not waited.is_ready:
            raise _not_ready(service, waited, timeout=timeout)
        _log.info("Service '%s' was ready after %s.", name, seconds(waited.elapsed))

    def _ask(self, service: Service[Any]) -> Answer:
        return Answer.never("the run has ended") if self._is_ending else service.ask()

    def _spec(self, entry: ServiceEntry, slot: Slot) -> Any:
        """Return the service's keys with every reference resolved that can be by now: only its own go past proxies."""
        return _resolved(entry, {**slot.faults.seen(slot.fields), entry.name: slot.fields.get(entry.name, {})})

    def _spec_of_start(self, entry: ServiceEntry, slot: Slot) -> Any:
        """Return the service's keys as it starts with them: a container reaches others in its own ways."""
        if not entry.is_contained:
            return self._spec(entry, slot)
        services = [*self._shared.services.values(), *slot.services.values()]
        inside = {address: seen_at for service in services for address, seen_at in service.inside().items()}
        others = slot.faults.seen(
            {name: slot.fields[name] for name in entry.refers_to - {entry.name} & slot.fields.keys()}
        )
        fields = self._containers.of(slot.number).seen(others, inside)
        return _resolved(entry, {**fields, entry.name: slot.fields.get(entry.name, {})})

    def _make(self, slot: Slot, entry: ServiceEntry) -> Service[Any]:
        label = f"{entry.name}.{slot.number}" if slot.number else entry.name
        folder = self._folder / label
        for each in (self._folder, folder):
            make_passable(each)
        return SERVICES.get(entry.type)(
            Place(
                service=entry.name,
                slot=slot.number or None,
                folder=folder,
                log=self._folder / f"{label}.log",
                base=self._environment.file.parent,
                spawner=self._spawner,
                builder=self._builder,
                record=self._ledger.record,
                surroundings=self._containers.around(slot.number),
            )
        )

    def _description(self, slot: Slot) -> dict[str, Any]:
        services: dict[str, dict[str, Any]] = {}
        databases: dict[str, Any] = {}
        users: dict[str, set[str]] = {}
        fields = slot.faults.seen(slot.fields)
        for name, entry in self._environment.services.items():
            service = self.service(slot, name)
            told = service.describe(slot.number)
            held = told.pop("databases", {})
            databases.update(held)
            users |= {database: self._environment.users(name, database) for database in held}
            services[name] = {
                "type": entry.type,
                "scope": entry.scope,
                "actions": sorted(service.actions),
                "fields": fields[name],
                "log": str(service.place.log),
                **told,
            }
        for name, told in services.items():
            told["may_use"] = [each for each in databases if name in users[each]] or list(databases)
        return {
            "environment": self._environment.name,
            "file": str(self._environment.file),
            "slot": slot.number,
            "services": services,
            "databases": databases,
            "secrets": KNOWN.values(),
        }


def _resolved(entry: ServiceEntry, fields: Fields) -> Any:
    raw = resolve(entry.raw, fields, os.environ)
    remember_secrets(raw)
    return entry.spec(raw)


def _import_parts(environment: Environment) -> None:
    """Import what services import when they start: much of it fits into the time that the first of them takes."""
    for entry in environment.services.values():
        for name in SERVICES.get(entry.type).built_on:
            with contextlib.suppress(ImportError):  # who needs it says so in its own words
                importlib.import_module(name)


def _not_ready(service: Service[Any], waited: Waited, *, timeout: float) -> EnvironmentFailure:
    name, log = service.place.service, service.place.log
    last = last_words(log)
    words = f"\nlast lines of its log:\n{mask_text(last)}" if last else "\nit logged nothing"
    if waited.is_never:
        headline = f"Service '{name}' cannot become ready."
    else:
        headline = f"Service '{name}' was not ready within {seconds(timeout)}."
    return EnvironmentFailure(headline, expected=service.expects(), seen=waited.seen() + words)
