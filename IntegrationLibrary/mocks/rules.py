"""Rules: what a mock answers to which request; the words are WireMock's where it has the same thing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from IntegrationLibrary.base.errors import ConfigurationError
from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.base.yaml_file import read_yaml

_RULE_KEYS = ("name", "request", "response", "priority", "times")
_REQUEST_KEYS = ("method", "path", "path_pattern", "query", "headers", "json")
_RESPONSE_KEYS = ("status", "headers", "json", "body", "delay")
_PRIORITY = 5


@dataclass(frozen=True)
class Rule:
    """One rule; `priority` 1 is tried before 5, and after `times` answers the next rule that fits answers."""

    name: str
    request: Mapping[str, Any]
    response: Mapping[str, Any]
    priority: int = _PRIORITY
    times: int | None = None
    place: str = field(default="", compare=False)


def read_rules(file: Path) -> list[Rule]:
    """Return the rules of a file.

    Raises:
        ConfigurationError: It is wrong; file and line are in the text.

    """
    read = read_yaml(file)
    rules = read.data.get("rules") if isinstance(read.data, dict) else None
    if not isinstance(rules, list):
        raise ConfigurationError(
            f"File '{file.name}' has no rules.", place=read.place(), expected="a key 'rules' with a list"
        )
    return [rule_from(rule, place=read.place("rules", index)) for index, rule in enumerate(rules)]


def rule_from(data: Any, *, place: str) -> Rule:
    """Return the rule that a mapping describes.

    Raises:
        ConfigurationError: A key or a value is wrong.

    """
    if not isinstance(data, dict) or not isinstance(data.get("request"), dict) or "response" not in data:
        raise ConfigurationError("A rule is incomplete.", place=place, expected="a mapping with request and response")
    _refuse_unknown(data, _RULE_KEYS, place)
    _refuse_unknown(data["request"], _REQUEST_KEYS, place)
    _refuse_unknown(data["response"], _RESPONSE_KEYS, place)
    request = data["request"]
    name = data.get("name") or f"{request.get('method', 'any')} {request.get('path', request.get('path_pattern', ''))}"
    try:
        re.compile(request.get("path_pattern", ""))
        priority, times = int(data.get("priority", _PRIORITY)), data.get("times")
        return Rule(str(name), request, data["response"], priority, None if times is None else int(times), place)
    except (re.error, ValueError) as error:
        raise ConfigurationError(f"Rule '{name}' has a wrong value.", place=place, seen=str(error)) from error


def _refuse_unknown(data: Any, known: tuple[str, ...], place: str) -> None:
    for key in data if isinstance(data, dict) else ():
        if key not in known:
            raise ConfigurationError(
                f"A rule has no key '{key}'.",
                place=place,
                expected=f"one of {listed(known)}",
                hint=did_you_mean(str(key), known),
            )
