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
_ROBOTS = re.compile(rb'content="Robot Framework|<(robot|testsuites?) ')
"""What the files begin with that Robot and pabot write: log, report, output, and xUnit's form of it."""
NOT_OF_SERVICES = frozenset(
    {".git", ".venv", "venv", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache"}
    | {"results", "pabot_results", ".pabotsuitenames"}  # what each run writes anew
)
"""Folders and files that lie beside what services are made from, and change without it."""
_SUITES = frozenset({".robot", ".resource"})
_BEGINNING = 2048  # bytes
_IGNORED = frozenset({"__pycache__", "node_modules", "venv", "site-packages", "results"})


def changed_since(folder: Path, moment: float) -> Path | None:
    """Return a file of a program in *folder* that was changed after *moment* (seconds since 1970); None if none was."""
    return next((Path(file.path) for file in _files(folder) if file.stat().st_mtime > moment), None)


def is_robots(file: Path | os.DirEntry[str]) -> bool:
    """Return whether Robot or pabot has written the file, whatever its name is: each run writes it anew."""
    if not file.name.endswith((".html", ".xml")):
        return False
    with Path(file).open("rb") as opened:
        return _ROBOTS.search(opened.read(_BEGINNING)) is not None


def is_of_service(file: Path, folder: Path) -> bool:
    """Return whether a service may be made from a file in *folder*: no suite is, and nothing that runs write anew."""
    if file.suffix in _SUITES or not NOT_OF_SERVICES.isdisjoint(file.relative_to(folder).parts):
        return False
    return not (file.is_file() and is_robots(file))


def _files(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in _IGNORED or (entry.name.startswith(".") and entry.name != ".env"):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)
            elif _ENDINGS.search(entry.name) and entry.is_file() and not is_robots(entry):
                yield entry
