"""Mocks get rules from tests, and what hit them is read and judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fixtures.mocks import RunningMock

from IntegrationLibrary.base.errors import CheckFailed, EnvironmentFailure, IntegrationError
from IntegrationLibrary.keywords.mocks import MockKeywords
from IntegrationLibrary.mocks.rules import key_of_rule, rule_from

Start = Callable[..., RunningMock]

CHARGE = {
    "name": "card is charged",
    "request": {"method": "POST", "path": "/charges"},
    "response": {"status": 201},
}
REFUND = {"request": {"method": "POST", "path": "/refunds", "json": {"charge": "ch_1"}}, "response": {"status": 201}}
CRASH = {"request": {"path": "/crash"}, "response": {"fault": "connection_reset"}}


class OpenMock:
    """The service as keywords see it, without a supervisor in between."""

    actions = ("hits", "add_rule")

    def __init__(self, mock: RunningMock) -> None:
        self._server = mock.server

    def act(self, action: str, **arguments: Any) -> Any:
        if action == "hits":
            return [hit.as_dict() for hit in self._server.hits(arguments["since"])]
        assert action == "add_rule"
        return self._server.rules.add(rule_from(arguments["rule"], subject="the rule", place_of=key_of_rule))


class OpenShop:
    """A service that is no mock."""

    actions = ()


class Sessions:
    """The session that has one mock, hit once before the test began."""

    def __init__(self, mock: RunningMock) -> None:
        mock.ask("POST /charges", body={"card": "before the test"})
        self.hits_before = {"payments": mock.server.begin_test()}
        self._services = {"payments": OpenMock(mock), "shop": OpenShop()}

    def service(self, name: str) -> Any:
        return self._services[name]


@pytest.fixture
def mock(running_mock: Start) -> RunningMock:
    """A payment service."""
    return running_mock(CHARGE, REFUND, CRASH)


@pytest.fixture
def keywords(mock: RunningMock) -> MockKeywords:
    """Keywords over that mock."""
    return MockKeywords(Sessions(mock))


def test_hits_of_this_test_are_counted(mock: RunningMock, keywords: MockKeywords) -> None:
    """What hit the mock before is not; fields narrow the count."""
    keywords.mock_should_have_received("payments", "POST /charges", times=0)
    mock.ask("POST /charges", body={"card": "4000", "amount": 450})
    mock.ask("POST /charges", body={"card": "4111", "amount": 450})

    keywords.mock_should_have_received("payments", "post /charges", times=2)
    keywords.mock_should_have_received("payments", "POST /charges", json={"card": "4111"})
    keywords.mock_should_have_received("payments", "POST /refunds", times=0)
    assert [hit["json"]["card"] for hit in keywords.get_mock_hits("payments")] == ["4000", "4111"]
    assert keywords.get_mock_hits("payments", "GET /charges") == []


def test_a_rule_of_the_test_answers_first(mock: RunningMock, keywords: MockKeywords) -> None:
    """Numbers may stand there as the texts that Robot makes of them."""
    rule = {"request": {"method": "POST", "path": "/charges"}, "response": {"status": "503"}, "times": "1"}

    keywords.add_mock_rule("payments", rule)

    assert [mock.ask("POST /charges")[0] for _ in range(2)] == [503, 201]


def not_hit(mock: RunningMock, keywords: MockKeywords) -> None:
    """The service called nobody."""
    del mock
    keywords.mock_should_have_received("payments", "POST /charges")


def hit_elsewhere(mock: RunningMock, keywords: MockKeywords) -> None:
    """The service called another path."""
    mock.ask("POST /charge", body={"card": "4000"})
    keywords.mock_should_have_received("payments", "POST /charges", json={"card": "4000"})


def hit_too_often(mock: RunningMock, keywords: MockKeywords) -> None:
    """The service tried again."""
    for _ in range(2):
        mock.ask("POST /charges?retry=1", body={"card": "4000", "token": "geheim"})
    keywords.mock_should_have_received("payments", "POST /charges")


def hit_although_never(mock: RunningMock, keywords: MockKeywords) -> None:
    """The service charged the card all the same."""
    mock.ask("POST /charges", body="card=4000&token=geheim")
    keywords.mock_should_have_received("payments", "POST /charges", times=0)


def other_body(mock: RunningMock, keywords: MockKeywords) -> None:
    """The service sent something else."""
    mock.ask("POST /charges", body={"card": "4000", "amount_cents": 450})
    mock.ask("POST /charges")
    keywords.mock_should_have_received("payments", "POST /charges", json={"card": "4000", "amount_cents": 900})


def rule_does_not_fit(mock: RunningMock, keywords: MockKeywords) -> None:
    """The service got a 404 from the mock."""
    mock.ask("POST /refunds", body={"charge": "ch_2"})
    keywords.mock_should_have_received("payments", "POST /refunds", times=2)


def many_hits(mock: RunningMock, keywords: MockKeywords) -> None:
    """More hits than are shown."""
    for number in range(13):
        mock.ask("POST /charges", body={"number": number})
    keywords.mock_should_have_received("payments", "POST /charges", times=12)


def connection_reset(mock: RunningMock, keywords: MockKeywords) -> None:
    """The service was not answered."""
    with pytest.raises(ConnectionResetError):
        mock.ask("GET /crash")
    keywords.mock_should_have_received("payments", "POST /charges")


def own_message(mock: RunningMock, keywords: MockKeywords) -> None:
    """The test has words of its own."""
    del mock
    keywords.mock_should_have_received("payments", "POST /charges", message="Nobody was charged.")


FAILURES = [
    not_hit,
    hit_elsewhere,
    hit_too_often,
    hit_although_never,
    other_body,
    rule_does_not_fit,
    many_hits,
    connection_reset,
    own_message,
]


@pytest.mark.parametrize("case", FAILURES, ids=lambda case: case.__name__)
def test_a_failure_tells_what_hit_the_mock(
    case: Callable[[RunningMock, MockKeywords], None],
    mock: RunningMock,
    keywords: MockKeywords,
    golden: Callable[[str, str], None],
) -> None:
    """Every hit stands there with its answer; what no rule fitted tells the nearest rule."""
    with pytest.raises(CheckFailed) as raised:
        case(mock, keywords)

    golden(f"mocks/{case.__name__}", str(raised.value))


WRONG_USES: dict[str, Callable[[MockKeywords], Any]] = {
    "no_mock": lambda keywords: keywords.get_mock_hits("shop"),
    "no_request": lambda keywords: keywords.mock_should_have_received("payments", "/charges", times=0),
    "request_with_a_query": lambda keywords: keywords.mock_should_have_received("payments", "GET /a?b=1", times=0),
    "added_rule_without_response": lambda keywords: keywords.add_mock_rule("payments", {"request": {}}),
    "added_rule_with_unknown_key": lambda keywords: keywords.add_mock_rule(
        "payments", {"request": {"pth": "/"}, "response": {}}
    ),
    "added_rule_with_wrong_value": lambda keywords: keywords.add_mock_rule(
        "payments", {"name": "bank is slow", "request": {}, "response": {"delay": "2 seconds"}}
    ),
}


@pytest.mark.parametrize("case", WRONG_USES)
def test_a_wrong_use_is_the_fault_of_the_test(
    case: str, keywords: MockKeywords, golden: Callable[[str, str], None]
) -> None:
    """It is neither a failure of the system nor of the environment."""
    with pytest.raises(IntegrationError) as raised:
        WRONG_USES[case](keywords)

    assert not isinstance(raised.value, CheckFailed | EnvironmentFailure)
    golden(f"mocks/{case}", str(raised.value))
