"""Probe `http` asks real servers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from fixtures.mocks import RunningMock

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.ports import LOOPBACK, free_port
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.probes.http import HttpProbe
from IntegrationLibrary.probes.probe import Target

Start = Callable[..., RunningMock]


def ask(value: Any, port: int, *, patience: float = 2.0) -> Answer:
    """Ask a service on this port."""
    return HttpProbe(value, Target(url=f"http://{LOOPBACK}:{port}", patience=patience)).ask()


def answering(**response: Any) -> dict[str, Any]:
    """Return a rule for /health."""
    return {"request": {"method": "GET", "path": "/health"}, "response": response}


@pytest.mark.parametrize(
    ("value", "response"),
    [
        ("/health", {"body": "fine"}),
        ("health", {"body": "fine"}),
        ("/health?deep=1", {"body": "fine"}),
        ({"path": "/health", "status": 204}, {"status": 204}),
        ({"path": "/health", "status": "503"}, {"status": 503}),
        ({"path": "/health", "body_contains": "UP"}, {"json": {"status": "UP"}}),
    ],
    ids=str,
)
def test_the_answer_that_is_waited_for_is_ready(running_mock: Start, value: Any, response: dict[str, Any]) -> None:
    """Status and, where it is asked for, a part of the body decide."""
    assert ask(value, running_mock(answering(**response)).port).readiness.value == "ready"


@pytest.mark.parametrize(
    ("value", "response", "seen"),
    [
        ("/health", {"status": 503, "body": "migrations running"}, "503 migrations running"),
        ("/health", {"status": 500}, "500"),
        ("/health", {"status": 301, "headers": {"Location": "/"}}, "301"),
        ({"path": "/health", "body_contains": "UP"}, {"json": {"status": "DOWN"}}, '200 {"status": "DOWN"}'),
        ("/health", {"fault": "connection_reset"}, "Connection reset by peer"),
    ],
    ids=str,
)
def test_any_other_answer_is_not_yet(running_mock: Start, value: Any, response: dict[str, Any], seen: str) -> None:
    """What was answered is told; redirects are not followed."""
    assert ask(value, running_mock(answering(**response)).port) == Answer.not_yet(seen)


def test_nobody_listens_yet() -> None:
    """A service that starts refuses connections at first."""
    assert ask("/health", free_port()) == Answer.not_yet("connection refused")


def test_a_server_that_does_not_answer_is_not_waited_for(running_mock: Start) -> None:
    """One question takes no longer than the target's patience."""
    mock = running_mock(answering(delay=3600))

    assert ask("/health", mock.port, patience=0.05) == Answer.not_yet("no answer within 50 ms")


def test_a_server_that_speaks_something_else_is_not_yet() -> None:
    """What it said is told."""
    with socket.create_server((LOOPBACK, 0)) as listener:

        def greet() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"220 mail.example.com ESMTP\r\n")
                connection.recv(1000)

        thread = threading.Thread(target=greet)
        thread.start()
        answer = ask("/health", listener.getsockname()[1])
        thread.join()

    assert answer == Answer.not_yet("no HTTP: 220 mail.example.com ESMTP")


@pytest.mark.parametrize(
    "value",
    [
        {"path": "/", "status": "fine"},
        {"path": "/", "status": True},
        {"path": "/", "status": 99},
        "ftp://127.0.0.1/",
        "http://127.0.0.1:http/",
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused(value: Any) -> None:
    """It is told when the probe is made, not at the end of the wait."""
    with pytest.raises(IntegrationError):
        HttpProbe(value, Target(url="http://127.0.0.1:1"))


def test_a_url_without_a_service_is_told_as_it_was_written() -> None:
    """Nothing is put in front of it."""
    with pytest.raises(IntegrationError, match=r"^'shop/health' is no HTTP URL\."):
        HttpProbe("shop/health", Target())


def test_what_is_expected_is_told_whole() -> None:
    """Method, URL, status and the part of the body."""
    probe = HttpProbe({"path": "/health", "body_contains": "UP"}, Target(url="http://127.0.0.1:1/api"))

    assert probe.expects() == "GET http://127.0.0.1:1/health -> 200 with 'UP'"
