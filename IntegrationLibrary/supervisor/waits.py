"""What a start waits for just now, told to whoever waits for the start."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Waits:
    """Names of services with the moment since when they are waited for; written and read by many threads."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    @contextmanager
    def during(self, name: str) -> Iterator[None]:
        """Say that *name* is waited for as long as the block runs."""
        self._since[name] = time.monotonic()
        try:
            yield
        finally:
            self._since.pop(name, None)

    def told(self) -> list[tuple[str, float]]:
        """Return the names, each with the seconds since it is waited for."""
        return [(name, time.monotonic() - since) for name, since in list(self._since.items())]
