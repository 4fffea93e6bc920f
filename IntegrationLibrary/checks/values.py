"""One value against what a test says, whose texts are read as the type of what was seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from IntegrationLibrary.checks.comparison import Comparison
from IntegrationLibrary.checks.differences import Difference
from IntegrationLibrary.checks.words import Steps


def value_differences(expected: Any, seen: Any, *, root: str, steps: Steps = ()) -> list[Difference]:
    """Return where *seen*, which stands at *root* and *steps*, differs from *expected*.

    JSON text stands for lists and objects.
    """
    if isinstance(expected, str) and isinstance(seen, dict | list):
        with suppress(ValueError):
            expected = json.loads(expected)
    return list(Comparison(is_same, root=root).differences(expected, seen, steps))


def is_same(expected: Any, seen: Any) -> bool:
    """Return whether *seen* is what a test expects.

    A text that a test gives is read as the type of what was seen: `3` equals 3, `4.50` equals a decimal 4.5, `true`
    equals True, `NULL` equals None, ISO 8601 text equals a date or a time. Other values must be equal themselves.
    """
    if seen is None or expected is None:
        return expected is seen or (isinstance(expected, str) and expected.casefold() in {"null", "none"})
    if isinstance(expected, bool) or isinstance(seen, bool):
        return _is_same_truth(expected, seen)
    if isinstance(expected, str) and not isinstance(seen, str):
        return _reads_as(expected.strip(), seen)
    if isinstance(expected, float | Decimal) or isinstance(seen, float | Decimal):
        return bool(_number(expected) == _number(seen) is not None)
    return bool(expected == seen)


def _is_same_truth(expected: Any, seen: Any) -> bool:
    if isinstance(expected, str):
        return isinstance(seen, bool) and expected.strip().casefold() == str(seen).casefold()
    return expected is seen


def _reads_as(text: str, seen: Any) -> bool:
    for kind, read in _READERS.items():
        if isinstance(seen, kind):
            with suppress(ValueError, InvalidOperation):
                return read(text, seen)
            return False
    return text == str(seen)


def _number(value: Any) -> Any:
    """Return a number so that 0.1 equals a decimal 0.1, and NaN equals NaN; None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(str(value))
    return "NaN" if number.is_nan() else number


def _is_number(text: str, seen: Any) -> bool:
    return bool(_number(Decimal(text)) == _number(seen))


def _is_moment(text: str, seen: datetime) -> bool:
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        read = read.replace(tzinfo=seen.tzinfo)  # as PostgreSQL reads it: in the time zone that is shown
    return read == seen


def _is_interval(text: str, seen: timedelta) -> bool:
    return text.removeprefix("0") == str(seen) or text == str(seen)


def _is_bytes(text: str, seen: bytes) -> bool:
    return bytes.fromhex(text[2:]) == seen if text.startswith("\\x") else text.encode() == seen


_READERS: dict[type | tuple[type, ...], Callable[[str, Any], bool]] = {
    (int, float, Decimal): _is_number,
    datetime: _is_moment,  # before date, of which it is one
    date: lambda text, seen: date.fromisoformat(text) == seen,
    time: lambda text, seen: time.fromisoformat(text) == seen,
    timedelta: _is_interval,
    UUID: lambda text, seen: UUID(text) == seen,
    bytes: _is_bytes,
}
