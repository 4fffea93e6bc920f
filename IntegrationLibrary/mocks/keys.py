"""The keys of a rule: which there are, what their values may be, and what to say when one is something else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

FAULT = "connection_reset"

_STATUSES = range(200, 600)
_TEXT_CONDITIONS = ("contains", "matches")


@dataclass(frozen=True)
class Key:
    """One key: whether it takes a value, and what it takes in the words of a failure."""

    takes: Callable[[Any], bool]
    expected: str


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("/") and "?" not in value


def _is_pattern(value: Any) -> bool:
    try:
        re.compile(value)
    except (re.error, TypeError):
        return False
    return True


def _is_count(value: Any) -> bool:
    return not isinstance(value, bool) and re.fullmatch(r"[1-9]\d*", str(value)) is not None


def _is_status(value: Any) -> bool:
    return _is_count(value) and int(value) in _STATUSES


def _is_duration(value: Any) -> bool:
    return not isinstance(value, bool) and re.fullmatch(r"\d+(\.\d+)?", str(value)) is not None


def _are_texts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(_is_plain(each) for each in value.values())


def _are_conditions(value: Any) -> bool:
    return isinstance(value, Mapping) and all(_is_plain(each) or _is_condition(each) for each in value.values())


def _is_condition(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(name in _TEXT_CONDITIONS and _is_plain(text) for name, text in value.items())
        and _is_pattern(str(value.get("matches", "")))
    )


_CONDITIONS = "a mapping from names to texts, or to {contains: text} or {matches: a regular expression}"

RULE_KEYS = {
    "name": Key(_is_text, "a text"),
    "request": Key(lambda value: isinstance(value, Mapping), "a mapping such as {method: POST, path: /charges}"),
    "response": Key(lambda value: isinstance(value, Mapping), "a mapping such as {status: 201}"),
    "priority": Key(_is_count, "a whole number from 1, which is tried first"),
    "times": Key(_is_count, "a whole number from 1"),
}
REQUEST_KEYS = {
    "method": Key(_is_text, "a method such as POST"),
    "path": Key(_is_path, "a path such as /charges; what follows its ? stands under 'query'"),
    "path_pattern": Key(_is_pattern, r"a regular expression of the whole path, such as /charges/\d+"),
    "query": Key(_are_conditions, _CONDITIONS),
    "headers": Key(_are_conditions, _CONDITIONS),
    "json": Key(lambda _: True, "a JSON value"),
    "json_equals": Key(lambda _: True, "a JSON value"),
}
RESPONSE_KEYS = {
    "status": Key(_is_status, "an HTTP status from 200 to 599"),
    "headers": Key(_are_texts, "a mapping from names to texts"),
    "json": Key(lambda _: True, "a JSON value"),
    "body": Key(lambda value: isinstance(value, str), "a text; a value that is to be sent as JSON stands under 'json'"),
    "delay": Key(_is_duration, "a number of seconds such as 0.5"),
    "fault": Key(lambda value: value == FAULT, f"{FAULT}, which WireMock calls CONNECTION_RESET_BY_PEER"),
}
EXCLUSIVE = (
    ("request", "path", "path_pattern"),
    ("request", "json", "json_equals"),
    ("response", "json", "body"),
    *(("response", "fault", other) for other in ("status", "headers", "json", "body")),
)
"""Keys of which a rule has one or the other."""
