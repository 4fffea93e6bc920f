"""What the control groups that we are in leave us of the memory (Linux, cgroups(7)); containers are made of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

_OWN = Path("/proc/self/cgroup")
_ROOT = Path("/sys/fs/cgroup")


def left_in_groups(own: Path = _OWN, root: Path = _ROOT) -> Iterator[int]:
    """Yield the bytes of memory that are left in each group around us that has a limit; file caches give way."""
    for line in own.read_text(encoding="utf-8").splitlines() if own.exists() else ():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            yield from _left(root, path, ("memory.max", "memory.current", "inactive_file"))
        elif "memory" in controllers.split(","):
            words = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            yield from _left(root / "memory", path, words)


def _left(root: Path, path: str, words: tuple[str, str, str]) -> Iterator[int]:
    """Yield what is left in the group and in all above it; inside a container its own group is the root."""
    limit, usage, cache = words
    group = root / path.strip("/")
    for folder in (group, *group.parents) if group != root else (root,):
        if not folder.is_relative_to(root):
            return
        # A group may be hidden from us, or have no limit ("max").
        with contextlib.suppress(OSError, ValueError):
            allowed, used = (int((folder / name).read_text(encoding="ascii")) for name in (limit, usage))
            yield allowed - used + _number(folder / "memory.stat", cache)


def _number(file: Path, name: str) -> int:
    """Return the number that stands behind a name in a file of names and numbers."""
    told = dict(line.split(" ", 1) for line in file.read_text(encoding="ascii").splitlines())
    return int(told.get(name, 0))
