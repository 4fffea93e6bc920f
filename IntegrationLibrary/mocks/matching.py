"""Whether a request meets a rule: it does when nothing differs, and what differs explains why it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from IntegrationLibrary.base.redaction import MASK, is_secret_name
from IntegrationLibrary.base.text import listed
from IntegrationLibrary.checks.bodies import body_differences
from IntegrationLibrary.checks.differences import Difference
from IntegrationLibrary.checks.words import shown
from IntegrationLibrary.mocks.hits import Hit
from IntegrationLibrary.mocks.rules import Rule


@dataclass(frozen=True)
class Nearest:
    """The rule that a request nearly met, and what kept it from that."""

    rule: Rule
    differences: list[Difference]

    def __str__(self) -> str:
        return f"nearest rule '{self.rule.name}': {listed(self.differences, separator='; ')}"

    def distance(self) -> tuple[bool, bool, int]:
        """Return how far off the rule is: one for another path is further than any of the same path."""
        differs = {difference.path for difference in self.differences}
        return "path" in differs, "method" in differs, len(self.differences)


def request_differences(rule: Rule, hit: Hit, *, answered: int = 0) -> list[Difference]:
    """Return what keeps the request from being answered by the rule, which has answered *answered* times before."""
    wanted = rule.request
    found = [*_line(wanted, hit)]
    found += _texts("query", wanted.get("query", {}), hit.query)
    found += _texts("header", {name.lower(): text for name, text in wanted.get("headers", {}).items()}, hit.headers)
    for key in ("json", "json_equals"):
        if key in wanted:
            found += _body(wanted[key], hit, partial=key == "json")
    if rule.times is not None and answered >= rule.times:
        words = f"{answered}, as often as it may"
        found.append(Difference("answers in this test", f"less than {rule.times}", str(answered), words=words))
    return found


def _line(wanted: Mapping[str, Any], hit: Hit) -> Iterator[Difference]:
    if "method" in wanted and str(wanted["method"]).upper() != hit.method:
        yield Difference("method", str(wanted["method"]).upper(), hit.method)
    if "path" in wanted and wanted["path"] != hit.path:
        yield Difference("path", wanted["path"], hit.path)
    if "path_pattern" in wanted and not re.fullmatch(wanted["path_pattern"], hit.path):
        yield Difference("path", f"like {wanted['path_pattern']}", hit.path)


def _body(wanted: Any, hit: Hit, *, partial: bool) -> list[Difference]:
    if hit.json is None and hit.body.strip() != "null":
        return [Difference("body", shown(wanted), "no JSON" if hit.body else "empty")]
    found = body_differences(wanted, hit.json, partial=partial)
    return [replace(difference, path=f"body {difference.path}") for difference in found]


def _texts(kind: str, wanted: Mapping[str, Any], seen: Mapping[str, str | list[str]]) -> Iterator[Difference]:
    for name, condition in wanted.items():
        values = seen.get(name, [])
        values = [values] if isinstance(values, str) else values
        if any(_fits(condition, value) for value in values):
            continue
        expected = MASK if is_secret_name(name) else _condition_words(condition)
        there = "missing" if not values else MASK if is_secret_name(name) else listed(map(shown, values))
        yield Difference(f"{kind} {name}", expected, there)


def _fits(wanted: Any, seen: str) -> bool:
    if not isinstance(wanted, Mapping):
        return _text(wanted) == seen
    contains, matches = str(wanted.get("contains", "")), str(wanted.get("matches", ""))
    return contains in seen and re.search(matches, seen) is not None


def _condition_words(wanted: Any) -> str:
    if not isinstance(wanted, Mapping):
        return shown(_text(wanted))
    words = {"contains": "with", "matches": "like"}
    return " and ".join(f"{words[name]} {shown(str(text))}" for name, text in wanted.items())


def _text(value: Any) -> str:
    """Return how a value of a rules file stands in a request: YAML's true is the text `true` there."""
    return str(value).lower() if isinstance(value, bool) else str(value)
