"""One difference between what was expected and what was seen; a check passes when there are none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from IntegrationLibrary.base.text import listed


@dataclass(frozen=True)
class Difference:
    """What differs at *path*, in the words of a failure.

    *words* says it where `seen, not expected` would not read well.
    """

    path: str
    expected: str
    seen: str
    words: str = ""

    @property
    def says(self) -> str:
        """What differs, without the place."""
        return self.words or f"{self.seen}, not {self.expected}"

    def __str__(self) -> str:
        return f"{self.path}: {self.says}"


def as_lines(differences: Iterable[Difference]) -> str:
    """Return the differences one below the other, cut with the number of those left out."""
    return listed(differences, separator="\n")
