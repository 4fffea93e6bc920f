"""Secrets whose values are known: they are masked wherever they stand, whatever stands around them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

LEAST = 6
"""Shorter values are not masked wherever they stand: half of every log would be."""

_LEAST_LINE = 16
_NEVER = re.compile(r"(?!)")


class KnownSecrets:
    """Values that must not be shown, in every way in which texts write them."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._pattern = _NEVER

    def values(self) -> list[str]:
        """Return the values, for other processes that mask."""
        return sorted(self._values)

    def add(self, values: Iterable[str]) -> None:
        """Let these values be secrets from now on, but those that are short."""
        new = {value for value in values if len(value) >= LEAST} - self._values
        if new:
            self._values |= new
            written = {way for value in self._values for way in _ways(value)}
            self._pattern = re.compile("|".join(map(re.escape, sorted(written, key=len, reverse=True))))

    def clear(self) -> None:
        """Forget all of them."""
        self._values, self._pattern = set(), _NEVER

    def are_in(self, text: str) -> bool:
        """Return whether one of them stands in the text."""
        return self._pattern.search(text) is not None

    def mask(self, text: str, mask: str) -> str:
        """Return the text with the mask in place of each of them."""
        return self._pattern.sub(mask, text)


def _ways(value: str) -> set[str]:
    """Return how a value looks in texts, URLs, JSON and HTML; of one with several lines also each line."""
    lines = {line for line in value.splitlines() if len(line) >= _LEAST_LINE} if "\n" in value else set()
    return {
        form
        for each in {value, *lines}
        for form in (
            each,
            quote(each, safe=""),
            quote_plus(each),
            json.dumps(each)[1:-1],
            json.dumps(each, ensure_ascii=False)[1:-1],
            html.escape(each),
            html.escape(each, quote=False),
            repr(each)[1:-1],
        )
    }
