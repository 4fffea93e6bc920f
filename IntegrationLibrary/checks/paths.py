"""JSONPath: what a path selects in a document, or what is there instead."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.checks.words import Steps, is_secret_place, place, shown_at

if TYPE_CHECKING:
    from jsonpath_ng import JSONPath

T = TypeVar("T")

_SHOWN_KEYS = 30


@dataclass(frozen=True)
class Selected:
    """One value that a path selects, and where it stands."""

    steps: Steps
    value: Any

    @property
    def is_secret(self) -> bool:
        """Whether it stands under a secret name."""
        return is_secret_place(self.steps)

    def __str__(self) -> str:
        return shown_at(self.steps, self.value)


def select(document: Any, path: str) -> list[Selected]:
    """Return every value that the path selects, in the document's order, as jsonpath-ng's extended parser reads it.

    Raises:
        IntegrationError: The path is none, or cannot be applied to what the document holds.

    """
    expression = _parsed(path)
    return [Selected(_steps(match), match.value) for match in _applied(path, lambda: expression.find(document))]


def selects_one(path: str) -> bool:
    """Return whether the path names a single place, whatever the document: it has no wildcard, slice or filter."""
    from jsonpath_ng import Child, Fields, Index, Root, This

    def is_single(expression: JSONPath) -> bool:
        if isinstance(expression, Child):
            return is_single(expression.left) and is_single(expression.right)
        if isinstance(expression, Fields):
            return len(expression.fields) == 1 and expression.fields[0] != "*"
        if isinstance(expression, Index):
            return len(getattr(expression, "indices", (0,))) == 1
        return isinstance(expression, Root | This) or type(expression).__name__ == "Len"

    return is_single(_parsed(path))


def replaced(document: Any, path: str, value: Any) -> Any:
    """Put *value* wherever the path selects something, in the document itself, and return the document."""
    expression = _parsed(path)
    return _applied(path, lambda: expression.update(document, value))


def fields_near(document: Any, path: str) -> str:
    """Return what is there, for a path that selects nothing: the keys at the deepest place that it reaches."""
    from jsonpath_ng import Child, Descendants, Fields, Root

    reached: Any = _parsed(path)
    wanted: Any = None
    while isinstance(reached, Child | Descendants) and not reached.find(document):
        reached, wanted = reached.left, reached.right
    matches = reached.find(document)
    if not matches:
        matches, wanted = Root().find(document), reached
    steps = _steps(matches[0])
    name = wanted.fields[0] if isinstance(wanted, Fields) else ""
    return f"'{place(steps)}' {_description(matches[0].value, steps, name)}"


def _steps(match: Any) -> Steps:
    steps: list[str | int] = []
    while match.context is not None:
        fields, indices = getattr(match.path, "fields", ()), getattr(match.path, "indices", ())
        steps += [*fields, *indices] or [str(match.path)]
        match = match.context
    return tuple(reversed(steps))


@functools.lru_cache
def _parsed(path: str) -> JSONPath:
    from jsonpath_ng.ext.parser import parse

    try:
        return parse(path)
    except Exception as error:  # each of its operators has errors of its own, without a class in common
        raise IntegrationError(
            f"'{path}' is no JSONPath.", expected="such as $.id or $.lines[0].sku", seen=str(error)
        ) from error


def _applied(path: str, apply: Callable[[], T]) -> T:
    try:
        return apply()
    except (TypeError, ValueError, AttributeError, LookupError, re.error) as error:  # it sorts what has no order
        raise IntegrationError(f"JSONPath '{path}' cannot be applied.", seen=str(error)) from error


def _description(value: Any, steps: Steps, name: str) -> str:
    if isinstance(value, dict):
        if not value:
            return "has no fields"
        hint = did_you_mean(name, value)
        return f"has the fields {listed(map(repr, value), limit=_SHOWN_KEYS)}" + (f"; {hint}" if hint else "")
    if isinstance(value, list):
        is_in_items = bool(name) and any(isinstance(item, dict) and name in item for item in value)
        hint = f"; did you mean '{place((name,), f'{place(steps)}[*]')}'?" if is_in_items else ""
        return f"is a list of {len(value)}: {shown_at(steps, value)}{hint}"
    return f"is {shown_at(steps, value)}"
