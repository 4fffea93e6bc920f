"""One difference between what was expected and what was seen; a check passes when there are none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from IntegrationLibrary.base.text import listed


@dataclass(frozen=True)
class Difference:
    """What differs at *path*, in the words of a failure."""

    path: str
    expected: str
    seen: str


def expected_lines(differences: Iterable[Difference]) -> str:
    """Return what was expected, a line for each difference."""
    return listed((f"{each.path} {each.expected}".strip() for each in differences), separator="\n")


def seen_lines(differences: Iterable[Difference]) -> str:
    """Return what was seen, a line for each difference."""
    return listed((f"{each.path} {each.seen}".strip() for each in differences), separator="\n")
