"""A TCP proxy in front of one service, for one worker."""

from __future__ import annotations

import asyncio

from IntegrationLibrary.base.ports import LOOPBACK
from IntegrationLibrary.faults.book import UNDISTURBED, Fault, FaultBook
from IntegrationLibrary.faults.connection import Address, Connection

_BACKLOG = 1024


class Proxy:
    """Listens and carries every connection on to its target; all calls come from the loop's own thread."""

    def __init__(self, target: Address) -> None:
        self._target = target
        self._book = FaultBook()
        self._state = UNDISTURBED
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None

    async def open(self, host: str = LOOPBACK) -> int:
        """Listen on an address of this machine; return the port that the system gave."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connect, host, 0, backlog=_BACKLOG)
        return int(self._server.sockets[0].getsockname()[1])

    async def mark(self) -> int:
        """Return a mark that faults made later can be taken back by."""
        return self._book.mark

    async def add(self, fault: Fault) -> None:
        """Let a fault be, for connections that there are and for new ones."""
        self._book.add(fault)
        self._change()

    async def return_to(self, mark: int) -> bool:
        """Take back the faults that were made since the mark; return whether that changes anything.

        What they still hold back is lost: it would arrive in the next test.
        """
        before = self._state
        for connection in list(self._connections) if mark < self._book.mark else ():
            connection.forget_held()
        self._book.remove_since(mark)
        self._change()
        return self._state != before

    async def close(self) -> None:
        """Listen no more, and reset every connection. Idempotent."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.reset()

    def _connect(self) -> asyncio.Protocol:
        connection = Connection(self._target, lambda: self._state, self._connections.discard)
        self._connections.add(connection)
        return connection.client

    def _change(self) -> None:
        before, self._state = self._state, self._book.state()
        for connection in list(self._connections):
            connection.changed(before)
