"""Reads a JSON file so that its rows can be told with their lines."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from IntegrationLibrary.base.errors import ConfigurationError

_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()

Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class JsonFile:
    """The data of a JSON file, with the lines where the first two levels of it stand."""

    path: Path
    data: Any
    lines: dict[Steps, int]

    def place(self, *steps: str | int) -> str:
        """Return `file:line` of what the steps lead to."""
        return f"{self.path}:{self.lines.get(steps, 1)}"


def read_json(path: Path) -> JsonFile:
    """Return the data of a JSON file.

    Raises:
        ConfigurationError: It is no JSON, or a name stands twice in one of its first two levels.

    """
    text = path.read_text(encoding="utf-8-sig")
    try:
        data = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"File '{path.name}' is no JSON.", place=f"{path}:{error.lineno}", seen=f"{error.msg}, column {error.colno}"
        ) from error
    return JsonFile(path, data, _lines(path, text))


def _lines(path: Path, text: str) -> dict[Steps, int]:
    ends = [match.start() for match in re.finditer("\n", text)]
    lines: dict[Steps, int] = {}
    for steps, position in _first_two_levels(text):
        line = bisect_left(ends, position) + 1
        if steps in lines:
            raise ConfigurationError(
                f"Key '{steps[-1]}' stands twice.",
                place=f"{path}:{line}",
                seen=f"the first one is in line {lines[steps]}",
            )
        lines[steps] = line
    return lines


def _first_two_levels(text: str) -> Iterator[tuple[Steps, int]]:
    for outer, position in _members(text, _after_blanks(text, 0)):
        yield (outer,), position
        for inner, inner_position in _members(text, position):
            yield (outer, inner), inner_position


def _members(text: str, start: int) -> Iterator[tuple[str | int, int]]:
    """Yield the key of each member of the object or array at *start*, with the position of its value."""
    if text[start] not in "{[":
        return
    is_object, count = text[start] == "{", 0
    at = _after_blanks(text, start + 1)
    while text[at] not in "}]":
        key: str | int = count
        if is_object:
            key, at = _DECODER.raw_decode(text, at)
            at = _after_blanks(text, _after_blanks(text, at) + 1)  # past the colon
        yield key, at
        at = _after_blanks(text, _DECODER.raw_decode(text, at)[1])
        if text[at] == ",":
            at = _after_blanks(text, at + 1)
        count += 1


def _after_blanks(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position
