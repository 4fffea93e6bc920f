"""What is in an environment is told to the test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from IntegrationLibrary.base.errors import CheckFailed, EnvironmentFailure, IntegrationError
from IntegrationLibrary.keywords.environment import EnvironmentKeywords
from IntegrationLibrary.keywords.neighbours import Neighbours
from IntegrationLibrary.session import Session

Open = Callable[[str], Session]

ENVIRONMENT = """
environment: web
services:
  web:
    type: process
    command: [python, -m, http.server, "${web.port}", --bind, 127.0.0.1]
    ready: {http: /}
  staging: {type: external, url: "https://staging.example.com/api"}
"""


@pytest.fixture
def keywords(open_environment: Open) -> EnvironmentKeywords:
    """Keywords over a started environment."""
    session = open_environment(ENVIRONMENT)
    return EnvironmentKeywords(session, Neighbours(session))


def test_a_service_tells_its_address(keywords: EnvironmentKeywords) -> None:
    """The URL is made of host and port; an external service has the parts of its own."""
    port = keywords.get_service_field("web", "port")

    assert keywords.get_service_url("web") == f"http://127.0.0.1:{port}"
    assert keywords.get_service_url("staging") == "https://staging.example.com/api"
    assert keywords.get_service_field("staging", "port") == "443"


QUESTIONS: dict[str, Callable[[EnvironmentKeywords], Any]] = {
    "unknown_service": lambda keywords: keywords.get_service_url("wb"),
    "unknown_field": lambda keywords: keywords.get_service_field("web", "prt"),
}


@pytest.mark.parametrize("case", QUESTIONS)
def test_what_is_not_there_is_the_fault_of_the_test(
    case: str, keywords: EnvironmentKeywords, golden: Callable[[str, str], None]
) -> None:
    """The known names are told, and the nearest."""
    with pytest.raises(IntegrationError) as raised:
        QUESTIONS[case](keywords)

    assert not isinstance(raised.value, CheckFailed | EnvironmentFailure)
    golden(f"services/{case}", str(raised.value))


def test_no_service_is_known_before_the_start(golden: Callable[[str, str], None]) -> None:
    """The text says what to do first."""
    session = Session()

    with pytest.raises(IntegrationError) as raised:
        EnvironmentKeywords(session, Neighbours(session)).get_service_url("web")

    golden("services/nothing_is_started", str(raised.value))
