"""One direction of a connection: what comes in at one end goes out at the other, when the network's state lets it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from IntegrationLibrary.faults.book import NetworkState

MOST_HELD = 256 * 1024
"""Bytes that are held back before the sender is made to wait, as a network would."""

_PIECES_A_SECOND = 50


@dataclass
class _Held:
    """What is to go out at a moment; the end of the stream is empty."""

    due: float
    data: bytes


class Pipe:
    """Carries bytes from one transport to the other; all calls come from the loop's own thread."""

    def __init__(
        self,
        direction: str,
        state: Callable[[], NetworkState],
        source: asyncio.Transport,
        sink: asyncio.Transport,
        *,
        ended: Callable[[], None],
    ) -> None:
        self._direction = direction
        self._state = state
        self._source = source
        self._sink = sink
        self.delays = False
        """Whether the latency is for this direction."""
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._held: deque[_Held] = deque()
        self._size = 0
        self._last_due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._sink_is_full = False
        self._source_has_ended = False
        self.has_ended = False

    def feed(self, data: bytes) -> None:
        """Take what came in; nothing at all is the end of the stream."""
        latency = self._state().latency if self.delays else None
        due = self._loop.time() + (latency.seconds() if latency else 0.0)
        self._last_due = max(self._last_due, due)  # nothing overtakes what was sent before it
        self._held.append(_Held(self._last_due, data))
        self._size += len(data)
        self._source_has_ended = not data
        self.flush()

    def holds(self) -> bool:
        """Return whether something waits for its moment."""
        return bool(self._held)

    def hurry(self) -> None:
        """Let everything go that waits for its moment: the latency is another one now."""
        self._last_due = 0.0
        for held in self._held:
            held.due = 0.0

    def flush(self) -> None:
        """Send on what may go out now, and come back when there will be more."""
        self._cancel_timer()
        while self._held and not self._sink_is_full:
            now, at = self._loop.time(), self._next_moment()
            if at > now:
                self._timer = self._loop.call_at(at, self.flush)
                break
            self._send(self._taken(now))
        self._let_source_read()

    def hold(self) -> None:
        """Send nothing for now: the other end takes no more."""
        self._sink_is_full = True

    def go_on(self) -> None:
        """Send on: the other end takes more again."""
        self._sink_is_full = False
        self.flush()

    def close(self) -> None:
        """Forget what is held. Idempotent."""
        self._cancel_timer()
        self._held.clear()

    def _next_moment(self) -> float:
        first, bandwidth = self._held[0], self._state().bandwidth
        return max(first.due, bandwidth.free_at(self._direction)) if bandwidth and first.data else first.due

    def _taken(self, now: float) -> bytes:
        """Take from what is held as much as may go out at once."""
        first, bandwidth = self._held[0], self._state().bandwidth
        piece = first.data
        if bandwidth is not None:
            piece = piece[: max(1, int(bandwidth.rate / _PIECES_A_SECOND))]
            bandwidth.take(self._direction, len(piece), now)
        first.data = first.data[len(piece) :]
        if not first.data:
            self._held.popleft()
        self._size -= len(piece)
        return piece

    def _send(self, piece: bytes) -> None:
        if piece:
            self._sink.write(piece)
            return
        self.has_ended = True
        with contextlib.suppress(OSError):  # the other end has gone meanwhile
            self._sink.write_eof()
        self._ended()

    def _let_source_read(self) -> None:
        if self._source_has_ended or self._source.is_closing():
            return
        if self._size > MOST_HELD or self._sink_is_full:
            self._source.pause_reading()
        else:
            self._source.resume_reading()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
