"""What services logged is read and judged from the beginning of the test on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from IntegrationLibrary.base.errors import CheckFailed, EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.logs import give_up_oldest
from IntegrationLibrary.keywords.service_logs import ServiceLogKeywords

BEFORE = "Uvicorn is running\nloaded 3 products\n"
MEANWHILE = """\
INFO order 7 received from ada
INFO connecting to postgresql://shop:geheim@db/shop
INFO order 7 is paid
ERROR order 7: stock of TEA-01 is locked
Traceback (most recent call last):
INFO order 7 refused
WARNING slow query: 1.2 s
"""


@dataclass
class Service:
    """A service with a log."""

    log: Path


@dataclass
class Sessions:
    """The session that has one service, whose test has begun."""

    log: Path
    logs_before: Mapping[str, int] = field(default_factory=lambda: {"shop": len(BEFORE)})

    def service(self, name: str) -> Service:
        assert name == "shop"
        return Service(self.log)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log with lines from before the test and from it."""
    file = tmp_path / "shop.log"
    file.write_text(BEFORE + MEANWHILE, encoding="utf-8")
    return file


@pytest.fixture
def logs(log: Path) -> ServiceLogKeywords:
    """The keywords on that log."""
    return ServiceLogKeywords(Sessions(log))


def test_the_log_of_the_test_is_returned(logs: ServiceLogKeywords) -> None:
    """What was logged before is not, unless that is asked for."""
    assert logs.get_service_log("shop") == MEANWHILE.rstrip("\n")
    assert logs.get_service_log("shop", since="start") == (BEFORE + MEANWHILE).rstrip("\n")


def test_a_line_that_matches_is_returned(logs: ServiceLogKeywords) -> None:
    """The first one."""
    assert logs.service_log_should_contain("shop", r"order \d") == "INFO order 7 received from ada"
    assert logs.service_log_should_contain("shop", "^loaded", since="start") == "loaded 3 products"


def test_no_line_that_matches_is_well(logs: ServiceLogKeywords) -> None:
    """Lines from before the test do not count."""
    logs.service_log_should_not_contain("shop", "loaded|running")
    logs.service_log_should_not_contain("shop", "CRITICAL", since="start")


FAILURES: dict[str, Callable[[ServiceLogKeywords], Any]] = {
    "contains_not": lambda logs: logs.service_log_should_contain("shop", r"order \d+ is shipped"),
    "contains_nothing_near": lambda logs: logs.service_log_should_contain("shop", "invoice|receipt"),
    "contains_before_the_test": lambda logs: logs.service_log_should_contain("shop", "loaded .* products"),
    "contains_since_start": lambda logs: logs.service_log_should_contain("shop", "shutdown", since="start"),
    "contains_own_message": lambda logs: logs.service_log_should_contain("shop", "shipped", message="Not shipped."),
    "one_too_many": lambda logs: logs.service_log_should_not_contain("shop", "ERROR"),
    "many_too_many": lambda logs: logs.service_log_should_not_contain("shop", "order 7"),
    "a_secret_in_it": lambda logs: logs.service_log_should_not_contain("shop", "postgresql"),
    "own_message": lambda logs: logs.service_log_should_not_contain("shop", "ERROR", message="The shop has an error."),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_judgement_that_fails_shows_the_lines(
    case: str, logs: ServiceLogKeywords, golden: Callable[[str, str], None]
) -> None:
    """Those that are nearest to what was looked for, or those around what should not be there; secrets are masked."""
    with pytest.raises(CheckFailed) as raised:
        FAILURES[case](logs)

    golden(f"service_logs/{case}", str(raised.value))


def test_a_service_that_logged_nothing_is_told(tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    """It may not have a log at all."""
    with pytest.raises(CheckFailed) as raised:
        ServiceLogKeywords(Sessions(tmp_path / "none.log")).service_log_should_contain("shop", "ready")

    golden("service_logs/nothing_logged", str(raised.value))


def test_what_is_no_regular_expression_is_the_fault_of_the_test(logs: ServiceLogKeywords) -> None:
    """It is told with the reason."""
    with pytest.raises(IntegrationError, match=r"'order \(7' is no regular expression"):
        logs.service_log_should_not_contain("shop", "order (7")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can make room at the beginning of a file")
@pytest.mark.parametrize("keyword", ["service_log_should_contain", "service_log_should_not_contain"])
def test_what_is_gone_is_not_judged(
    keyword: str, log: Path, logs: ServiceLogKeywords, golden: Callable[[str, str], None]
) -> None:
    """A line that may have been there is neither missed nor absent; one that is still there is."""
    with log.open("ab") as file:
        file.write(b"INFO products listed\n" * 300_000)
    freed = give_up_oldest(log, keep=3_000_000)

    with pytest.raises(EnvironmentFailure) as raised:
        getattr(logs, keyword)("shop", "ERROR")

    assert freed > 3_000_000
    assert logs.service_log_should_contain("shop", "listed") == "INFO products listed"
    golden("service_logs/no_longer_whole", str(raised.value))


def test_a_very_long_log_is_returned_in_part(
    log: Path, logs: ServiceLogKeywords, caplog: pytest.LogCaptureFixture
) -> None:
    """The newest part, with a warning: nobody judges a part for the whole unknowingly."""
    with log.open("ab") as file:
        file.write(b"INFO products listed\n" * 100_000)

    found = logs.get_service_log("shop")

    assert len(found) <= 1024 * 1024
    assert set(found.splitlines()) == {"INFO products listed"}
    (warning,) = caplog.records
    assert warning.getMessage() == (
        "The log of service 'shop' is long: the newest 1 MiB are returned, 1 MiB before them are not."
    )
