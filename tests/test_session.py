"""What a session opens is its test's own: rules, hits and log lines of other tests do not count."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from IntegrationLibrary import window
from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.keywords.mocks import MockKeywords
from IntegrationLibrary.session import Session

Open = Callable[[str], Session]

ENVIRONMENT = "environment: third parties\nservices:\n  payments: {type: mock, rules: payments.yaml}\n"
RULES = """
rules:
  - {name: busy at first, times: 1, request: {path: /charges}, response: {status: 503}}
  - {request: {path: /charges}, response: {status: 201}}
"""


@pytest.fixture(autouse=True)
def rules(tmp_path: Path) -> None:
    """The rules file of the mock."""
    (tmp_path / "payments.yaml").write_text(RULES, encoding="utf-8")


def charge(session: Session) -> int:
    """Charge a card as a service would, and return the status."""
    url = f"{session.service('payments').fields['url']}/charges"
    request = urllib.request.Request(url, data=json.dumps({"card": "4000"}).encode())  # noqa: S310 its own mock
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def answer_with(session: Session, status: int) -> None:
    """Add a rule with the keyword."""
    MockKeywords(session).add_mock_rule("payments", {"request": {"path": "/charges"}, "response": {"status": status}})


def test_rules_end_with_the_test_or_suite_that_added_them(open_environment: Open) -> None:
    """The suite's rule answers again after a test that had its own, and the file's after the suite."""
    session = open_environment(ENVIRONMENT)
    suite = session.enter("Suite")
    answer_with(session, 418)

    test = window.TestWindow(session, "Test")
    answer_with(session, 409)
    assert charge(session) == 409
    test.end("PASS")
    assert charge(session) == 418
    session.leave(suite)

    assert charge(session) == 503


def test_rules_added_before_a_checkpoint_in_a_test_stay_until_the_test_ends(open_environment: Open) -> None:
    """Returning to a moment is about data; what the third party answers stays as the test said."""
    session = open_environment(ENVIRONMENT)
    test = window.TestWindow(session, "Test")
    moment = session.enter("moment")
    answer_with(session, 409)

    session.return_to(moment)

    assert charge(session) == 409
    test.end("PASS")
    assert charge(session) == 503


def test_hits_and_answers_are_counted_for_each_test(open_environment: Open) -> None:
    """A rule that answers once does so in every test, and no test sees the hits of another."""
    session = open_environment(ENVIRONMENT)
    for name in ("First", "Second"):
        test = window.TestWindow(session, name)
        assert [charge(session), charge(session)] == [503, 201]
        MockKeywords(session).mock_should_have_received("payments", "POST /charges", times=2)
        test.end("PASS")


def test_an_environment_that_served_before_brings_no_earlier_hits(
    open_environment: Open, run_root: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """Another worker's tests hit the same mock, added rules and used its answers up; nothing of that counts."""
    session = open_environment(ENVIRONMENT)
    answer_with(session, 409)
    charge(session)
    session.close()

    session.start_environment(tmp_path / "environment1.yaml", {}, ProcessIdentity.of(run_root.pid))

    assert MockKeywords(session).get_mock_hits("payments") == []
    assert [charge(session), charge(session)] == [503, 201]
    assert len(MockKeywords(session).get_mock_hits("payments")) == 2


def test_a_closed_session_can_be_closed_again(open_environment: Open) -> None:
    """And knows no service any more."""
    session = open_environment(ENVIRONMENT)
    session.close()
    session.close()

    with pytest.raises(IntegrationError, match=r"There is no service 'payments'\."):
        session.service("payments")


def test_two_environments_cannot_have_services_of_one_name(open_environment: Open) -> None:
    """Keywords could not tell them apart."""
    open_environment(ENVIRONMENT)

    with pytest.raises(IntegrationError, match=r"Two environments have a service named 'payments'\."):
        open_environment(ENVIRONMENT)


def test_an_attachment_that_went_wrong_half_way_can_be_tried_again(open_environment: Open) -> None:
    """The text is about the second environment both times, and the first one is as it was."""
    session = open_environment(ENVIRONMENT)
    second = (
        "environment: second\nservices:\n  more: {type: mock, rules: payments.yaml}\n"
        + ENVIRONMENT.partition("services:\n")[2]
    )
    for _ in range(2):
        with pytest.raises(IntegrationError, match="Two environments have a service named 'payments'"):
            open_environment(second)

    assert list(session.services) == ["payments"]
    assert charge(session) == 503
