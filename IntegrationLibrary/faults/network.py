"""All proxies of a supervisor: one thread with one event loop, made when the first proxy is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from IntegrationLibrary.base.ports import LOOPBACK
from IntegrationLibrary.faults.book import Fault
from IntegrationLibrary.faults.connection import Address
from IntegrationLibrary.faults.proxy import Proxy

T = TypeVar("T")


class Network:
    """Opens proxies; may be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self, target: Address, host: str = LOOPBACK) -> OpenProxy:
        """Return a proxy that listens in front of *target*, on an address of this machine."""
        proxy = Proxy(target)
        return OpenProxy(self, proxy, address=(host, self.do(proxy.open(host))))

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Have the loop do something, and return what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self._running()).result()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="network", daemon=True).start()
            return self._loop


class OpenProxy:
    """One proxy as other threads use it."""

    def __init__(self, network: Network, proxy: Proxy, *, address: Address) -> None:
        self.address = address
        self._network = network
        self._proxy = proxy

    def mark(self) -> int:
        """Return a mark that faults made later can be taken back by."""
        return self._network.do(self._proxy.mark())

    def add(self, fault: Fault) -> None:
        """Let a fault be, for connections that there are and for new ones."""
        self._network.do(self._proxy.add(fault))

    def return_to(self, mark: int) -> bool:
        """Take back the faults that were made since the mark; return whether that changes anything."""
        return self._network.do(self._proxy.return_to(mark))

    def close(self) -> None:
        """Listen no more, and reset every connection. Idempotent."""
        self._network.do(self._proxy.close())
