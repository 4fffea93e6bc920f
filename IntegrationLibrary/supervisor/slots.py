"""Slots: what each worker has for itself, and who has which."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.environments.order import run_in_order
from IntegrationLibrary.services.service import Service
from IntegrationLibrary.supervisor.faulting import SlotFaults

_log = logging.getLogger(__name__)

_PARALLEL_STOPS = 8
_LONGEST_INTERRUPTION = 10.0  # seconds that a rollback that waits for others, or another run's build, may take

Fields = dict[str, dict[str, str]]
T = TypeVar("T")


@dataclass
class Slot:
    """What one worker has for itself; it is leased to one process at a time and used again by the next."""

    number: int
    holder: ProcessIdentity | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)
    services: dict[str, Service[Any]] = field(default_factory=dict)
    fields: Fields = field(default_factory=dict)
    faults: SlotFaults = field(default_factory=SlotFaults)
    is_open: bool = False
    left_by: ProcessIdentity | None = None
    """Who closed the connection without giving the slot back; most have died."""
    is_abandoned: bool = False
    """Whether the last holder died while it had the slot."""


class Slots:
    """Hands slots to processes; each has one, and nobody else's while that one lives."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[Slot] = []

    def all(self) -> list[Slot]:
        """Return all slots there are."""
        with self._lock:
            return list(self._all)

    def lease(self, holder: ProcessIdentity) -> Slot:
        """Return a slot for *holder*: its own again, one whose holder is gone, or a new one."""
        with self._lock:
            for slot in self._all:
                if slot.holder == holder:
                    return slot
            for slot in self._all:
                if slot.holder is None or not slot.holder.is_alive():
                    last = slot.holder or slot.left_by
                    slot.is_abandoned |= last is not None and not last.is_alive()
                    slot.holder, slot.left_by = holder, None
                    return slot
            slot = Slot(len(self._all) + 1, holder)
            self._all.append(slot)
            return slot

    def release(self, slot: Slot, holder: ProcessIdentity) -> None:
        """Free the slot, if *holder* still has it."""
        with self._lock:
            if slot.holder == holder:
                slot.holder = None

    def abandon(self, slot: Slot, holder: ProcessIdentity) -> None:
        """Free the slot, if *holder* still has it, and note that it has not given it back."""
        with self._lock:
            if slot.holder == holder:
                slot.holder, slot.left_by = None, holder


def at_once(do: Callable[[T], None], items: Sequence[T]) -> None:
    """Do it to all items side by side; return when it is done to all."""
    with ThreadPoolExecutor(max_workers=max(1, len(items))) as pool:
        for done in [pool.submit(do, item) for item in items]:
            done.result()


def interrupt(slot: Slot) -> None:
    """Have the slot's lock free soon: what is asked of its services for others is given up, again and again.

    One who holds the lock for long all the same does not keep the run: all its processes are killed in the end.
    """

    def try_it() -> Answer:
        if slot.lock.acquire(blocking=False):
            slot.lock.release()
            return Answer.ready()
        for service in list(slot.services.values()):
            _interrupt_quietly(service)
        return Answer.not_yet("somebody holds the lock")

    wait_until(try_it, timeout=_LONGEST_INTERRUPTION)


def close(slot: Slot, dependencies: Mapping[str, Collection[str]]) -> None:
    """Stop the slot's services, each after those that depend on it; one that cannot be stopped keeps no other.

    *dependencies* are the names of services with those that each depends on.
    """
    is_free = slot.lock.acquire(timeout=_LONGEST_INTERRUPTION)
    try:
        dependants = {name: [each for each in slot.services if name in dependencies[each]] for name in slot.services}
        run_in_order(dependants, lambda name: _stop_quietly(slot.services[name]), workers=_PARALLEL_STOPS)
        slot.services.clear()
        slot.faults.close()
        slot.is_open = False
    finally:
        if is_free:
            slot.lock.release()


def _interrupt_quietly(service: Service[Any]) -> None:
    try:
        service.interrupt()
    except Exception:  # noqa: BLE001 the run ends all the same
        _log.exception("Service '%s' could not be interrupted.", service.place.service)


def _stop_quietly(service: Service[Any]) -> None:
    try:
        service.stop()
    except Exception:  # noqa: BLE001 the other services are stopped all the same
        _log.exception("Service '%s' could not be stopped.", service.place.service)
