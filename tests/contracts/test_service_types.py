"""What every service type keeps, whoever wrote it: the registry finds it, so these tests do."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from pydantic import BaseModel

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.processes import ProcessIdentity, Spawner
from IntegrationLibrary.base.waiting import wait_until
from IntegrationLibrary.environments.building import EnvironmentBuilder
from IntegrationLibrary.faults.addresses import addresses
from IntegrationLibrary.probes.probe import Target, make_probe
from IntegrationLibrary.services.service import SERVICES, Place, Service
from IntegrationLibrary.supervisor.ledger import Ledger

SERVE = ["python", "-m", "http.server", "PORT", "--bind", "127.0.0.1"]
FAIL = ["python", "-c", "import subprocess, sys; print('no licence'); sys.exit(3)"]


@dataclass(frozen=True)
class Case:
    """Keys with which a service of the type starts, and with which it does not; PORT is its port, URL a server's."""

    good: dict[str, Any]
    bad: dict[str, Any] | None = None
    told: str = ""
    """What stands in the failure of the bad one."""
    files: dict[str, str] = field(default_factory=dict)
    needs: str = ""
    """The fixture that skips a start where its image is missing."""


CASES = {
    "container": Case(
        {"image": "integrationlibrary/web", "pull": "never", "port": 8000, "ready": {"http": "/"}},
        bad={"image": "integrationlibrary/web", "pull": "never", "command": ["sh", "-c", "echo no licence; exit 3"]},
        told="ended with code 3",
        needs="web_image",
    ),
    "external": Case({"url": "URL", "ready": {"http": "/"}}),
    "kafka": Case({"pull": "never"}, needs="kafka_image"),
    "mailpit": Case({"pull": "never"}, needs="mailpit_image"),
    "mariadb": Case(
        {"image": "integrationlibrary/mariadb", "pull": "never"},
        bad={"image": "integrationlibrary/mariadb", "pull": "never", "environment": {"MARIADB_ROOT_PASSWORD": ""}},
        told="ended with code 1",
        needs="mariadb_image",
    ),
    "minio": Case({"pull": "never"}, needs="minio_image"),
    "mock": Case(
        {"rules": "rules.yaml"},
        bad={"rules": "broken.yaml"},
        told="broken.yaml:1",
        files={"rules.yaml": "rules: []", "broken.yaml": "rules: 5"},
    ),
    "mongodb": Case({"pull": "never"}, needs="mongodb_image"),
    "mysql": Case({"pull": "never"}, needs="mysql_image"),
    "postgres": Case(
        {"databases": {"shop": {"isolation": "none"}}},
        bad={"databases": {"shop": {"migrations": "broken"}}},
        told="1.sql:2",
        files={"broken/1.sql": "SELECT 1;\nSELECT nothing FROM nowhere;\n"},
    ),
    "process": Case(
        {"command": SERVE, "ready": {"http": "/"}},
        bad={"command": FAIL, "ready": {"tcp": True}},
        told="ended with code 3",
    ),
    "rabbitmq": Case(
        {"image": "integrationlibrary/rabbitmq", "pull": "never"},
        bad={"image": "integrationlibrary/rabbitmq", "pull": "never", "command": ["sh", "-c", "exit 3"]},
        told="ended with code 3",
        needs="rabbitmq_image",
    ),
    "redis": Case(
        {"image": "integrationlibrary/redis", "pull": "never"},
        bad={"image": "integrationlibrary/redis", "pull": "never", "command": ["redis-server", "--port", "none"]},
        told="ended with code 1",
        needs="redis_image",
    ),
}

service_types = pytest.mark.parametrize("service_type", SERVICES.all(), ids=lambda cls: cls.name)


@dataclass
class Made:
    """One service in a folder of its own, with what it wrote into the ledger."""

    service: Service[Any]
    case: Case
    server: str
    ledger: Ledger
    require: Callable[[], object]
    """Skips the test where it could not be started."""

    def spec(self, keys: dict[str, Any]) -> Any:
        """Return the keys as the type takes them, its own addresses filled in."""
        located = _filled(keys, {"URL": self.server})
        fields = self.service.allocate(self._read(located))
        return self._read(_filled(located, {"PORT": fields.get("port", "")}))

    def start(self) -> None:
        """Start it with the keys that are good, and wait until it is ready."""
        self.require()
        self.service.start(self.spec(self.case.good))
        assert wait_until(self.service.ask, timeout=60).is_ready

    def left(self) -> list[str]:
        """Return what is left of it: processes, files in its folder, an open port."""
        identities = [ProcessIdentity(each["pid"], each["created"]) for each in self.ledger.entries("process")]
        found = [str(each) for each in identities if each.is_alive()]
        found += [str(each) for each in self.service.place.folder.iterdir()]
        port = self.service.allocate(self.spec(self.case.good)).get("port")
        own = self.service.name != "external" and port
        if own and make_probe({"tcp": int(port)}, Target()).ask().readiness.value == "ready":
            found.append(f"port {port}")
        return found

    def _read(self, keys: dict[str, Any]) -> Any:
        return type(self.service).spec_class.model_validate({"type": self.service.name, **keys}, strict=False)


def _filled(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, words) for item in value]
    return words.get(value, value) if isinstance(value, str) else value


@pytest.fixture
def server() -> Iterator[str]:
    """A web server that runs already."""
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def made(
    service_type: type[Service[Any]],
    server: str,
    server_folder: Callable[[], Path],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Made]:
    """A service of the type, not started."""
    case = CASES[service_type.name]
    if case.needs:
        request.getfixturevalue("docker_engine")
    base, ledger = server_folder(), Ledger(tmp_path / "ledger.jsonl")
    for name, text in case.files.items():
        file = base / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    folder = server_folder()
    place = Place(
        service="one",
        slot=None,
        folder=folder,
        log=base / "one.log",
        base=base,
        spawner=Spawner(ledger.noting()),
        builder=EnvironmentBuilder(base),
        record=ledger.record,
    )
    one = Made(service_type(place), case, server, ledger, lambda: request.getfixturevalue(case.needs or "server"))
    yield one
    one.service.stop()


def test_every_type_has_a_case_here() -> None:
    """A new service type comes with keys for these tests."""
    assert sorted(CASES) == SERVICES.names()


@service_types
class TestEveryServiceType:
    """One type after the other."""

    def test_it_is_documented(self, service_type: type[Service[Any]]) -> None:
        """The first line is one sentence, and every key of the environment file is described."""
        assert (service_type.__doc__ or "").partition("\n")[0].endswith((".", ","))
        assert list(_undescribed(service_type.spec_class)) == []
        assert service_type.default_scope in ("run", "worker")

    def test_it_tells_its_addresses_before_it_starts(self, made: Made) -> None:
        """Others may name them; all are fields that the file may refer to, and asking twice changes nothing."""
        spec = made.spec(made.case.good)
        told = made.service.allocate(spec)

        assert told.keys() <= type(made.service).fields(spec, "run").keys()
        assert made.service.allocate(spec) == told

    def test_it_is_not_ready_before_its_start_unless_it_runs_elsewhere(self, made: Made) -> None:
        """Asking is no error, and it has words for what it waits for."""
        assert made.service.ask().readiness.value == ("ready" if made.service.name == "external" else "not yet")
        assert made.service.expects()

    def test_it_can_be_stopped_before_its_start(self, made: Made) -> None:
        """Nothing happens."""
        made.service.stop()
        made.service.stop()

        assert made.left() == []

    def test_it_starts_and_leaves_nothing_when_it_is_stopped(self, made: Made) -> None:
        """Neither a process nor a port nor a file in its folder; stopping twice does no harm."""
        made.start()
        assert made.service.expects()

        made.service.stop()
        made.service.stop()

        assert made.left() == []

    def test_it_can_be_started_again(self, made: Made) -> None:
        """As the supervisor does when a service has died between two workers."""
        made.start()
        made.service.stop()

        made.start()

    def test_a_start_that_fails_says_why_and_leaves_nothing(self, made: Made) -> None:
        """Whether the start fails itself or the service ends afterwards; a good start works then."""
        if made.case.bad is None:
            return
        told = _failure(made)
        made.service.stop()

        assert made.case.told in told
        assert made.left() == []
        made.start()

    def test_a_proxy_can_stand_in_front_of_it(self, made: Made) -> None:
        """Its fields tell an address, so that `faults: true` works for it as for any other type."""
        made.start()
        fields = {**made.service.allocate(made.spec(made.case.good)), **made.service.open_slot(1)}

        assert addresses(fields)

    def test_what_a_test_may_do_to_it_can_be_undone(self, made: Made) -> None:
        """It goes on after a pause, and comes back after each way to end it; what it does not offer, it refuses."""
        made.start()
        if "pause" in made.service.commands:
            made.service.pause()
            made.service.resume()
            assert wait_until(made.service.ask, timeout=60).is_ready
        for command in {"stop", "kill"} & made.service.commands:
            getattr(made.service, command)()
            assert made.service.ask().readiness.value != "ready"
            made.start()
        for command in {"kill", "pause"} - made.service.commands:
            with pytest.raises(NotImplementedError):
                getattr(made.service, command)()

    def test_what_only_the_type_can_do_is_named(self, made: Made) -> None:
        """Anything else is refused."""
        made.start()

        with pytest.raises((NotImplementedError, IntegrationError)):
            made.service.act("no such action", {})


def _failure(made: Made) -> str:
    """Return the words of a start with bad keys."""
    made.require()
    try:
        made.service.start(made.spec(made.case.bad or {}))
    except IntegrationError as error:
        return str(error)
    waited = wait_until(made.service.ask, timeout=60)
    assert waited.is_never
    return waited.last.text


def _undescribed(model: type[BaseModel], above: str = "") -> Iterator[str]:
    documented = model.model_json_schema()["properties"]
    for name, key in model.model_fields.items():
        if not documented[name].get("description"):
            yield f"{above}{name}"
        for inside in getattr(key.annotation, "__args__", ()):
            if isinstance(inside, type) and issubclass(inside, BaseModel):
                yield from _undescribed(inside, f"{above}{name}.")


def test_no_process_of_these_tests_is_a_zombie() -> None:
    """Whoever was stopped was waited for, too."""
    assert [each.pid for each in psutil.Process().children() if each.status() == psutil.STATUS_ZOMBIE] == []
