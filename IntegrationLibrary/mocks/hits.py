"""Hits: the requests that reached a mock."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Hit:
    """One request, and what was answered; header names are in lower case.

    A query parameter that occurs more than once has a list of texts. *unmatched* are the words for a request that no
    rule fits.
    """

    number: int
    at: str
    method: str
    path: str
    query: dict[str, str | list[str]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    json: Any = None
    rule: str | None = None
    status: int = 0
    unmatched: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return asdict(self)
