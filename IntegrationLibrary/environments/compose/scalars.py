"""Texts, numbers, durations, sizes and lists of them, in all the forms that Compose files have for them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from IntegrationLibrary.environments.compose.nodes import Node, each_of

_FLAGS = {"true": True, "yes": True, "y": True, "on": True, "false": False, "no": False, "n": False, "off": False}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:us|ms|[smhdw]))+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(us|ms|[smhdw])")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?", re.IGNORECASE)


def text(node: Node) -> str:
    """Return a text; a number becomes one."""
    if isinstance(node.value, bool) or not isinstance(node.value, str | int | float):
        raise node.wrong("a text")
    if "\0" in str(node.value):
        raise node.wrong("a text without the character NUL")
    return _written(node.value)


def texts(node: Node) -> list[str]:
    """Return the texts of a list, or the one in place of a list."""
    return each_of(text, node.one_or_more())


def flag(node: Node) -> bool:
    """Return true or false, which a variable may stand for."""
    value = node.value if isinstance(node.value, bool) else _FLAGS.get(str(node.value).lower())
    if value is None:
        raise node.wrong("true or false")
    return value


def number(node: Node, *, least: float = 0) -> float:
    """Return a number, which a variable may stand for."""
    try:
        value = float("nan" if isinstance(node.value, bool) else node.value)
    except (TypeError, ValueError):
        value = float("nan")
    if not value >= least:
        raise node.wrong(f"a number, at least {least:g}")
    return value


def whole(node: Node, *, least: int = 0) -> int:
    """Return a whole number, which a variable may stand for."""
    value = number(node, least=least)
    if value != int(value):
        raise node.wrong("a whole number")
    return int(value)


def choice(node: Node, meanings: Mapping[str, str]) -> str:
    """Return the meaning of one of several texts."""
    if not isinstance(node.value, str) or node.value not in meanings:
        raise node.wrong(f"one of {', '.join(meanings)}")
    return meanings[node.value]


def duration(node: Node) -> float:
    """Return the seconds of a duration such as `1m30s`."""
    if not isinstance(node.value, str) or not _DURATION.fullmatch(node.value):
        raise node.wrong("a duration, such as 1m30s, 10s or 500ms")
    return sum(float(amount) * _SECONDS[unit] for amount, unit in _PART.findall(node.value))


def size(node: Node) -> str:
    """Return a size such as `512M`, `1gb` or a number of bytes, as the engine reads it."""
    found = _SIZE.fullmatch(text(node).strip())
    if found is None:
        raise node.wrong("a size, such as 512m, 1gb or a number of bytes")
    return f"{found[1]}{found[2].lower()}"


def command(node: Node) -> list[str]:
    """Return a program and its arguments; a text is split as a shell does."""
    if isinstance(node.value, list):
        found = texts(node)
    else:
        try:
            found = shlex.split(text(node))
        except ValueError as error:
            raise node.wrong(f"a command; {str(error).lower()}") from error
    if not found:
        raise node.wrong("a program and its arguments", "an image's own cannot be taken away")
    return found


def pairs(node: Node, default: Callable[[str], str | None]) -> dict[str, str | None]:
    """Return the values of a mapping, or of a list of `NAME=value`; *default* tells those that have none."""
    if isinstance(node.value, list):
        split = [item.partition("=") for item in texts(node)]
        return {name: value if sign else default(name) for name, sign, value in split}
    found = node.mapping()
    each_of(_plain, found.values())
    return {key: default(key) if each.value is None else _written(each.value) for key, each in found.items()}


def _plain(node: Node) -> None:
    if isinstance(node.value, list | dict):
        raise node.wrong("a text, a number, true or false")


def _written(value: Any) -> str:
    """Return a value as Compose writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
