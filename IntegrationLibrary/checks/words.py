"""Values and their places in the words of a failure: shortened, secrets masked."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

from IntegrationLibrary.base.redaction import MASK, hidden, is_secret_name, mask_text, mask_values
from IntegrationLibrary.base.text import shortened
from IntegrationLibrary.checks.differences import Difference

Steps = tuple[str | int, ...]

_LONGEST = 120
_SHOWN_BEFORE = 20
_PLAIN = re.compile(r"[^\W\d][\w-]*")


def place(steps: Steps, root: str = "$") -> str:
    """Return a place in a document as a path, such as `$.lines[0].sku`."""
    return (root + "".join(_step(step) for step in steps)).removeprefix(".")


def shown(value: Any) -> str:
    """Return a value as a failure shows it: as JSON, but texts in single quotes."""
    if isinstance(value, str):
        return shortened(repr(mask_text(value)), _LONGEST)
    if isinstance(value, dict | list | tuple | bool | None):
        masked = mask_values(list(value) if isinstance(value, tuple) else value)
        return shortened(json.dumps(masked, ensure_ascii=False, default=str), _LONGEST)
    return shortened(str(value), _LONGEST)


def is_secret_place(steps: Steps) -> bool:
    """Return whether what stands there is to be masked: one of the names on the way to it is that of a secret."""
    return any(isinstance(step, str) and is_secret_name(step) for step in steps)


def shown_at(steps: Steps, value: Any) -> str:
    """Return a value as a failure shows it, masked when it stands under a secret name."""
    seen = hidden(value) if is_secret_place(steps) else value
    return MASK if seen is MASK else shown(seen)


def secret_difference(path: str, expected: Any, seen: Any) -> Difference:
    """Return the difference of two secrets; that one of them is null or empty is no secret."""
    one, other = (MASK if hidden(value) is MASK else shown(value) for value in (expected, seen))
    words = "another value; it is a secret and not shown" if one == other else ""
    return Difference(path, one, other, words=words)


def difference(steps: Steps, expected: Any, seen: Any, *, root: str = "$") -> Difference:
    """Return the difference of two values, with their types when nothing else tells them apart."""
    if is_secret_place(steps):
        return secret_difference(place(steps, root), expected, seen)
    if isinstance(expected, str) and isinstance(seen, str):
        one, other = mask_text(expected), mask_text(seen)
        if one == other:
            return secret_difference(place(steps, root), expected, seen)
        return Difference(place(steps, root), *_texts(one, other))
    one, other = shown(expected), shown(seen)
    if expected == seen or one.strip("'") == other.strip("'"):
        one, other = _typed(one, expected), _typed(other, seen)
    return Difference(place(steps, root), one, other)


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN.fullmatch(step) else f"[{step!r}]"


def _typed(text: str, value: Any) -> str:
    return f"{text} ({'null' if value is None else type(value).__name__})"


def _texts(expected: str, seen: str) -> tuple[str, str]:
    """Return both texts; of long ones the part around the first character that differs."""
    first = next(index for index in range(len(seen) + 1) if seen[: index + 1] != expected[: index + 1])
    start = first - _SHOWN_BEFORE if max(len(expected), len(seen)) > _LONGEST else 0
    one, other = shown(expected[max(start, 0) :]), shown(seen[max(start, 0) :])
    if unicodedata.normalize("NFKC", one) == unicodedata.normalize("NFKC", other):
        one, other = (text.encode("ascii", "backslashreplace").decode() for text in (one, other))  # they look alike
    return (f"...{one}", f"...{other} (from character {start})") if start > 0 else (one, other)
