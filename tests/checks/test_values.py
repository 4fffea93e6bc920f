"""A text of a test is read as the type of what was seen; everything else must be equal itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from IntegrationLibrary.checks.values import is_same, value_differences

NAN = float("nan")
MOMENT = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expected", "seen"),
    [
        ("3", 3),
        (" 3 ", 3),
        ("3.0", 3),
        ("4.50", Decimal("4.5")),
        (4.5, Decimal("4.50")),
        (0.1, Decimal("0.1")),
        (1, 1.0),
        ("1e3", 1000),
        ("NaN", NAN),
        (NAN, NAN),
        (NAN, Decimal("NaN")),
        ("Infinity", float("inf")),
        ("true", True),
        ("False", False),
        ("NULL", None),
        ("none", None),
        (None, None),
        ("", ""),
        (" a ", " a "),
        ("null", "null"),
        ("2024-02-29", date(2024, 2, 29)),
        ("2024-02-29T12:30:00Z", MOMENT),
        ("2024-02-29 12:30", MOMENT),
        ("2024-02-29T13:30+01:00", MOMENT),
        (MOMENT.astimezone(timezone(timedelta(hours=2))), MOMENT),
        ("12:30", time(12, 30)),
        ("1:30:00", timedelta(hours=1, minutes=30)),
        ("01:30:00", timedelta(hours=1, minutes=30)),
        ("9F0C1B1E-8D3B-4B6E-9B0A-2F6B1E7D5C11", UUID("9f0c1b1e-8d3b-4b6e-9b0a-2f6b1e7d5c11")),
        ("\\x00ff", b"\x00\xff"),
        ("abc", b"abc"),
    ],
    ids=repr,
)
def test_these_are_the_same(expected: Any, seen: Any) -> None:
    """Numbers, truths, null, dates, times, intervals, UUIDs and bytes are known by their usual texts."""
    assert is_same(expected, seen)


@pytest.mark.parametrize(
    ("expected", "seen"),
    [
        ("3", 4),
        ("three", 3),
        ("", 0),
        (1, True),
        (True, 1),
        ("1", True),
        ("0", False),
        ("yes", True),
        (0, None),
        ("", None),
        (None, ""),
        (None, "null"),
        (3, "3"),
        (True, "true"),
        (NAN, 1),
        ("NaN", 1),
        ("nan", "NaN"),
        ("Infinity", NAN),
        (4.5, "4.5"),
        (0.1, Decimal("0.1000000001")),
        (10**20, 10**20 + 1),
        ("2024-02-30", date(2024, 2, 29)),
        ("yesterday", MOMENT),
        ("2024-02-29T12:30+01:00", MOMENT),
        ("12:31", time(12, 30)),
        ("no-uuid", UUID(int=0)),
        ("\\xzz", b"\x00"),
        ("\\x00", b"\x01"),
    ],
    ids=repr,
)
def test_these_are_not(expected: Any, seen: Any) -> None:
    """A text that cannot be read so is another value, not a crash."""
    assert not is_same(expected, seen)


@pytest.mark.parametrize(
    ("expected", "seen", "words"),
    [
        ('["a", 1]', ["a", 1], []),
        ('{"a": 1}', {"a": "1"}, ["$.x.a: '1' (str), not 1 (int)"]),
        ("[a]", ["a"], ["$.x: [\"a\"], not '[a]'"]),
        ({"a": "1"}, {"a": 1}, []),
        (["1", "true"], [1, True], []),
        ([1], [1, 2], ["$.x[1]: 2, not expected at all"]),
        ({"a": None}, {}, ["$.x.a: missing, expected null"]),
    ],
)
def test_lists_and_objects_are_compared_place_by_place(expected: Any, seen: Any, words: list[str]) -> None:
    """JSON text stands for them; texts within them are read as the types of what was seen, too."""
    assert [str(each) for each in value_differences(expected, seen, root="$.x")] == words
