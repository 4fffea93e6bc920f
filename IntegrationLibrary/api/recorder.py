"""Records exchanges as they happen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from IntegrationLibrary.api.exchange import Description, Exchange, Response, from_head, from_response, without_answer

_STREAMED = Description("(not read: the test streams it)")


@dataclass(frozen=True)
class Moment:
    """Up to where exchanges had been recorded, and the last one of then."""

    number: int = 0
    last: Callable[[], Exchange] | None = None


class Recorder:
    """Keeps the exchanges of all sessions of this process. Sessions may be used by several threads."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []
        self._number = 0
        self._last: Callable[[], Exchange] | None = None
        self._older: Callable[[], Exchange] | None = None
        self._lock = threading.Lock()

    @property
    def last(self) -> Exchange | None:
        """The newest exchange with its whole body, or None when there was none."""
        return self._last() if self._last else None

    @property
    def older(self) -> Exchange | None:
        """The newest of the exchanges that are forgotten, or None."""
        return self._older() if self._older else None

    def hook(self, session: str) -> Callable[..., None]:
        """Return a response hook for requests (requests' documentation, "Event Hooks") that records for *session*."""

        def record(response: Response, *, stream: bool = False, **_: Any) -> None:
            with self._lock:
                number = self._next()
            if stream:
                exchange = from_head(response, session, number, body=_STREAMED)
            else:
                exchange = self._read(response, session, number)
            self._add(exchange, lambda: from_response(response, session, number, longest=None))

        return record

    def add_failed(self, request: Any, session: str, *, elapsed: float, why: str) -> None:
        """Record a `requests.PreparedRequest` that got no answer."""
        with self._lock:
            exchange = without_answer(request, session, self._next(), elapsed=elapsed, why=why)
        self._add(exchange, lambda: exchange)

    def mark(self) -> Moment:
        """Return this moment."""
        with self._lock:
            return Moment(self._number, self._last)

    def since(self, moment: Moment) -> list[Exchange]:
        """Return what was recorded since the moment, oldest first."""
        with self._lock:
            found = [each for each in self._exchanges if each.number > moment.number]
            return sorted(found, key=lambda each: each.number)

    def return_to(self, moment: Moment) -> None:
        """Forget what was recorded since the moment; the last exchange is again the one of then."""
        with self._lock:
            if self._last is not moment.last:
                self._older, self._last = self._last, moment.last
            self._exchanges = [each for each in self._exchanges if each.number <= moment.number]

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _read(self, response: Response, session: str, number: int) -> Exchange:
        try:
            return from_response(response, session, number)
        except BaseException as error:  # also Robot's timeout, which is none of Exception
            broken = from_head(response, session, number, body=Description(f"(broke off: {error})"))
            self._add(broken, lambda: broken)
            raise

    def _add(self, exchange: Exchange, last: Callable[[], Exchange]) -> None:
        with self._lock:
            self._exchanges.append(exchange)
            self._last = last
