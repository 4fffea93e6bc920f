"""The files of a program: what a process was started from."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

_ENDINGS = re.compile(
    r"\.(py|[mc]?[jt]s|[jt]sx|rb|php|go|rs|java|kt|scala|clj|cs|fs|exs?|pl|lua|sh"
    r"|jar|war|class|dll|exe|html|jinja2?|j2|toml|properties|env)$"
)
"""What programs are made of, and do not write while they run."""
_IGNORED = frozenset({"__pycache__", "node_modules", "venv", "site-packages", "results"})


def changed_since(folder: Path, moment: float) -> Path | None:
    """Return a file of a program in *folder* that was changed after *moment* (seconds since 1970); None if none was."""
    return next((Path(file.path) for file in _files(folder) if file.stat().st_mtime > moment), None)


def _files(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name in _IGNORED:
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)
            elif _ENDINGS.search(entry.name) and entry.is_file():
                yield entry
