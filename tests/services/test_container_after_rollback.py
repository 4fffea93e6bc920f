"""Services in containers hear of rollbacks as processes do: by a request, by a command inside, by a new start."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest

from IntegrationLibrary import window
from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.session import Session
from IntegrationLibrary.window import Ending

Open = Callable[[str], Session]

ENVIRONMENT = """
environment: shelves
services:
  postgres: {{type: postgres, databases: {{shelf: {{migrations: migrations}}}}}}
  catalogue:
    type: container
    image: {image}
    pull: never
    port: 8000
    environment: {{DATABASE_URL: "${{postgres.shelf.url}}"}}
    ready: {{http: /}}
    stop_timeout: 0.1
    {key}
"""


@pytest.fixture
def after(open_environment: Open, web_image: str, tmp_path: Path) -> Callable[[str, str], tuple[Session, Ending]]:
    """Returns how a test ends that has done something in SQL, with one more key at the service."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1.sql").write_text("CREATE TABLE books (title text)", encoding="utf-8")

    def end(key: str, sql: str = "INSERT INTO books VALUES ('added')") -> tuple[Session, Ending]:
        session = open_environment(ENVIRONMENT.format(image=web_image, key=key))
        test = window.TestWindow(session, "Test")
        session.database("shelf").database.execute(sql)
        return session, test.end("PASS")

    return end


def test_it_is_told_by_a_request(after: Callable[..., tuple[Session, Ending]]) -> None:
    """The line of evidence says so."""
    session, ending = after("after_rollback: {http: /index.html, method: GET}")

    assert ending.error is None
    assert "service catalogue told (GET /index.html) in" in ending.html
    log = session.service("catalogue").log
    said = wait_until(
        lambda: Answer.ready() if "GET /index.html" in log.read_text(encoding="utf-8") else Answer.not_yet(""),
        timeout=10,
    )
    assert said.is_ready


def test_it_is_told_by_a_command_inside(after: Callable[..., tuple[Session, Ending]]) -> None:
    """Where the service runs."""
    session, ending = after("after_rollback: {command: [sh, -c, 'echo told > /srv/told']}")

    assert ending.error is None
    with urlopen(f"{session.service('catalogue').fields['url']}/told", timeout=5) as answer:  # noqa: S310 its own server
        assert answer.read() == b"told\n"


FAILURES = {
    "a command that fails": ("{command: [sh, -c, 'echo no cache; exit 2']}", r"exit code 2\n\s+no cache"),
    "a command that hangs": ("{command: [sleep, '60'], timeout: 0.3}", "still running after 300 ms"),
    "a request that is refused": ("{http: /nothing, method: GET}", "404"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_one_that_cannot_be_told_fails_the_test(after: Callable[..., tuple[Session, Ending]], case: str) -> None:
    """With what it answered."""
    key, words = FAILURES[case]
    _, ending = after(f"after_rollback: {key}")

    assert isinstance(ending.error, EnvironmentFailure)
    assert re.search(f"(?s)could not be told of the rollback.*{words}", str(ending.error))


def test_it_is_started_again_after_a_clone(after: Callable[..., tuple[Session, Ending]]) -> None:
    """At the same address."""
    session, ending = after("restart_after_clone: true", "CREATE TABLE shops ()")

    assert ending.error is None
    assert "service catalogue started again" in ending.html
    with urlopen(session.service("catalogue").fields["url"], timeout=5) as answer:  # noqa: S310 its own server
        assert answer.status == 200
