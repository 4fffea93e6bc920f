"""Service type `mock`: a third party that answers by rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from IntegrationLibrary.base.errors import ConfigurationError, EnvironmentFailure
from IntegrationLibrary.base.ports import LOOPBACK, free_port
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.mocks.rules import key_of_rule, read_rules, rule_from
from IntegrationLibrary.mocks.server import MockServer
from IntegrationLibrary.services.service import Builder, Place, Scope, Service, ServiceSpec


class MockSpec(ServiceSpec):
    """The keys of a service of type `mock`."""

    rules: str
    """The file of its rules, relative to the environment file."""

    def check(self, base: Path) -> list[tuple[tuple[str | int, ...], str, str]]:
        """Return what cannot work, each as (path of the key, headline, what is expected)."""
        try:
            read_rules(base / self.rules)
        except ConfigurationError as error:
            headline = error.headline.rstrip(".") + (f": {error.seen}" if error.seen else "")
            expected = "; ".join(filter(None, [error.expected or "a file with the key rules", error.hint]))
            return [(("rules",), f"{headline} ({error.place}).", expected)]
        return []


class MockService(Service[MockSpec]):
    """A third party's HTTP API as the tests want it: answers by rules, and tells what hit it.

    Rules choose by method, path, query, headers and JSON body (`json`: at least these fields, `json_equals`: exactly
    this); they answer with status, headers and `json` or `body`, after a `delay`, or with `fault: connection_reset`
    not at all. What no rule fits is answered with 404 and the nearest rule. `times: 2` in a rule: twice in each test,
    then the next rule that fits answers. Each worker has its own mock, so that hits of parallel tests do not mix.
    """

    name = "mock"
    spec_class: ClassVar[type[ServiceSpec]] = MockSpec
    default_scope: ClassVar[Scope] = "worker"
    built_on: ClassVar[tuple[str, ...]] = ("pytest_httpserver",)
    actions: ClassVar[frozenset[str]] = frozenset({"hits", "begin_test", "rule_mark", "add_rule", "remove_rules_since"})
    commands: ClassVar[frozenset[str]] = frozenset({"stop"})

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._port: int | None = None
        self._server: MockServer | None = None

    @classmethod
    def fields(cls, spec: MockSpec, scope: Scope) -> dict[str, Scope]:
        """A mock has a host, a port and, made of them, a URL."""
        del spec
        return {"host": scope, "port": scope, "url": scope}

    @classmethod
    def made_from(cls, spec: MockSpec, base: Path, *, builder: Builder) -> Mapping[str, Callable[[], str]]:
        """A mock is made from its rules."""
        del builder
        return {f"the rules in '{spec.rules}'": lambda: sha256((base / spec.rules).read_bytes()).hexdigest()}

    def allocate(self, spec: MockSpec) -> dict[str, str]:
        """Ask the system for the port."""
        del spec
        self._port = self._port or free_port()
        return {"host": LOOPBACK, "port": str(self._port), "url": f"http://{LOOPBACK}:{self._port}"}

    def start(self, spec: MockSpec) -> None:
        """Read the rules and listen; after a stop with the rules and hits that were there."""
        port = self._port or free_port()
        server = self._server or MockServer(read_rules(self.place.base / spec.rules), port=port)
        try:
            server.start()
        except OSError as error:
            raise EnvironmentFailure(
                f"Mock '{self.place.service}' cannot listen.", expected=f"port {port}, free", seen=str(error)
            ) from error
        self._server = server

    def ask(self) -> Answer:
        """A mock is ready as soon as it listens."""
        return Answer.ready("listening") if self._server and self._server.listens else Answer.not_yet("not started")

    def stop(self) -> None:
        """Stop listening; rules and hits are kept, as the test may not be over."""
        if self._server is not None:
            self._server.stop()

    def renew_slot(self, slot: int) -> list[str]:
        """Remove the rules that a worker left that was killed."""
        del slot
        if self._server is not None:
            self._server.rules.remove_since(0)
        return []

    def act(self, action: str, arguments: dict[str, Any]) -> Any:
        """Tell hits, or add and remove rules."""
        server = self._server
        if server is None:
            raise EnvironmentFailure(f"Mock '{self.place.service}' is not started.")
        if action == "hits":
            return [hit.as_dict() for hit in server.hits(int(arguments["since"]))]
        if action == "add_rule":
            return server.rules.add(rule_from(arguments["rule"], subject="the rule", place_of=key_of_rule))
        if action == "remove_rules_since":
            return server.rules.remove_since(int(arguments["mark"]))
        if action == "rule_mark":
            return server.rules.mark
        return server.begin_test() if action == "begin_test" else super().act(action, arguments)
