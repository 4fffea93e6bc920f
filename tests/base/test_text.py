"""Words for messages."""

from __future__ import annotations

import pytest

from IntegrationLibrary.base.text import counted, did_you_mean, last_lines, listed, nearest, seconds, shortened


def test_a_long_text_is_cut_with_the_number_of_what_is_left_out() -> None:
    """A text that is as long as the limit is whole."""
    assert shortened("x" * 10, 10) == "x" * 10
    assert shortened("x" * 12, 10) == "x" * 10 + "... and 2 characters more"


def test_a_long_list_is_cut_with_the_number_of_what_is_left_out() -> None:
    """Whatever stands between the items."""
    assert listed([1, 2]) == "1, 2"
    assert listed([]) == ""
    assert listed(range(12), limit=2, separator="\n") == "0\n1\nand 10 more"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("conatiner", "container"), ("CONTAINER", "container"), ("mocks", "Mock"), ("kafka", None), ("", None)],
)
def test_the_nearest_name_is_found(name: str, expected: str | None) -> None:
    """Whatever its case; what is not near is not offered."""
    assert nearest(name, ["container", "Mock", "postgres"]) == expected
    assert did_you_mean(name, ["container", "Mock", "postgres"]) == (f"did you mean '{expected}'?" if expected else "")


def test_things_are_counted_as_a_person_does() -> None:
    """One of them is no plural."""
    assert [counted(number, "row") for number in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]
    assert counted(2, "query", "queries") == "2 queries"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0 ms"),
        (0.0004, "0 ms"),
        (0.0521, "52 ms"),
        (0.9999, "1 s"),
        (1, "1 s"),
        (1.04, "1 s"),
        (1.25, "1.2 s"),
        (90.0, "90 s"),
    ],
)
def test_durations_have_units(value: float, expected: str) -> None:
    """Milliseconds below a second."""
    assert seconds(value) == expected


def test_the_last_lines_are_one_text() -> None:
    """Without blanks at their ends."""
    assert last_lines(["one", "two  ", "three\r"], 2) == "two\nthree"
    assert last_lines([]) == ""
