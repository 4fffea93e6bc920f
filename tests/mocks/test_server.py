"""A mock answers real requests by its rules, remembers them, and tells why it has no answer."""

from __future__ import annotations

import socket
from collections.abc import Callable
from http.client import RemoteDisconnected
from typing import Any

import pytest
from fixtures.mocks import RunningMock

from IntegrationLibrary.base.ports import LOOPBACK
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.mocks.rules import key_of_rule, rule_from
from IntegrationLibrary.mocks.server import MockServer

Start = Callable[..., RunningMock]


def rule(line: str, **response: Any) -> dict[str, Any]:
    """Return a rule that answers a request such as `POST /charges`."""
    method, _, path = line.partition(" ")
    return {"request": {"method": method, "path": path}, "response": response}


def test_the_answer_is_what_the_rule_says(running_mock: Start) -> None:
    """Status, headers and JSON or text come as they stand there; the status is 200 when there is none."""
    mock = running_mock(rule("POST /charges", status=201, json={"id": 1}), rule("GET /", body="hello"))

    assert mock.ask("POST /charges", body={"card": "4000"}) == (201, {"id": 1})
    assert mock.ask("GET /") == (200, "hello")


def test_templates_are_filled_from_the_request(running_mock: Start) -> None:
    """A text that is one expression becomes the value itself."""
    answer = {"amount": "{{ request.json.amount }}", "text": "{{ request.method }} {{ request.headers.X-Id }}"}
    mock = running_mock(rule("POST /charges", json=answer))

    assert mock.ask("POST /charges", body={"amount": 450}, headers={"X-Id": "7"})[1] == {
        "amount": 450,
        "text": "POST 7",
    }


def test_a_lower_priority_number_goes_first(running_mock: Start) -> None:
    """The order in the file decides among equals."""
    mock = running_mock(
        rule("GET /", body="first"), rule("GET /", body="second"), {**rule("GET /", body="special"), "priority": 1}
    )

    assert mock.ask("GET /")[1] == "special"


def test_a_rule_that_has_answered_its_times_leaves_the_next_one_to_answer(running_mock: Start) -> None:
    """So a sequence of answers is written, and it begins again with the next test."""
    mock = running_mock({**rule("GET /", status=503), "times": 2}, rule("GET /", status=200))

    assert [mock.ask("GET /")[0] for _ in range(3)] == [503, 503, 200]
    mock.server.begin_test()
    assert [mock.ask("GET /")[0] for _ in range(3)] == [503, 503, 200]


def test_a_rule_that_is_used_up_is_told(running_mock: Start) -> None:
    """Where no other rule fits, the nearest one says how often it has answered."""
    mock = running_mock({**rule("GET /", status=200), "name": "once", "times": 1})
    mock.ask("GET /")

    status, told = mock.ask("GET /")

    assert (status, told["nearest_rule"]) == (404, "once")
    assert told["differences"] == ["answers in this test: 1, as often as it may"]


def test_a_request_that_no_rule_fits_is_answered_with_the_nearest_rule(running_mock: Start) -> None:
    """A rule for the same path is nearer than one for another path, whatever else differs."""
    charge = {**rule("POST /charges"), "name": "charge"}
    charge["request"] |= {"json": {"card": "4000", "amount": 1, "currency": "EUR"}}
    mock = running_mock(charge, rule("GET /health", status=200))

    status, told = mock.ask("POST /charges", body={"card": "4111"})

    assert status == 404
    assert told == {
        "error": "no rule of this mock fits POST /charges",
        "nearest_rule": "charge",
        "place": "the rule",
        "differences": [
            "body $.card: '4111', not '4000'",
            "body $.amount: missing, expected 1",
            "body $.currency: missing, expected 'EUR'",
        ],
    }
    assert mock.server.hits(0)[0].unmatched == f"nearest rule 'charge': {'; '.join(told['differences'])}"


def test_a_mock_without_rules_says_so(running_mock: Start) -> None:
    """There is no nearest rule then."""
    mock = running_mock()

    assert mock.ask("GET /") == (404, {"error": "no rule of this mock fits GET /", "rules": "none"})


def test_the_connection_is_reset_where_that_is_the_fault(running_mock: Start) -> None:
    """The caller gets no answer, the hit is remembered, and the mock goes on."""
    mock = running_mock(rule("POST /charges", fault="connection_reset"), rule("GET /", body="alive"))

    with pytest.raises(ConnectionResetError) as raised:
        mock.ask("POST /charges")

    assert not isinstance(raised.value, RemoteDisconnected)  # reset, not merely closed
    assert (mock.server.hits(0)[0].path, mock.server.hits(0)[0].status) == ("/charges", 0)
    assert mock.ask("GET /")[1] == "alive"


def test_a_delayed_answer_comes_at_once_when_the_mock_stops(running_mock: Start) -> None:
    """Nobody waits for an answer of a mock that ends, which an hour's delay would show."""
    mock = running_mock(rule("GET /", body="late", delay=3600))
    with socket.create_connection((LOOPBACK, mock.port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = connection.makefile("rb")
        wait_until(lambda: Answer.ready() if mock.server.hits(0) else Answer.not_yet("no hit"), timeout=10)

        mock.server.stop()

        assert answer.read().endswith(b"late")


def test_a_short_delay_is_kept(running_mock: Start) -> None:
    """A caller that is less patient than the delay gets no answer in time."""
    mock = running_mock(rule("GET /", body="late", delay="3600"))
    with socket.create_connection((LOOPBACK, mock.port), timeout=0.1) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")

        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_added_rules_go_first_and_can_be_removed(running_mock: Start) -> None:
    """The last one added is tried before all others; those from before the mark stay."""
    mock = running_mock(rule("GET /", body="file"))
    for body in ("suite", "test", "later"):
        mark = mock.server.rules.mark
        mock.server.rules.add(rule_from(rule("GET /", body=body), subject="the rule", place_of=key_of_rule))
        assert mock.ask("GET /")[1] == body

    mock.server.rules.remove_since(mark - 1)
    assert mock.ask("GET /")[1] == "suite"
    mock.server.rules.remove_since(0)
    assert mock.ask("GET /")[1] == "file"


def test_hits_tell_what_was_sent(running_mock: Start) -> None:
    """Repeated query parameters are kept, header names are in lower case, what is no JSON has none."""
    mock = running_mock(rule("POST /a b", status=204))
    mock.ask("POST /a%20b?tag=x&tag=y&page=1", body="no JSON", headers={"X-Id": "7"})

    (hit,) = mock.server.hits(0)

    assert (hit.path, hit.query, hit.headers["x-id"]) == ("/a b", {"tag": ["x", "y"], "page": "1"}, "7")
    assert (hit.body, hit.json, hit.rule, hit.status) == ("no JSON", None, "POST /a b", 204)


def test_hits_are_counted_from_the_beginning_of_the_test(running_mock: Start) -> None:
    """What came before it is not among them."""
    mock = running_mock(rule("GET /"))
    mock.ask("GET /")
    before = mock.server.begin_test()
    mock.ask("GET /other")

    assert [hit.path for hit in mock.server.hits(before)] == ["/other"]


def test_a_port_that_is_taken_is_an_ordinary_failure() -> None:
    """The library that carries the requests would end the whole program."""
    with socket.create_server((LOOPBACK, 0)) as squatter:
        mock = MockServer([], port=squatter.getsockname()[1])

        with pytest.raises(OSError, match="is taken"):
            mock.start()
        mock.stop()
