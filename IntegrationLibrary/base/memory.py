"""Folders in memory, for data that is worth nothing after its run: writing there costs no disk.

Only Linux has a place for them (shm_overview(7)). A folder is its maker's as long as that lives and holds its lock;
one whose maker has died is removed by the next run of the same user, whatever else of the dead one is still known.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.limits import left_in_groups
from IntegrationLibrary.base.paths import is_root, make_passable, users_folder

_PLACE = Path("/dev/shm")  # noqa: S108 it is the place, and what is made there is this user's alone
_LOGIND = Path("/run/systemd/seats")
_LINGERING = Path("/var/lib/systemd/linger")
_FIRST_PERSON = 1000  # users below are the system's, and keep what they have (logind.conf(5), RemoveIPC)

ROOM_IN_MEMORY = 2 * 1024**3
"""Bytes that must be free there besides what is put in at first: for what tests write, and PostgreSQL's log of it."""


def free_memory_bytes() -> int:
    """Return how much can be kept in memory: what its file system has left, the machine, and our limits; 0 for none."""
    if not _PLACE.is_dir() or _may_be_emptied():
        return 0
    return min(shutil.disk_usage(_PLACE).free, psutil.virtual_memory().available, *left_in_groups())


def folder_in_memory() -> Path | None:
    """Return the name of a folder in memory that is not there yet; None where there is no place for one."""
    if not _PLACE.is_dir():
        return None
    with contextlib.suppress(EnvironmentFailure, OSError):
        return users_folder(_PLACE) / uuid.uuid4().hex
    return None


class MemoryFolder:
    """A folder in memory, from when it is made until it is removed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = _make_and_lock(path)

    def remove(self) -> None:
        """Remove it with all that is in it. Idempotent."""
        if self._lock is not None:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._lock)
            self._lock = None


def sweep_memory() -> None:
    """Remove this user's folders whose makers have died."""
    for path in _folders():
        with contextlib.suppress(OSError), _locked(path):
            shutil.rmtree(path, ignore_errors=True)


def _may_be_emptied() -> bool:
    """Return whether somebody else's logout may remove what is there (logind.conf(5), RemoveIPC).

    That is so for persons who do not linger. Who is logged in has it as long as the session; a service's user, who is
    not, may lose it whenever another session of the same user ends.
    """
    if is_root() or os.getuid() < _FIRST_PERSON or not _LOGIND.exists() or "XDG_SESSION_ID" in os.environ:
        return False
    return not (_LINGERING / psutil.Process().username()).exists()


def _folders() -> list[Path]:
    named = folder_in_memory()
    return list(named.parent.iterdir()) if named is not None else []


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Have the lock of a folder for the block; BlockingIOError tells that its maker lives."""
    import fcntl

    lock = _opened(path)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _is_still(lock, path):
            raise FileNotFoundError(path)
        yield
    finally:
        os.close(lock)


def _make_and_lock(path: Path) -> int:
    """Make the folder and have its lock; a sweep that came between the two has removed it, and it is made again."""
    import fcntl

    while True:
        make_passable(path)
        with contextlib.suppress(FileNotFoundError):
            lock = _opened(path)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _is_still(lock, path):
                return lock
            os.close(lock)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)


def _is_still(lock: int, path: Path) -> bool:
    """Return whether the folder is the one that was opened: it may have been removed, and made again, meanwhile."""
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(lock), path.lstat())
    return False
