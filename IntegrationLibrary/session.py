"""What this process has opened: environments, databases, scopes that can be returned to; closed last first."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IntegrationLibrary.aftermath import Undone, roll_back
from IntegrationLibrary.api.recorder import Moment, Recorder
from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.redaction import remember_secrets
from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.faulted import Faults, make_fault, undo_faults
from IntegrationLibrary.opened import OpenDatabase, OpenService

if TYPE_CHECKING:  # imported when an environment is started: not every process that imports the library does
    from IntegrationLibrary.base.processes import ProcessIdentity
    from IntegrationLibrary.isolation.strategy import Checkpoint
    from IntegrationLibrary.supervisor.client import Client

_log = logging.getLogger(__name__)


@dataclass
class Scope:
    """A suite, a test or a named moment that the databases can be brought back to."""

    name: str
    exchanges: Moment
    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)
    """For each mock the mark of its rules at the beginning."""
    faults: Faults = field(default_factory=dict)
    """What was done in it to services on purpose."""


class Session:
    """All that this process has opened."""

    def __init__(self) -> None:
        self.recorder = Recorder()
        self.services: dict[str, OpenService] = {}
        self.databases: dict[str, OpenDatabase] = {}
        self.test: Scope | None = None
        """The scope of the test that runs now."""
        self.hits_before: dict[str, int] = {}
        """For each mock the number of the last hit before the test began."""
        self.logs_before: dict[str, int] = {}
        """For each service where its log ended before the test began, in bytes."""
        self._attached: dict[str, dict[str, Any]] = {}
        self._current: dict[str, Any] = {}
        self._scopes: list[Scope] = []
        self._tests: list[Scope] = []
        self._ended: Scope | None = None
        self._client: Client | None = None
        self._ends_with_container = False
        """Whether the end of this process may be that of a container, which leaves the supervisor no time to clean."""
        self._kept: list[Client] = []

    def start_environment(self, file: Path, switches: Mapping[str, str], root: ProcessIdentity) -> dict[str, Any]:
        """Attach to the environment, started if it does not run yet, and return what the supervisor tells of it."""
        asked = f"{file} {sorted(switches.items())}"
        if asked in self._attached:
            self._current = self._attached[asked]
            return self._current
        client = self._client_for(file, switches, root=root)
        holder, its_root = [_own().pid, _own().created], [root.pid, root.created]
        told: dict[str, Any] = client.call(
            "attach", file=str(file), switches=dict(switches), holder=holder, root=its_root
        )
        try:
            if client is not self._client:
                _look_at_kept(told, switches)
            self._open_all(told, client)
        except Exception:
            self._forget(told)
            raise
        for note in told["notes"]:
            _log.warning(note)
        self._attached[asked] = self._current = told
        return told

    def _client_for(self, file: Path, switches: Mapping[str, str], *, root: ProcessIdentity) -> Client:
        """Return a connection to the supervisor that keeps this environment, else to the run's own."""
        from IntegrationLibrary.containers.whereabouts import own_container
        from IntegrationLibrary.supervisor.client import reach_supervisor
        from IntegrationLibrary.supervisor.kept import find_kept

        kept = find_kept(file, switches)
        if kept is not None:
            _log.info("Environment '%s' is kept: it ran before, and stays after this run.", file)
            self._kept.append(kept)
            return kept
        if self._client is None:
            self._client = reach_supervisor(root)
            self._ends_with_container = root == _own() and own_container() is not None
        return self._client

    def _open_all(self, told: dict[str, Any], client: Client) -> None:
        remember_secrets(told)
        for name, service in told["services"].items():
            self._refuse_twice(name, self.services, "service")
            self.services[name] = OpenService(name, service, key=told["key"], client=client)
            self._begin(self.services[name])
        for name, database in told["databases"].items():
            self._refuse_twice(name, self.databases, "database")
            opened = OpenDatabase(name, database, base=Path(told["file"]).parent)
            self.databases[name] = opened
            self.begin_again(opened)  # scopes began when there was nothing to return to

    def _forget(self, told: dict[str, Any]) -> None:
        """Undo an attachment that went wrong half-way, so that it can be tried again."""
        attached = self._attached.values()
        for name in told["services"]:
            if not any(name in other["services"] for other in attached):
                self.services.pop(name, None)
        for name in told["databases"]:
            if not any(name in other["databases"] for other in attached) and name in self.databases:
                self.databases.pop(name).close()
                for scope in self._scopes:
                    scope.checkpoints.pop(name, None)

    def _refuse_twice(self, name: str, names: Iterable[str], noun: str) -> None:
        if name in names:
            raise IntegrationError(f"Two environments have a {noun} named '{name}'.", next_step=f"rename one {noun}")

    def gone(self) -> str | None:
        """Return in a sentence what of the environment has ended that no test has stopped; None when all is there."""
        try:
            endings = ((service.name, service.ending()) for service in self.services.values())
            return next((f"Service '{name}' does not run any more: {how}." for name, how in endings if how), None)
        except EnvironmentFailure as error:
            return error.headline

    def begin_test(self) -> None:
        """Let hits, answers of rules and log lines count from now on."""
        for service in self.services.values():
            self._begin(service)

    def _begin(self, service: OpenService) -> None:
        self.logs_before[service.name] = service.log_position()
        if "begin_test" in service.actions:
            self.hits_before[service.name] = service.act("begin_test")

    def service(self, name: str) -> OpenService:
        """Return the open service called *name*."""
        return self.services[self._known(name, self.services, "service")]

    def database(self, name: str | None = None) -> OpenDatabase:
        """Return the open database called *name*, or the only one of the environment that was asked for last."""
        if name is not None:
            return self.databases[self._known(name, self.databases, "database")]
        names = list(self._current.get("databases", {}))
        if len(names) == 1:
            return self.databases[names[0]]
        raise IntegrationError(
            "Which database is meant?" if names else "No database is open.",
            expected=f"database= with one of {listed(names)}" if names else None,
            next_step=None if names else "use 'Start Environment' with an environment that has one",
        )

    def _known(self, name: str, known: Mapping[str, Any], noun: str) -> str:
        if name in known:
            return name
        raise IntegrationError(
            f"There is no {noun} '{name}'.",
            expected=f"one of {listed(known)}" if known else f"a {noun} of a started environment; none is started",
            next_step=did_you_mean(name, known) or (None if known else "use 'Start Environment' first"),
        )

    def enter(self, name: str) -> Scope:
        """Begin a scope: its checkpoint is now, in every open database, and so is the mark of the mocks' rules."""
        marks = {mock.name: mock.act("rule_mark") for mock in self.mocks()}
        scope = Scope(name, self.recorder.mark(), rules=marks)
        for database in self.databases.values():
            scope.checkpoints[database.name] = database.isolation.checkpoint(name)
        self._scopes.append(scope)
        return scope

    def leave(self, scope: Scope) -> Undone:
        """Bring everything back to the beginning of the scope, and end it with those inside it.

        What was asked in it is no longer there to be judged.
        """
        if scope not in self._scopes:
            return Undone()
        self.recorder.return_to(scope.exchanges)
        self._ended = scope
        index = self._scopes.index(scope)
        ended, self._scopes[index:] = self._scopes[index:], []
        faults, error = self._undo_faults(ended)
        try:
            undone = self.return_to(scope)
        finally:
            self._remove_rules_since(scope)
        if error is not None:
            raise error
        undone.faults = faults
        return undone

    def _undo_faults(self, ended: list[Scope]) -> tuple[list[str], IntegrationError | None]:
        """Undo what was done on purpose in scopes that end: a service that is held may hold locks, too."""
        made = [scope.faults for scope in ended if scope.faults]
        try:
            return (undo_faults(made, self.services) if made else []), None
        except IntegrationError as error:
            return [], error

    def make_fault(self, service: str, fault: str, *, words: str, **arguments: Any) -> None:
        """Do something to a service on purpose, until the test ends, or the suite when no test runs."""
        make_fault(self.beginning().faults, self.service(service), fault, words=words, arguments=arguments)

    def undo_late_writes(self) -> str | None:
        """Undo what was written after the scope that was left last; return what that was, or None.

        To be asked before anything else is done that writes.
        """
        ended, self._ended = self._ended, None
        late, checkpoints = [], {}
        for name, checkpoint in ended.checkpoints.items() if ended else ():
            isolation = self.databases[name].isolation
            counts = isolation.counts(checkpoint) if isolation.keeps_changes else {}
            if counts:
                late.append(f"{name}: {listed(f'{table} {rows}' for table, rows in counts.items())}")
                checkpoints[name] = checkpoint
        if ended is None or not late:
            return None
        roll_back(checkpoints, self.databases, self.services.values())
        return (
            f"Something was written after '{ended.name}' had ended, and was undone: {listed(late, separator='; ')}. "
            "Let the test wait for it, for example with 'Wait Until Row Exists'."
        )

    def begin_again(self, database: OpenDatabase) -> None:
        """Let the open scopes begin now for a database whose isolation is another than it was."""
        for scope in self._scopes:
            scope.checkpoints[database.name] = database.isolation.checkpoint(scope.name)
        if self._ended is not None:
            self._ended.checkpoints.pop(database.name, None)

    def enter_test(self, name: str) -> Scope:
        """Begin a test: its scope, its hits and log lines."""
        self.begin_test()
        self.test = self.enter(name)
        self._tests.append(self.test)
        return self.test

    def late_writes(self, scope: Scope) -> list[str]:
        """Return a sentence for each transaction that wrote in the scope and had begun before it."""
        sentences = []
        for name, checkpoint in scope.checkpoints.items():
            writes = self.databases[name].isolation.late_writes(checkpoint)
            for (application, began), tables in groupby(writes, key=lambda each: (each.application, each.began)):
                written = listed(f"{each.table} {each.counts}" for each in tables)
                earlier = self._test_at(name, began)
                sentences.append(
                    f"A transaction of '{application or 'an application'}' that began {earlier} wrote while "
                    f"'{scope.name}' ran: {name}: {written}. Let the test that caused it wait for it, for example with "
                    "'Wait Until Row Exists'."
                )
        return sentences

    def _test_at(self, database: str, moment: datetime) -> str:
        for test in reversed(self._tests):
            at = test.checkpoints[database].at if database in test.checkpoints else None
            if at is not None and at <= moment:
                return f"in or after '{test.name}'"
        return "before the first test"

    def _remove_rules_since(self, scope: Scope) -> None:
        for mock in self.mocks():
            try:
                mock.act("remove_rules_since", mark=scope.rules.get(mock.name, 0))
            except IntegrationError as error:
                _log.warning("Rules of mock '%s' could not be removed: %s", mock.name, error)

    def mocks(self) -> list[OpenService]:
        """Return the open services that are mocks."""
        return [service for service in self.services.values() if "hits" in service.actions]

    def return_to(self, scope: Scope) -> Undone:
        """Bring every open database back to the beginning of the scope; the scope goes on."""
        return roll_back(scope.checkpoints, self.databases, self.services.values())

    def find_scope(self, name: str) -> Scope:
        """Return the innermost open scope called *name*."""
        for scope in reversed(self._scopes):
            if scope.name == name:
                return scope
        names = [scope.name for scope in self._scopes]
        raise IntegrationError(
            f"There is no checkpoint '{name}'.",
            expected=f"one of {listed(names)}" if names else "a checkpoint made in this test or its suites",
            next_step=did_you_mean(name, names) or None,
        )

    def beginning(self) -> Scope:
        """Return where the test that runs now began, or the innermost suite when none runs."""
        scope = self.test or (self._scopes[-1] if self._scopes else None)
        if scope is None:
            raise IntegrationError("No test or suite has begun.", next_step="use this keyword in a test")
        return scope

    def close(self) -> None:
        """Close everything, last first. Idempotent."""
        for database in reversed(list(self.databases.values())):
            database.close()
        for client in [*self._kept, *([self._client] if self._client is not None else [])]:
            if not client.is_waiting:  # else the end of the connection tells it
                with contextlib.suppress(IntegrationError):  # a supervisor that has gone holds no leases
                    client.call("release")
            client.close()
        self._kept.clear()
        self._client = None
        if self._ends_with_container:
            self._end_run()
        self.databases.clear()
        self.services.clear()
        self._attached.clear()
        self._scopes.clear()

    def _end_run(self) -> None:
        """Wait until the supervisor of this process's run has removed everything."""
        from IntegrationLibrary.supervisor.keeping import end_supervisor
        from IntegrationLibrary.supervisor.runs import RunFolder

        self._ends_with_container = False
        try:
            end_supervisor(RunFolder.of(_own()))
        except EnvironmentFailure as error:
            _log.warning("%s", error)


def _look_at_kept(told: Mapping[str, Any], switches: Mapping[str, str]) -> None:
    """Refuse a kept environment that was made with other variables, and tell what was started again in it."""
    from IntegrationLibrary.supervisor.kept import refuse_other_variables

    refuse_other_variables(told, switches)
    for service, file in told["restarted"].items():
        _log.info("Service '%s' was started again: %s has changed.", service, file)


def _own() -> ProcessIdentity:
    from IntegrationLibrary.base.processes import ProcessIdentity

    return ProcessIdentity.of(os.getpid())


_sessions: list[Session] = []


def current_session() -> Session:
    """Return the one session of this process: libraries imported twice and the listener share it."""
    if not _sessions:
        _sessions.append(Session())
    return _sessions[0]
