"""The rules of one mock, in the order in which they are tried."""

from __future__ import annotations

import threading

from IntegrationLibrary.mocks.hits import Hit
from IntegrationLibrary.mocks.matching import Nearest, request_differences
from IntegrationLibrary.mocks.rules import Rule


class RuleBook:
    """The rules of the file, those that were added, and how often each has answered in this test."""

    def __init__(self, rules: list[Rule]) -> None:
        self._rules = sorted(rules, key=lambda rule: rule.priority)
        self._added: list[Rule] = []
        self._answers: dict[int, int] = {}
        self._lock = threading.Lock()

    @property
    def mark(self) -> int:
        """A mark that rules added later can be removed by."""
        return len(self._added)

    def add(self, rule: Rule) -> None:
        """Add a rule before all others."""
        with self._lock:
            self._added.append(rule)

    def remove_since(self, mark: int) -> None:
        """Remove the rules that were added since the mark."""
        with self._lock:
            del self._added[mark:]

    def begin_test(self) -> None:
        """Count answers from 0 again: what `times` says is meant for one test."""
        with self._lock:
            self._answers.clear()

    def choose(self, hit: Hit) -> Rule | Nearest | None:
        """Return the rule that answers; else the nearest one, or None when there are no rules."""
        with self._lock:
            nearest: Nearest | None = None
            for rule in (*reversed(self._added), *self._rules):
                answered = self._answers.get(id(rule), 0)
                seen = Nearest(rule, request_differences(rule, hit, answered=answered))
                if not seen.differences:
                    self._answers[id(rule)] = answered + 1
                    return rule
                if nearest is None or seen.distance() < nearest.distance():
                    nearest = seen
            return nearest
