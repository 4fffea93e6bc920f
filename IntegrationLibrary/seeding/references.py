"""References in the values of a seed: `${table.name.column}` is a column of a named row, `$${` a plain `${`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_MARK = re.compile(r"(?P<escape>\$\$\{)|\$\{(?P<inner>[^{}]*)\}")
_PARTS = 3


@dataclass(frozen=True)
class Reference:
    """One reference; its parts are empty when it has not the form `${table.name.column}`."""

    text: str
    table: str
    name: str
    column: str


def find_references(value: Any) -> Iterator[Reference]:
    """Yield every reference in a value, whatever mappings and lists it stands in."""
    if isinstance(value, str) and "${" in value:
        yield from (_reference(mark) for mark in _MARK.finditer(value) if not mark["escape"])
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from find_references(item)
    elif isinstance(value, list):
        for item in value:
            yield from find_references(item)


def resolve(value: Any, look_up: Callable[[Reference], Any]) -> Any:
    """Return the value with its references replaced; a text that is nothing but one becomes what it refers to."""
    if isinstance(value, str):
        return _resolved(value, look_up)
    if isinstance(value, Mapping):
        return {key: resolve(item, look_up) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, look_up) for item in value]
    return value


def _resolved(text: str, look_up: Callable[[Reference], Any]) -> Any:
    if "${" not in text:
        return text
    whole = _MARK.fullmatch(text)
    if whole and not whole["escape"]:
        return look_up(_reference(whole))
    return _MARK.sub(lambda mark: "${" if mark["escape"] else str(look_up(_reference(mark))), text)


def _reference(mark: re.Match[str]) -> Reference:
    parts = mark["inner"].rsplit(".", _PARTS - 1)
    table, name, column = parts if len(parts) == _PARTS else ("", "", "")
    return Reference(mark[0], table, name, column)
