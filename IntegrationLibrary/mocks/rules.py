"""Rules: what a mock answers to which request; the words are WireMock's where it has the same thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from IntegrationLibrary.base.errors import ConfigurationError
from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.base.yaml_file import read_yaml
from IntegrationLibrary.checks.words import shown
from IntegrationLibrary.mocks.keys import EXCLUSIVE, REQUEST_KEYS, RESPONSE_KEYS, RULE_KEYS, Key
from IntegrationLibrary.mocks.templates import EXPRESSIONS, unknown_expressions

_PRIORITY = 5

PlaceOf = Callable[..., str]
"""Returns where the key that these names lead to stands, such as `payments.yaml:4`."""


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
    if not isinstance(read.data, dict) or not isinstance(read.data.get("rules"), list):
        raise ConfigurationError(
            f"File '{file.name}' has no rules.", place=read.place("rules"), expected="a key 'rules' with a list"
        )
    _refuse_unknown(read.data, ("rules",), subject=f"File '{file.name}'", place_of=read.place)
    return [
        rule_from(rule, subject=f"rule {number}", place_of=partial(read.place, "rules", number - 1))
        for number, rule in enumerate(read.data["rules"], start=1)
    ]


def rule_from(data: Any, *, subject: str, place_of: PlaceOf) -> Rule:
    """Return the rule that a mapping describes.

    *subject* is what failures call a rule that has no name.

    Raises:
        ConfigurationError: A key or a value is wrong.

    """
    if not isinstance(data, dict):
        raise ConfigurationError(
            f"{_sentence(subject)} is no mapping.", place=place_of(), expected="a mapping with request and response"
        )
    if isinstance(data.get("name"), str):
        subject = f"rule '{data['name']}'"
    _refuse_wrong(data, RULE_KEYS, path=(), subject=subject, place_of=place_of)
    for key in ("request", "response"):
        if key not in data:
            raise ConfigurationError(
                f"{_sentence(subject)} has no {key}.", place=place_of(), expected=RULE_KEYS[key].expected
            )
    _refuse_wrong(data["request"], REQUEST_KEYS, path=("request",), subject=subject, place_of=place_of)
    _refuse_wrong(data["response"], RESPONSE_KEYS, path=("response",), subject=subject, place_of=place_of)
    _refuse_both(data, subject, place_of=place_of)
    _refuse_unknown_expressions(data["response"], subject, place_of=place_of)
    return _rule(data, place_of())


def key_of_rule(*path: str | int) -> str:
    """Return where a key stands in a rule that stands in no file."""
    return f"key '{'.'.join(map(str, path))}' of the rule" if path else "the rule"


def _rule(data: Mapping[str, Any], place: str) -> Rule:
    request, times = data["request"], data.get("times")
    name = data.get("name") or f"{request.get('method', 'any')} {request.get('path', request.get('path_pattern', ''))}"
    return Rule(
        name=name.strip(),
        request=request,
        response=data["response"],
        priority=int(data.get("priority", _PRIORITY)),
        times=None if times is None else int(times),
        place=place,
    )


def _refuse_both(data: Mapping[str, Any], subject: str, *, place_of: PlaceOf) -> None:
    for section, one, other in EXCLUSIVE:
        if one in data[section] and other in data[section]:
            raise ConfigurationError(
                f"{_sentence(subject)} has both '{section}.{one}' and '{section}.{other}'.",
                place=place_of(section, other),
                expected="one of them",
            )


def _refuse_unknown_expressions(response: Mapping[str, Any], subject: str, *, place_of: PlaceOf) -> None:
    for key, template in response.items():
        for expression in unknown_expressions(template):
            raise ConfigurationError(
                f"Key 'response.{key}' of {subject} has an expression that stands for nothing.",
                place=place_of("response", key),
                expected=f"one of {listed(EXPRESSIONS, limit=len(EXPRESSIONS))}",
                seen=f"{{{{ {expression} }}}}",
            )


def _refuse_wrong(
    data: Mapping[str, Any], keys: Mapping[str, Key], *, path: tuple[str, ...], subject: str, place_of: PlaceOf
) -> None:
    _refuse_unknown(data, keys, subject=_sentence(subject), place_of=place_of, path=path)
    for name, value in data.items():
        if not keys[name].takes(value):
            raise ConfigurationError(
                f"Key '{'.'.join((*path, name))}' of {subject} has a wrong value.",
                place=place_of(*path, name),
                expected=keys[name].expected,
                seen=shown(value),
            )


def _refuse_unknown(
    data: Mapping[Any, Any],
    known: Mapping[str, Key] | tuple[str, ...],
    *,
    subject: str,
    place_of: PlaceOf,
    path: tuple[str, ...] = (),
) -> None:
    for key in data:
        if key not in known:
            raise ConfigurationError(
                f"{subject} has no key '{'.'.join((*path, str(key)))}'.",
                place=place_of(*path, key),
                expected=f"one of {listed(known)}",
                hint=did_you_mean(str(key), known),
            )


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
