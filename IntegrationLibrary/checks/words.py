"""Values and their places in the words of a failure: shortened, secrets masked."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

from IntegrationLibrary.base.redaction import MASK, is_secret_name, mask_urls, mask_values
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
        return shortened(repr(mask_urls(value)), _LONGEST)
    if isinstance(value, dict | list | tuple | bool | None):
        masked = mask_values(list(value) if isinstance(value, tuple) else value)
        return shortened(json.dumps(masked, ensure_ascii=False, default=str), _LONGEST)
    return shortened(str(value), _LONGEST)


def difference(steps: Steps, expected: Any, seen: Any, *, root: str = "$") -> Difference:
    """Return the difference of two values, with their types when nothing else tells them apart."""
    if any(isinstance(step, str) and is_secret_name(step) for step in steps):
        return Difference(place(steps, root), MASK, MASK, words="another value; it is a secret and not shown")
    if isinstance(expected, str) and isinstance(seen, str):
        return Difference(place(steps, root), *_texts(expected, seen))
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
        one, other = ascii(one), ascii(other)  # they look alike
    return (f"...{one}", f"...{other} (from character {start})") if start > 0 else (one, other)
