"""JSON values compared place by place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from IntegrationLibrary.base.text import did_you_mean
from IntegrationLibrary.checks.differences import Difference
from IntegrationLibrary.checks.words import Steps, difference, place, shown_at

NOTHING = "nothing"


class _Ignored:
    """Stands in a document for what may be anything, or nothing."""

    def __str__(self) -> str:
        return "(ignored)"


IGNORED = _Ignored()


@dataclass(frozen=True)
class Comparison:
    """How two JSON values are compared: *same* judges what is neither object nor list.

    With *partial*, objects may have more keys than are expected; lists are compared by position, and as long as each
    other, always. Paths begin with *root*.
    """

    same: Callable[[Any, Any], bool]
    partial: bool = False
    root: str = "$"

    def differences(self, expected: Any, seen: Any, steps: Steps = ()) -> Iterator[Difference]:
        """Tell every place where *seen* is not what is expected."""
        if expected is IGNORED or seen is IGNORED:
            return
        if isinstance(expected, Mapping) and isinstance(seen, Mapping):
            yield from self._of_objects(expected, seen, steps)
        elif isinstance(expected, list | tuple) and isinstance(seen, list | tuple):
            yield from self._of_lists(expected, seen, steps)
        elif not self.same(expected, seen):
            yield difference(steps, expected, seen, root=self.root)

    def _of_objects(self, expected: Mapping[str, Any], seen: Mapping[str, Any], steps: Steps) -> Iterator[Difference]:
        extra = {key: value for key, value in seen.items() if key not in expected}
        for key, value in expected.items():
            if key in seen:
                yield from self.differences(value, seen[key], (*steps, key))
            else:
                yield from self._missing(value, (*steps, key), hint=did_you_mean(str(key), extra))
        if not self.partial:
            for key, value in extra.items():
                yield from self._unexpected(value, (*steps, key))

    def _of_lists(self, expected: Sequence[Any], seen: Sequence[Any], steps: Steps) -> Iterator[Difference]:
        both = min(len(expected), len(seen))
        for index in range(both):
            yield from self.differences(expected[index], seen[index], (*steps, index))
        for index in range(both, len(expected)):
            yield from self._missing(expected[index], (*steps, index))
        for index in range(both, len(seen)):
            yield from self._unexpected(seen[index], (*steps, index))

    def _missing(self, expected: Any, steps: Steps, hint: str = "") -> Iterator[Difference]:
        if expected is not IGNORED:
            value = shown_at(steps, expected)
            words = f"missing, expected {value}" + (f"; {hint}" if hint else "")
            yield Difference(place(steps, self.root), value, NOTHING, words=words)

    def _unexpected(self, seen: Any, steps: Steps) -> Iterator[Difference]:
        if seen is not IGNORED:
            value = shown_at(steps, seen)
            yield Difference(place(steps, self.root), NOTHING, value, words=f"{value}, not expected at all")
