"""What changed in a database, against what was expected to change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.text import did_you_mean
from IntegrationLibrary.checks.differences import Difference

_SIGNS = {"+": "added", "~": "changed", "-": "removed"}
_WORD = re.compile(r"([+~-])(\d+)")
ANY = "any"


@dataclass(frozen=True)
class Counts:
    """How many rows of one table were added, changed and removed."""

    added: int = 0
    changed: int = 0
    removed: int = 0

    def __str__(self) -> str:
        words = [f"{sign}{getattr(self, name)}" for sign, name in _SIGNS.items() if getattr(self, name)]
        return " ".join(words) or "unchanged"

    def plus(self, kind: str) -> Counts:
        """Return the counts with one more row of this kind."""
        return replace(self, **{kind: getattr(self, kind) + 1})


def change_differences(expected: Mapping[str, str], seen: Mapping[str, Counts]) -> list[Difference]:
    """Return the tables that changed otherwise than *expected* says; one that it does not name must be unchanged.

    Raises:
        IntegrationError: An expectation is not in the words `+1`, `~1`, `-1`, `0` or `any`.

    """
    wanted = {table: read_counts(table, str(words)) for table, words in expected.items()}
    unnamed = sorted(seen.keys() - wanted.keys())
    differences = []
    for table in [*wanted, *unnamed]:
        counts, found = wanted.get(table, Counts()), seen.get(table, Counts())
        if counts is not None and counts != found:
            hint = did_you_mean(table, unnamed) if table not in seen else ""
            differences.append(Difference(table, str(counts), f"{found}; {hint}" if hint else str(found)))
    return differences


def read_counts(table: str, words: str) -> Counts | None:
    """Return what words such as `+1 ~2` say, or None for `any`."""
    if words.strip() == ANY:
        return None
    if words.strip() == "0":
        return Counts()
    numbers: dict[str, int] = {}
    for word in re.split(r"[\s,]+", words.strip()):
        found = _WORD.fullmatch(word)
        if found is None or _SIGNS[found[1]] in numbers:
            raise IntegrationError(
                f"'{words}' does not say how table '{table}' changes.",
                expected="+1 for an added row, ~1 for a changed one, -1 for a removed one, several with a blank "
                "between them, 0 or any",
                seen=f"'{word}'" + (" after another word of its kind" if found else ""),
                next_step=did_you_mean(word, [ANY]) or None,
            )
        numbers[_SIGNS[found[1]]] = int(found[2])
    return Counts(**numbers)
