"""The ledger: what a run makes, written down before it is made, so that the next start can remove what is left."""

from __future__ import annotations

import json
from io import FileIO
from pathlib import Path
from typing import Any

from IntegrationLibrary.base.processes import Note, ProcessIdentity


class Ledger:
    """Lines of JSON, each with the operating system before the call returns: a kill of this process loses none."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._end: FileIO | None = None

    def record(self, kind: str, what: dict[str, Any]) -> None:
        """Write down one thing: its *kind* (`process`, `folder`) and what finds it again.

        Takes no lock, because a process that was just forked calls it too, in which nobody would give the lock back:
        one write to the end of a file is whole (write(2), O_APPEND).
        """
        # Each entry begins on a line of its own, also after one that was cut by a kill.
        self._opened().write(("\n" + json.dumps({"kind": kind, **what}) + "\n").encode())

    def noting(self) -> Note:
        """Return what writes processes down, also in a process that was just forked and has another user by then."""
        self._opened()

        def note(identity: ProcessIdentity) -> None:
            self.record("process", {"pid": identity.pid, "created": identity.created})

        return note

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

    def keep_only(self, entries: list[dict[str, Any]]) -> None:
        """Forget all but these entries; without any the file is removed."""
        if not entries:
            self._file.unlink(missing_ok=True)
            return
        scratch = self._file.with_suffix(".new")
        scratch.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
        scratch.replace(self._file)

    def _opened(self) -> FileIO:
        if self._end is None:
            self._end = FileIO(self._file, "a")
        return self._end
