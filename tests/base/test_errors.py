"""Failures are laid out the same way everywhere."""

from __future__ import annotations

import pytest

from IntegrationLibrary.base.errors import CheckFailed, ConfigurationError, EnvironmentFailure, IntegrationError


def test_a_failure_has_a_headline_and_what_helps() -> None:
    """Lines after the first stand below each other."""
    error = IntegrationError("It is so.", expected="that", seen="this\nand this", next_step="do it")

    assert str(error) == ("It is so.\n  Expected: that\n  Seen:     this\n            and this\n  Next:     do it")


def test_what_is_not_known_is_left_out() -> None:
    """Also when it is empty."""
    assert str(IntegrationError("It is so.", expected="", seen=None)) == "It is so."


@pytest.mark.parametrize(
    ("hint", "next_step"), [("", "shop.yaml:4"), ("did you mean 'x'?", "shop.yaml:4, did you mean 'x'?")]
)
def test_a_mistake_in_a_file_names_its_place(hint: str, next_step: str) -> None:
    """It is a failure of the environment, not of the system."""
    error = ConfigurationError("Key 'y' is unknown.", place="shop.yaml:4", hint=hint)

    assert str(error) == f"Environment: Key 'y' is unknown.\n  Next:     {next_step}"
    assert (error.place, error.hint) == ("shop.yaml:4", hint)
    assert isinstance(error, EnvironmentFailure)


def test_a_judgement_that_fails_is_an_assertion_error() -> None:
    """Robot and pytest then tell a failed test from an error; Robot puts no class name in front."""
    assert issubclass(CheckFailed, AssertionError)
    assert IntegrationError.ROBOT_SUPPRESS_NAME


def test_a_tests_own_html_makes_no_html_of_what_was_seen() -> None:
    """Robot takes the whole failure for HTML then, and what a service answered stands in it."""
    error = CheckFailed("*HTML*<b>Broken</b>", seen="<script>alert(1)</script>")

    assert str(error) == (
        '*HTML*<b>Broken</b><pre style="white-space:pre-wrap">  Seen:     &lt;script&gt;alert(1)&lt;/script&gt;</pre>'
    )
