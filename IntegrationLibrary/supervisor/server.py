"""The supervisor's end of the control connections: one thread each, leases that end with them."""

from __future__ import annotations

import hmac
import json
import logging
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.ports import LOOPBACK
from IntegrationLibrary.base.processes import ProcessIdentity, Spawner, end_all
from IntegrationLibrary.base.redaction import KNOWN
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.environments.loader import load_environment
from IntegrationLibrary.environments.sources import Sources
from IntegrationLibrary.faults.network import Network
from IntegrationLibrary.services.service import Service
from IntegrationLibrary.supervisor.guests import Guests
from IntegrationLibrary.supervisor.kept import outdated
from IntegrationLibrary.supervisor.ledger import Ledger
from IntegrationLibrary.supervisor.running import RunningEnvironment
from IntegrationLibrary.supervisor.slots import Slot, at_once
from IntegrationLibrary.supervisor.wire import LONGEST_LINE, error_to_json

_log = logging.getLogger(__name__)

_PABOTS_SERVER = "pabot.pabotlib"
_LONGEST_FIRST = 1024 * 1024
"""Who has not shown the key yet sends no more."""
_WORKERS_GRACE = 2.0  # seconds, as pabot gives them

Leases = list[tuple[RunningEnvironment, Slot, ProcessIdentity]]


class Supervisor:
    """Owns the environments of one run and answers the run's workers."""

    def __init__(
        self,
        folder: Path,
        root: ProcessIdentity | None,
        *,
        ledger: Ledger,
        ending: threading.Event | None = None,
        umask: int = -1,
    ) -> None:
        self._folder = folder
        self._ending = ending or threading.Event()
        self._root = root
        self._since = time.time()
        self._children: set[ProcessIdentity] = set()
        self._ledger = ledger
        self._spawner = Spawner(ledger.noting(), umask=umask)
        self._network = Network()
        self._lock = threading.Lock()
        self._environments: dict[str, RunningEnvironment] = {}
        self._sources: dict[str, Sources] = {}
        self._guests = Guests()
        self._is_ending = False
        self.actions: dict[str, Callable[..., Any]] = {
            "attach": self.attach,
            "ask": self.ask,
            "act": self.act,
            "restart": self.restart,
            "mark_faults": self.mark_faults,
            "make_fault": self.make_fault,
            "undo_faults": self.undo_faults,
            "release": self.release,
            "progress": self.progress,
            "overview": self.overview,
            "status": self.status,
            "end": self.end,
        }

    def attach(
        self,
        leases: Leases,
        *,
        file: str,
        switches: dict[str, str],
        holder: list[float],
        root: list[float] | None = None,
    ) -> dict[str, Any]:
        """Start the environment if it does not run, lease a slot to the worker and tell what is in it.

        *root* is that of the worker's run, which is not this supervisor's when the environment is kept.
        """
        key = json.dumps([file, sorted(switches.items())])
        identity = ProcessIdentity(int(holder[0]), holder[1])
        if self._root is not None and identity.is_child_of(self._root):
            self._children |= {identity} if self._children else {identity, *_libraries_of(self._root)}
        running = self._environment(key, Path(file), switches)
        if self._root is None:
            self._refuse_if_changed(key, switches)
        if self._root is None and root is not None:
            self._guests.add(identity, ProcessIdentity(int(root[0]), root[1]))
        slot = running.slots.lease(identity)
        leases.append((running, slot, identity))
        restarted = running.restart_outdated(slot) if self._root is None else {}
        return {"key": key, **running.prepare(slot), "variables": self._sources[key].variables, "restarted": restarted}

    def ask(self, leases: Leases, *, key: str, service: str) -> dict[str, Any]:
        """Ask a service of the worker's slot whether it is ready."""
        running, slot = self._leased(leases, key)
        found = running.service(slot, service)
        condition = slot.faults.conditions.get(service)
        answer = Answer.never(f"a test has {condition} it") if condition else found.ask()
        told = {"readiness": answer.readiness.value, "text": answer.text, "expects": found.expects()}
        return {**told, "is_on_purpose": condition is not None}

    def act(self, leases: Leases, *, key: str, service: str, action: str, arguments: dict[str, Any]) -> Any:
        """Have a service of the worker's slot do what only its type can."""
        running, slot = self._leased(leases, key)
        return running.service(slot, service).act(action, arguments)

    def restart(self, leases: Leases, *, key: str, service: str) -> bool:
        """Start a service of the worker's own slot again, wait until it is ready, and tell whether that was done."""
        running, slot = self._leased(leases, key)
        return running.restart(slot, service)

    def mark_faults(self, leases: Leases, *, key: str, service: str) -> dict[str, Any]:
        """Tell what brings a service of the worker's slot back to how it is now."""
        running, slot = self._leased(leases, key)
        with slot.lock:
            return running.faulting(slot).mark(service)

    def make_fault(self, leases: Leases, *, key: str, service: str, fault: str, arguments: dict[str, Any]) -> None:
        """Do to a service of the worker's slot what a test wants."""
        running, slot = self._leased(leases, key)
        with slot.lock:
            if not any(each is slot and slot.holder == holder for _, each, holder in leases):
                raise EnvironmentFailure("Another worker has this slot by now.")
            running.faulting(slot).make(service, fault, arguments)

    def undo_faults(self, leases: Leases, *, key: str, marks: dict[str, Any]) -> list[list[str]]:
        """Bring services of the worker's slot back to their marks; tell what was done, by service."""
        running, slot = self._leased(leases, key)
        with slot.lock:
            return running.faulting(slot).undo(marks)

    def release(self, leases: Leases) -> None:
        """Free the worker's slots; the answer tells it that the next worker can have them."""
        while leases:
            running, slot, holder = leases.pop()
            running.slots.release(slot, holder)

    def progress(self, leases: Leases) -> dict[str, float]:
        """Tell which services are waited for, each with the seconds since it was started."""
        del leases
        return {
            what: waited for running in list(self._environments.values()) for what, waited in running.progress().items()
        }

    def overview(self, leases: Leases) -> dict[str, Any]:
        """Tell what runs here, without asking the services."""
        del leases
        return self._overview(lambda _: {})

    def status(self, leases: Leases) -> dict[str, Any]:
        """Tell what runs here, and what each service answers when it is asked whether it is ready."""
        del leases
        return self._overview(_state)

    def _overview(self, about: Callable[[Service[Any]], dict[str, str]]) -> dict[str, Any]:
        environments = [running.overview(about) for running in list(self._environments.values())]
        root = self._root.pid if self._root else None
        return {"root": root, "since": self._since, "secrets": KNOWN.values(), "environments": environments}

    def end(self, leases: Leases) -> None:
        """End with all that runs here, as soon as this has been answered."""
        del leases
        self._ending.set()

    def end_workers(self) -> None:
        """End what the run's root has started and what outlives it: workers whose results nobody waits for."""
        end_all([process for each in self._children if (process := each.find()) is not None], grace=_WORKERS_GRACE)

    def stop(self) -> None:
        """Stop all environments: they know nothing of each other. None starts any more."""
        self._is_ending = True
        self._spawner.interrupt()
        with self._lock:
            at_once(RunningEnvironment.stop, list(self._environments.values()))
            self._environments.clear()

    def _environment(self, key: str, file: Path, switches: dict[str, str]) -> RunningEnvironment:
        with self._lock:
            if self._is_ending:
                raise EnvironmentFailure("The environment is not started.", seen="the run has ended")
            if key not in self._environments:
                environment = load_environment(file, switches=switches)
                self._sources[key] = Sources(environment)
                folder = self._folder / f"e{len(self._environments) + 1}"
                self._environments[key] = RunningEnvironment(
                    environment, folder=folder, spawner=self._spawner, ledger=self._ledger, network=self._network
                )
            return self._environments[key]

    def _refuse_if_changed(self, key: str, switches: dict[str, str]) -> None:
        """Refuse to hand out a kept environment that is older than what it is made from."""
        changed = self._sources[key].changed()
        if changed:
            running = self._environments[key]
            raise outdated(running.name, str(running.file), changed, switches=switches)

    def _leased(self, leases: Leases, key: str) -> tuple[RunningEnvironment, Slot]:
        wanted = self._environments[key]
        return next((running, slot) for running, slot, _ in leases if running is wanted)


def _state(service: Service[Any]) -> dict[str, str]:
    answer = service.ask()
    return {"state": answer.readiness.value, "seen": answer.text}


def _libraries_of(root: ProcessIdentity) -> list[ProcessIdentity]:
    """Return the server of shared values that pabot has started, which lives on when pabot is killed."""
    process = root.find()
    children = process.children() if process is not None else []
    return [ProcessIdentity.of(each.pid) for each in children if _PABOTS_SERVER in each.cmdline()]


class ControlServer(socketserver.ThreadingTCPServer):
    """Listens on the loopback interface only, and answers only who knows the key."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, supervisor: Supervisor, key: str) -> None:
        self.supervisor = supervisor
        self.key = key
        super().__init__((LOOPBACK, 0), _Conversation)


class _Conversation(socketserver.StreamRequestHandler):
    """One worker's connection."""

    server: ControlServer
    disable_nagle_algorithm = True

    def handle(self) -> None:
        leases: Leases = []
        try:
            for request in self._requests():
                answer = {"number": request["number"], **self._answer(request, leases)}
                self.wfile.write(json.dumps(answer).encode() + b"\n")
        except (OSError, ValueError, RecursionError) as error:
            _log.info("A connection ended: %s", error)
        finally:
            for running, slot, holder in leases:  # a worker that ends well has released them
                running.slots.abandon(slot, holder)

    def _requests(self) -> Iterator[dict[str, Any]]:
        """Yield what comes with the key; the rest is neither answered nor, when it is long, kept."""
        longest = _LONGEST_FIRST
        while line := self.rfile.readline(longest):
            request = json.loads(line)
            if not _has_key(request, self.server.key):
                _log.warning("A connection without the key was closed.")
                return
            longest = LONGEST_LINE
            yield request

    def _answer(self, request: dict[str, Any], leases: Leases) -> dict[str, Any]:
        try:
            action = self.server.supervisor.actions[request["action"]]
            return {"result": action(leases, **request["arguments"])}
        except IntegrationError as error:
            return {"error": error_to_json(error)}
        except Exception as error:  # noqa: BLE001 the worker is told whatever it was
            _log.exception("Request %s failed.", request["action"])
            return {"error": error_to_json(error)}


def _has_key(request: Any, key: str) -> bool:
    given = request.get("key") if isinstance(request, dict) else None
    return isinstance(given, str) and hmac.compare_digest(given.encode(), key.encode())
