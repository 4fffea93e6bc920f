"""Services whose network tests may disturb: who sees the proxy, who goes past it, and when it is as it was again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest

from IntegrationLibrary import window
from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.keywords.faults import FaultKeywords
from IntegrationLibrary.keywords.services import ServiceKeywords
from IntegrationLibrary.session import Session
from IntegrationLibrary.supervisor.client import reach_supervisor

ENVIRONMENT = """\
environment: fragile library
services:
  postgres: {type: postgres, faults: true, databases: {shelf: {isolation: none}}}
  payments: {type: mock, faults: true, rules: rules.yaml}
  quiet: {type: mock, rules: rules.yaml}
  gateway:
    type: process
    scope: run
    command: [python, serve.py, "${gateway.port}", "${postgres.host}:${postgres.port}"]
    ready: {http: /}
  catalogue:
    type: process
    faults: true
    command: [python, serve.py, "${catalogue.port}", "${payments.url}", "${postgres.shelf.url}", "${gateway.url}"]
    ready: {http: /}
    timeout: 20
"""
SERVE = """\
import json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Told(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(sys.argv[1:]).encode())
    def log_message(self, *_):
        pass

HTTPServer(("127.0.0.1", int(sys.argv[1])), Told).serve_forever()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the environment file."""
    path = tmp_path_factory.mktemp("fragile")
    (path / "environment.yaml").write_text(ENVIRONMENT, encoding="utf-8")
    (path / "serve.py").write_text(SERVE, encoding="utf-8")
    (path / "rules.yaml").write_text("rules: [{request: {path: /}, response: {status: 200}}]", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def root() -> Iterator[ProcessIdentity]:
    """What stands for the root of the run."""
    with subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) as process:
        yield ProcessIdentity.of(process.pid)
        process.kill()


@pytest.fixture(scope="module")
def session(folder: Path, root: ProcessIdentity) -> Iterator[Session]:
    """A session that is attached to the environment; each test leaves it as it was."""
    opened = Session()
    opened.start_environment(folder / "environment.yaml", {}, root)
    yield opened
    opened.close()


@pytest.fixture
def test(session: Session) -> Iterator[window.TestWindow]:
    """The window of a test."""
    opened = window.TestWindow(session, "Test")
    yield opened
    opened.end("PASS")


def told(session: Session) -> list[str]:
    """Return what the catalogue was told of the others, asked as a test asks it."""
    with urlopen(session.service("catalogue").fields["url"], timeout=10) as answer:  # noqa: S310 its own server
        arguments: list[str] = json.load(answer)
    return arguments


def is_cut(url: str) -> bool:
    """Return whether a connection to *url* is reset."""
    try:
        urlopen(url, timeout=10).close()  # noqa: S310 its own server
    except OSError as error:  # urllib wraps some of them
        return "reset" in str(error)
    return False


def test_others_see_the_proxy_and_a_service_itself_does_not(session: Session) -> None:
    """What the test and other services of the worker are told is the same, for databases, too."""
    own_port, payments, shelf, gateway = told(session)
    fields = {name: service.fields for name, service in session.services.items()}

    assert own_port != fields["catalogue"]["port"]
    assert payments == fields["payments"]["url"]
    assert shelf == fields["postgres"]["shelf.url"]
    assert shelf != session.database("shelf").url
    assert fields["postgres"]["port"] == fields["postgres"]["shelf.port"]
    assert gateway == fields["gateway"]["url"]


def test_a_service_for_the_whole_run_goes_past_proxies(session: Session) -> None:
    """It must not be disturbed by the tests of one worker."""
    with urlopen(session.service("gateway").fields["url"], timeout=10) as answer:  # noqa: S310 its own server
        _, postgres = json.load(answer)

    assert postgres.rpartition(":")[2] not in {"", session.service("postgres").fields["port"]}


@pytest.mark.usefixtures("test")
def test_a_database_that_is_cut_off_is_there_for_the_library(session: Session) -> None:
    """Keywords, checkpoints and rollbacks go on; who uses the address of the services gets nothing."""
    FaultKeywords(session).cut_connections("postgres")

    assert session.database("shelf").database.value("SELECT 1") == 1
    with pytest.raises(IntegrationError, match=r"closed the connection unexpectedly|reset by peer"):
        Database(told(session)[2]).value("SELECT 1")


@pytest.mark.usefixtures("test")
def test_a_service_that_is_cut_off_is_ready_all_the_same(session: Session) -> None:
    """Its probe goes past the proxy: it can be restarted meanwhile."""
    FaultKeywords(session).cut_connections("catalogue")
    ServiceKeywords(session).restart_service("catalogue")

    assert is_cut(session.service("catalogue").fields["url"])
    assert session.service("catalogue").ask()[0].readiness.value == "ready"


def test_each_worker_has_its_own_network(session: Session, folder: Path, root: ProcessIdentity) -> None:
    """Also in front of what all of them share."""
    client = reach_supervisor(root)
    other = client.call("attach", file=str(folder / "environment.yaml"), switches={}, holder=[root.pid, root.created])[
        "services"
    ]
    opened = window.TestWindow(session, "Test")
    keywords = FaultKeywords(session)
    keywords.cut_connections("payments")
    keywords.cut_connections("postgres")

    assert not is_cut(other["payments"]["fields"]["url"])
    assert Database(other["postgres"]["fields"]["shelf.url"]).value("SELECT 1") == 1
    assert is_cut(session.service("payments").fields["url"])
    opened.end("PASS")
    client.close()


def test_the_network_is_as_it_was_after_the_test(session: Session, golden: Callable[[str, str], None]) -> None:
    """The evidence says in one line what was done and undone; what the test restored itself is not told twice."""
    opened = window.TestWindow(session, "Test")
    keywords = FaultKeywords(session)
    keywords.add_latency("payments", delay=_ms(20), jitter=_ms(5))
    keywords.fail_first_requests("payments", 1)
    keywords.limit_bandwidth("catalogue", rate=12.5)
    keywords.cut_connections("postgres")
    keywords.restore_network("postgres")
    ending = opened.end("FAIL")

    assert not is_cut(session.service("payments").fields["url"])
    golden("faults/networks_afterwards", ending.html.partition("Afterwards")[2].replace("><", ">\n<"))


def _ms(milliseconds: int) -> timedelta:
    return timedelta(milliseconds=milliseconds)


def test_what_a_suite_has_cut_stays_so_until_it_ends(session: Session) -> None:
    """A test that restores it has it for itself alone."""
    url = session.service("payments").fields["url"]
    suite = session.enter("Suite")
    FaultKeywords(session).cut_connections("payments")
    opened = window.TestWindow(session, "Test")
    FaultKeywords(session).restore_network("payments")
    assert not is_cut(url)
    opened.end("PASS")
    assert is_cut(url)

    session.leave(suite)

    assert not is_cut(url)


def test_the_next_holder_of_the_slot_finds_the_network_whole(
    session: Session, folder: Path, root: ProcessIdentity
) -> None:
    """A worker that is killed restores nothing itself."""
    session.enter("Suite")
    FaultKeywords(session).cut_connections("payments")
    url = session.service("payments").fields["url"]
    assert is_cut(url)
    session.close()

    session.start_environment(folder / "environment.yaml", {}, root)

    assert session.service("payments").fields["url"] == url
    assert not is_cut(url)


REFUSED: dict[str, Callable[[Session], None]] = {
    "network_without_a_proxy": lambda session: FaultKeywords(session).cut_connections("quiet"),
    "no_latency": lambda session: FaultKeywords(session).add_latency("payments", delay=_ms(0)),
    "too_much_jitter": lambda session: FaultKeywords(session).add_latency("payments", delay=_ms(10), jitter=_ms(20)),
    "no_bandwidth": lambda session: FaultKeywords(session).limit_bandwidth("payments", rate=0),
    "no_failures": lambda session: FaultKeywords(session).fail_first_requests("payments", 0),
    "kill_of_a_shared_service_with_a_proxy": lambda session: ServiceKeywords(session).kill_service("postgres"),
    "stop_of_a_shared_process": lambda session: ServiceKeywords(session).stop_service("gateway"),
}


@pytest.mark.usefixtures("test")
@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_refused(
    case: str, session: Session, folder: Path, golden: Callable[[str, str], None]
) -> None:
    """The test is wrong, or the file, not the environment: the text says what to write where."""
    with pytest.raises(IntegrationError) as raised:
        REFUSED[case](session)

    assert not isinstance(raised.value, EnvironmentFailure)
    golden(f"faults/{case}", str(raised.value).replace(f"{folder}/", ""))
