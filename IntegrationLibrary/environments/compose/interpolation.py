"""Variables in the texts of Compose files: `$VAR`, `${VAR:-default}` and the like, as Compose replaces them."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from functools import cache

Lookup = Callable[[str], str | None]

_log = logging.getLogger(__name__)

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_MARK = re.compile(rf"\$(?:(?P<dollar>\$)|(?P<name>{_NAME})|(?P<brace>\{{))")
_INNER = re.compile(rf"(?P<name>{_NAME})(?:(?P<operator>:?[-+?])(?P<word>.*))?", re.DOTALL)


class InterpolationError(ValueError):
    """A variable that must be set is not, or what begins with `${` is none."""

    def __init__(self, headline: str, *, expected: str | None = None, hint: str = "") -> None:
        self.headline = headline
        self.expected = expected
        self.hint = hint
        super().__init__(headline)


class Variables:
    """The variables of one Compose file: those of the operating system, then those of the file `.env` beside it."""

    def __init__(self, os_environment: Mapping[str, str], own: Mapping[str, str]) -> None:
        self._own = own
        self._os_environment = os_environment
        self.named: set[str] = set()
        """The names that were asked for, whether they are set or not."""

    def get(self, name: str) -> str | None:
        """Return the value of a variable; None when it is not set."""
        self.named.add(name)
        return self._os_environment.get(name, self._own.get(name))


def interpolated(text: str, lookup: Lookup) -> str:
    """Return the text with its variables replaced, and `$$` turned into `$`.

    As in Compose, one that is not set and has no default is replaced by nothing; the supervisor's log tells.

    Raises:
        InterpolationError: One must be set and is not, or cannot be read.

    """
    parts = []
    position = 0
    while mark := _MARK.search(text, position):
        parts.append(text[position : mark.start()])
        position = mark.end()
        if mark["dollar"]:
            parts.append("$")
        elif mark["name"]:
            parts.append(_value(mark["name"], lookup))
        else:
            end = _end_of_braces(text, position)
            parts.append(_substituted(text[position:end], lookup))
            position = end + 1
    return "".join([*parts, text[position:]])


def _end_of_braces(text: str, begin: int) -> int:
    """Return where the brace is that closes the one before *begin*: a default may have braces of its own."""
    depth = 1
    for position in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return position
    raise InterpolationError(
        f"'{text[begin - 2 :]}' begins a variable and does not end it.",
        hint="a '$' that begins no variable is written '$$'",
    )


def _substituted(inner: str, lookup: Lookup) -> str:
    """Return what stands for the text between the braces."""
    found = _INNER.fullmatch(inner)
    if found is None:
        raise InterpolationError(
            f"'${{{inner}}}' is no variable that Compose files may name.",
            expected="${VAR}, or with :-default, -default, :?message, ?message, :+text or +text behind the name",
            hint="a '$' that begins no variable is written '$$'",
        )
    name, operator, word = found["name"], found["operator"] or "", found["word"]
    value = lookup(name) if operator else _value(name, lookup)
    is_there = value is not None and not (operator.startswith(":") and value == "")
    if operator.endswith("+"):
        return interpolated(word, lookup) if is_there else ""
    if is_there or not operator:
        return value or ""
    if operator.endswith("-"):
        return interpolated(word, lookup)
    raise InterpolationError(
        f"Variable '{name}' must be set and is not.",
        expected=interpolated(word, lookup) or None,
        hint="set it in the operating system, or in the file .env beside the Compose file",
    )


def _value(name: str, lookup: Lookup) -> str:
    value = lookup(name)
    if value is None:
        _tell_unset(name)
    return value or ""


@cache  # once: a variable may stand in many places
def _tell_unset(name: str) -> None:
    _log.warning("Variable '%s', which a Compose file names, is not set: it stands for an empty text.", name)
