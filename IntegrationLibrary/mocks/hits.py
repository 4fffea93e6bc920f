"""Hits: the requests that reached a mock."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Hit:
    """One request, and what was answered; header names are in lower case."""

    number: int
    at: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str
    json: Any
    rule: str | None = None
    status: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return asdict(self)
