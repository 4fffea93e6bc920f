"""Keeps the logs of a run from filling the disk."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from IntegrationLibrary.base.logs import end_of, give_up_oldest, kept_size, size_words

_log = logging.getLogger(__name__)

LARGEST_LOG = 32 * 1024 * 1024
"""A log that has grown beyond it keeps its newest half."""

_PAUSE = 1.0
_WHERE = ("*.log", "e*/*.log", "e*/*/*.log")


class LogSizes:
    """Looks at all logs of a run every second; services write to them themselves, and notice nothing."""

    def __init__(self, folder: Path, *, largest: int = LARGEST_LOG) -> None:
        self._folder = folder
        self._largest = largest
        self._uncapped: set[Path] = set()

    def watch(self, ending: threading.Event) -> None:
        """Look again and again until the run ends."""
        while not ending.wait(_PAUSE):
            self.look()

    def look(self) -> None:
        """Cut what has grown too long."""
        for pattern in _WHERE:
            for log in self._folder.glob(pattern):
                self._cut(log)

    def _cut(self, log: Path) -> None:
        try:
            if log in self._uncapped or end_of(log) <= self._largest or kept_size(log) <= self._largest:
                return
            freed = give_up_oldest(log, keep=self._largest // 2)
            _log.info("%s has grown long: its oldest %s were given up.", log, size_words(freed))
        except FileNotFoundError:
            return
        except OSError as error:
            self._uncapped.add(log)
            _log.warning("%s has grown beyond %s and goes on: %s.", log, size_words(self._largest), error)
