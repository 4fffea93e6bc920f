"""One connection through a proxy: two ends, a pipe each way, closed or reset together."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Callable

from IntegrationLibrary.faults.book import NetworkState
from IntegrationLibrary.faults.pipe import Pipe

Address = tuple[str, int]

_LINGER = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
"""With it, closing a socket sends a reset and forgets what was not sent yet (tcp(7), SO_LINGER of socket(7))."""


class Connection:
    """What a client has opened to the proxy, and what the proxy has opened to the service for it."""

    def __init__(
        self, target: Address, state: Callable[[], NetworkState], closed: Callable[[Connection], None]
    ) -> None:
        self._target = target
        self._state = state
        self._closed = closed
        self._opening: asyncio.Task[None] | None = None
        self._pipes: tuple[Pipe, ...] = ()
        self.client = _End(begun=self._begin, heard=self._may_pass, lost=self._lost)
        self._service = _End(begun=self._join, heard=lambda: True, lost=self._lost)

    def reset(self) -> None:
        """End both halves as a network does that breaks: whatever was under way is lost. Idempotent."""
        if self._opening is not None:
            self._opening.cancel()
        for pipe in self._pipes:
            pipe.close()
        self.client.reset()
        self._service.reset()
        self._closed(self)

    def forget_held(self) -> None:
        """Reset the connection if something is held back on it."""
        if any(pipe.holds() for pipe in self._pipes):
            self.reset()

    def changed(self, before: NetworkState) -> None:
        """Do what the network's new state asks for."""
        if self._state().is_cut:
            self.reset()
        for pipe in self._pipes:
            if self._state().latency != before.latency:
                pipe.hurry()
            pipe.flush()

    def _begin(self) -> None:
        if self._state().is_cut:
            self.reset()
            return
        self.client.transport.pause_reading()
        self._opening = asyncio.get_running_loop().create_task(self._open())

    async def _open(self) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: self._service, *self._target)
        except OSError:
            self.reset()

    def _join(self) -> None:
        to_service = self._pipe("to the service", self.client, self._service)
        to_client = self._pipe("to the client", self._service, self.client)
        to_client.delays = True
        self._pipes = (to_service, to_client)
        self.client.transport.resume_reading()

    def _pipe(self, direction: str, source: _End, sink: _End) -> Pipe:
        pipe = Pipe(direction, self._state, source.transport, sink.transport, ended=self._finish)
        source.outgoing, sink.incoming = pipe, pipe
        return pipe

    def _may_pass(self) -> bool:
        """Return whether what the client sends may go on to the service."""
        failures = self._state().failures
        if failures is None or not failures.take():
            return True
        self.reset()
        return False

    def _finish(self) -> None:
        if all(pipe.has_ended for pipe in self._pipes):
            self.client.transport.close()
            self._service.transport.close()

    def _lost(self, error: Exception | None) -> None:
        if error is not None:
            self.reset()
        self._closed(self)


class _End(asyncio.Protocol):
    """One half of a connection."""

    transport: asyncio.Transport
    outgoing: Pipe
    """Carries away what comes in here."""
    incoming: Pipe
    """Carries here what goes out."""

    def __init__(
        self,
        *,
        begun: Callable[[], None],
        heard: Callable[[], bool],
        lost: Callable[[Exception | None], None],
    ) -> None:
        self._begun = begun
        self._heard = heard
        self._lost = lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 what asyncio gives to those that are no datagrams
        self.transport = transport
        self._begun()

    def data_received(self, data: bytes) -> None:
        if self._heard():
            self.outgoing.feed(data)

    def eof_received(self) -> bool:
        self.outgoing.feed(b"")
        return True  # the other direction goes on

    def pause_writing(self) -> None:
        self.incoming.hold()

    def resume_writing(self) -> None:
        self.incoming.go_on()

    def connection_lost(self, error: Exception | None) -> None:
        self._lost(error)

    def reset(self) -> None:
        if not hasattr(self, "transport"):
            return
        with contextlib.suppress(OSError):  # it is closed already
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        self.transport.abort()
