"""Waits end when what is waited for comes about, and tell what they saw when it does not."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fixtures.golden import steady
from fixtures.mocks import RunningMock

from IntegrationLibrary.base.errors import CheckFailed, EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.ports import free_port
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.databases.catalog import Catalog
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.keywords.rows import RowKeywords
from IntegrationLibrary.keywords.waiting import WaitingKeywords
from IntegrationLibrary.opened import OpenService
from IntegrationLibrary.probes.probe import Target, make_probe

Start = Callable[..., RunningMock]

SOON = timedelta(milliseconds=50)
LONG = timedelta(hours=1)
LINES = [f"line {number}" for number in range(1, 13)]


class Service(OpenService):
    """A service with a log and a probe, without a supervisor in between."""

    def __init__(self, log: Path, ready: dict[str, Any], process: subprocess.Popen[bytes] | None = None) -> None:
        self.name = "shop"
        self.log = log
        self._process = process
        self._probe = make_probe(ready, Target(log=log))

    def ask(self) -> tuple[Answer, str]:
        code = self._process.poll() if self._process else None
        answer = self._probe.ask() if code is None else Answer.never(f"the process ended with code {code}")
        return answer, self._probe.expects()


class Opened:
    """One open database."""

    name = "shop"

    def __init__(self, database: Database) -> None:
        self.database = database
        self.catalog = Catalog(database)


class Sessions:
    """The session that has one service and one database."""

    def __init__(self, service: Service | None = None, database: Database | None = None) -> None:
        self._service = service
        self._database = database
        self.logs_before = {"shop": service.log_position()} if service else {}

    def service(self, name: str) -> Service:
        assert name == "shop"
        assert self._service is not None
        return self._service

    def database(self, name: str | None = None) -> Opened:
        assert name in (None, "shop")
        assert self._database is not None
        return Opened(self._database)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log with twelve lines from before the test."""
    file = tmp_path / "shop.log"
    file.write_text("\n".join([*LINES, "connected to postgresql://shop:geheim@db/shop", ""]), encoding="utf-8")
    return file


@pytest.fixture
def ended() -> Iterator[subprocess.Popen[bytes]]:
    """A process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    process.wait()
    return process


def failing_waits(log: Path, ended: subprocess.Popen[bytes]) -> dict[str, Callable[[], Any]]:
    """Return the waits for a service that fail, by the names of their texts."""
    open_port = WaitingKeywords(Sessions(Service(log, {"tcp": free_port()})))
    dead = WaitingKeywords(Sessions(Service(log, {"tcp": free_port()}, ended)))
    silent = WaitingKeywords(Sessions(Service(log.with_name("none.log"), {"log": "Listening"})))
    return {
        "service_not_in_time": lambda: open_port.wait_until_service_is_ready("shop", timeout=SOON),
        "service_never": lambda: dead.wait_until_service_is_ready("shop", timeout=LONG),
        "service_own_message": lambda: dead.wait_until_service_is_ready("shop", timeout=LONG, message="No shop."),
        "service_should_be_ready": lambda: open_port.service_should_be_ready("shop"),
        "service_should_be_ready_without_log": lambda: silent.service_should_be_ready("shop"),
        "port": lambda: open_port.wait_until_port_is_open(free_port(), timeout=SOON),
        "port_own_message": lambda: open_port.wait_until_port_is_open(free_port(), timeout=SOON, message="No port."),
        "http_refused": lambda: open_port.wait_until_http_answers(
            f"http://127.0.0.1:{free_port()}/health", timeout=SOON
        ),
        "log_without_the_line": lambda: open_port.wait_until_log_contains("shop", "order 5 .*shipped", timeout=SOON),
        "log_line_before_the_test": lambda: open_port.wait_until_log_contains("shop", "line 1$", timeout=SOON),
        "log_that_is_not_there": lambda: silent.wait_until_log_contains("shop", "line", since="start", timeout=SOON),
    }


CASES = [
    "service_not_in_time",
    "service_never",
    "service_own_message",
    "service_should_be_ready",
    "service_should_be_ready_without_log",
    "port",
    "port_own_message",
    "http_refused",
    "log_without_the_line",
    "log_line_before_the_test",
    "log_that_is_not_there",
]


@pytest.mark.parametrize("case", CASES)
def test_a_wait_that_fails_tells_what_it_saw(
    case: str, log: Path, ended: subprocess.Popen[bytes], golden: Callable[[str, str], None]
) -> None:
    """What was expected, the last answers over time and the service's last words; what never comes is told at once."""
    with pytest.raises(CheckFailed) as raised:
        failing_waits(log, ended)[case]()

    golden(f"waits/{case}", steady(str(raised.value)))


def test_answers_over_time_are_told(running_mock: Start, golden: Callable[[str, str], None]) -> None:
    """The last one first, then those before it."""
    starting = [
        {"request": {"path": "/health"}, "response": {"status": 503, "body": words}, "times": 1}
        for words in ("booting", "migrations running")
    ]
    mock = running_mock(*starting, {"request": {"path": "/health"}, "response": {"status": 500, "body": "no database"}})

    with pytest.raises(CheckFailed) as raised:
        WaitingKeywords(Sessions()).wait_until_http_answers(f"http://127.0.0.1:{mock.port}/health", timeout=SOON * 4)

    golden("waits/http_over_time", steady(str(raised.value)))


def test_a_server_that_hangs_does_not_stretch_the_wait(running_mock: Start) -> None:
    """One question takes no longer than the whole wait may."""
    mock = running_mock({"request": {}, "response": {"delay": 3600}})

    with pytest.raises(CheckFailed) as raised:
        WaitingKeywords(Sessions()).wait_until_http_answers(f"http://127.0.0.1:{mock.port}/", timeout=SOON)

    assert "no answer within 50 ms" in str(raised.value)


def test_what_comes_about_ends_the_wait(running_mock: Start) -> None:
    """The seconds that were waited are returned."""
    mock = running_mock(
        {"request": {}, "response": {"status": 503}, "times": 2}, {"request": {}, "response": {"status": 200}}
    )
    waits = WaitingKeywords(Sessions())

    assert waits.wait_until_http_answers(f"http://127.0.0.1:{mock.port}/", timeout=LONG) > 0
    assert waits.wait_until_port_is_open(mock.port, timeout=LONG) >= 0
    assert len(mock.server.hits(0)) == 3


class TestLogs:
    """Logs are looked at from the beginning of the test on."""

    def test_lines_from_before_the_wait_count(self, log: Path) -> None:
        """A request that is answered before the wait begins has logged by then."""
        waits = WaitingKeywords(Sessions(Service(log, {"tcp": 1})))
        with log.open("a", encoding="utf-8") as file:
            file.write("order 5 is shipped\norder 6 is shipped\n")

        assert waits.wait_until_log_contains("shop", r"order \d is shipped", timeout=LONG) == "order 5 is shipped"

    def test_lines_from_before_the_test_count_when_that_is_said(self, log: Path) -> None:
        """What the service said at its start, for example."""
        waits = WaitingKeywords(Sessions(Service(log, {"tcp": 1})))

        assert waits.wait_until_log_contains("shop", "^line 1", since="start", timeout=LONG) == "line 1"

    def test_a_line_that_comes_later_is_waited_for(self, log: Path) -> None:
        """Another thread writes it."""
        waits = WaitingKeywords(Sessions(Service(log, {"tcp": 1})))

        def write() -> None:
            with log.open("a", encoding="utf-8") as file:
                file.write("order 7 is shipped\n")

        later = threading.Timer(0.05, write)
        later.start()
        line = waits.wait_until_log_contains("shop", "order 7", timeout=LONG)
        later.join()

        assert line == "order 7 is shipped"

    def test_bytes_that_are_no_text_do_no_harm(self, log: Path) -> None:
        """They are shown as such, and the line is found."""
        waits = WaitingKeywords(Sessions(Service(log, {"tcp": 1})))
        with log.open("ab") as file:
            file.write(b"\xff\x00 order 8 \xfe\n")

        assert waits.wait_until_log_contains("shop", "order 8", timeout=LONG) == "\ufffd\x00 order 8 \ufffd"

    def test_a_log_that_was_truncated_is_looked_at_from_its_start(self, log: Path) -> None:
        """All of it is new then."""
        waits = WaitingKeywords(Sessions(Service(log, {"tcp": 1})))
        log.write_text("rotated\n", encoding="utf-8")

        assert waits.wait_until_log_contains("shop", "rotated", timeout=LONG) == "rotated"


DATABASE_WAITS: dict[str, Callable[[WaitingKeywords, RowKeywords], Any]] = {
    "query": lambda waits, _: waits.wait_until_query_returns("SELECT count(*) FROM orders", "5", timeout=SOON),
    "query_own_message": lambda waits, _: waits.wait_until_query_returns(
        "SELECT count(*) FROM orders", "5", timeout=SOON, message="Orders are missing."
    ),
    "row": lambda _, rows: rows.wait_until_row_exists("orders", id=12, state="shipped", timeout=SOON),
    "row_count": lambda _, rows: rows.wait_until_row_count_is("orders", 2, state="paid", timeout=SOON),
    "row_count_none": lambda _, rows: rows.wait_until_row_count_is("orders", 2, state="lost", timeout=SOON),
    "row_own_message": lambda _, rows: rows.wait_until_row_exists(
        "orders", id=12, state="shipped", timeout=SOON, message="Order 12 was not shipped."
    ),
}


@pytest.fixture
def orders(database: Database) -> Database:
    """A database with two orders."""
    database.execute(
        "CREATE TABLE orders (id int PRIMARY KEY, sku text, state text);"
        "INSERT INTO orders VALUES (11, 'TEA-01', 'paid'), (12, 'TEA-02', 'new')"
    )
    return database


@pytest.mark.parametrize("case", DATABASE_WAITS)
def test_a_wait_for_rows_that_fails_tells_which_are_there(
    case: str, orders: Database, golden: Callable[[str, str], None]
) -> None:
    """The last state stands in the failure, with what differs."""
    sessions = Sessions(database=orders)

    with pytest.raises(CheckFailed) as raised:
        DATABASE_WAITS[case](WaitingKeywords(sessions), RowKeywords(sessions))

    golden(f"waits/{case}", steady(str(raised.value)))


def test_a_query_that_returns_it_ends_the_wait(orders: Database) -> None:
    """Values are compared as texts."""
    waits = WaitingKeywords(Sessions(database=orders))

    assert waits.wait_until_query_returns("SELECT count(*) FROM orders", 2, timeout=LONG) >= 0
    assert waits.wait_until_query_returns("SELECT NULL", None, timeout=LONG) >= 0


WRONG_USES: dict[str, Callable[[WaitingKeywords], Any]] = {
    "port_that_is_none": lambda waits: waits.wait_until_port_is_open(70000, timeout=LONG),
    "url_that_is_none": lambda waits: waits.wait_until_http_answers("shop/health", timeout=LONG),
    "status_that_is_none": lambda waits: waits.wait_until_http_answers("http://localhost/", status=2000, timeout=LONG),
    "pattern_that_is_none": lambda waits: waits.wait_until_log_contains("shop", "order (5", timeout=LONG),
}


@pytest.mark.parametrize("case", WRONG_USES)
def test_a_wait_that_makes_no_sense_is_the_fault_of_the_test(
    case: str, log: Path, golden: Callable[[str, str], None]
) -> None:
    """It is told at once."""
    with pytest.raises(IntegrationError) as raised:
        WRONG_USES[case](WaitingKeywords(Sessions(Service(log, {"tcp": 1}))))

    assert not isinstance(raised.value, CheckFailed | EnvironmentFailure)
    golden(f"waits/{case}", str(raised.value))


@pytest.mark.parametrize("query", ["SELEC 1", "SELECT nothing FROM orders"])
def test_a_query_that_is_refused_ends_the_wait(orders: Database, query: str) -> None:
    """No time mends it."""
    with pytest.raises(IntegrationError) as raised:
        WaitingKeywords(Sessions(database=orders)).wait_until_query_returns(query, 1, timeout=LONG)

    assert not isinstance(raised.value, CheckFailed)
