"""Runs that use a kept environment: their workers end with their roots, as those of other runs do."""

from __future__ import annotations

import threading

from IntegrationLibrary.base.endings import wait_for_end
from IntegrationLibrary.base.processes import ProcessIdentity, end_all

_GRACE = 2.0  # seconds, as pabot gives them


class Guests:
    """The workers of each run that has attached."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._workers: dict[ProcessIdentity, set[ProcessIdentity]] = {}

    def add(self, worker: ProcessIdentity, root: ProcessIdentity) -> None:
        """Let the worker end when the root of its run does; a run without workers has nobody to end."""
        if not worker.is_child_of(root):
            return
        with self._lock:
            is_known = root in self._workers
            self._workers.setdefault(root, set()).add(worker)
        if not is_known:
            threading.Thread(target=self._end_with, args=(root,), daemon=True).start()

    def _end_with(self, root: ProcessIdentity) -> None:
        wait_for_end(root)
        with self._lock:
            workers = self._workers.pop(root)
        end_all([process for each in workers if (process := each.find()) is not None], grace=_GRACE)
