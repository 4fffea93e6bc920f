"""The ledger: what a run made, written down so that the next start can remove what a killed run left."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any


class Ledger:
    """Lines of JSON, each on the disk before the call returns."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def record(self, kind: str, what: dict[str, Any]) -> None:
        """Write down one thing: its *kind* (`process`, `folder`) and what finds it again."""
        with self._lock, self._file.open("a", encoding="utf-8") as file:
            # Each entry begins on a line of its own, also after one that was cut by a kill.
            file.write("\n" + json.dumps({"kind": kind, **what}) + "\n")

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Return what was written down of this kind; a line that was cut by a kill is left out."""
        if not self._file.exists():
            return []
        found = []
        for line in self._file.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if entry["kind"] == kind:
                found.append(entry)
        return found
