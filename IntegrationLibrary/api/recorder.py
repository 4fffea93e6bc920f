"""Records exchanges as they happen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from IntegrationLibrary.api.exchange import Exchange, from_response

if TYPE_CHECKING:
    from requests import Response


class Recorder:
    """Keeps the exchanges of all sessions of this process, and the last response itself."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []
        self._number = 0
        self.last_response: Response | None = None

    def hook(self, session: str) -> Callable[..., None]:
        """Return a response hook for requests (requests' documentation, "Event Hooks") that records for *session*."""

        def record(response: Response, **_: Any) -> None:
            self._number += 1
            self._exchanges.append(from_response(response, session, self._number))
            self.last_response = response

        return record

    def mark(self) -> int:
        """Return a number for this moment; what was recorded before it is forgotten."""
        self._exchanges.clear()
        return self._number

    def since(self, mark: int) -> list[Exchange]:
        """Return what was recorded since *mark*, oldest first."""
        return [exchange for exchange in self._exchanges if exchange.number > mark]
