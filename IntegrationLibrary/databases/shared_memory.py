"""PostgreSQL's shared memory: a server that is killed leaves a piece of it, which nothing but a command removes.

A few bytes each; but the system has a small number of them (4096 on Linux, 32 on macOS), and then no server starts.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Collection
from pathlib import Path

SHARED_MEMORY = "shared memory"
"""The kind of entry in the ledger: {"data": the data folder}."""
_IPC_RMID = 0
_SMALL = 4096  # bytes; PostgreSQL's is its header alone, see PGSharedMemoryCreate in its sources


def free_memory(data: Path) -> None:
    """Remove the shared memory of the server that ran on a data folder; it must have ended."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        # Line 7 of the file has key and number; a server that ends by itself removes the file.
        key, number = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[6].split()
        _remove(int(key), int(number))


def free_memory_made_by(pids: Collection[int]) -> None:
    """Remove the shared memory that processes have made that ended, if nobody uses it; only Linux tells whose it is.

    A server that is killed while it ends may leave memory that its data folder does not tell of any more.
    """
    table = Path("/proc/sysvipc/shm")  # proc(5); key, number, mode, size, creator, last user, users
    for line in table.read_text(encoding="ascii").splitlines()[1:] if table.exists() else ():
        key, number, _, size, creator, _, users = map(int, line.split()[:7])
        if creator in pids and users == 0 and size < _SMALL:  # pids come again: a larger one is another program's
            _remove(key, number)


def _remove(key: int, number: int) -> None:
    if os.name != "posix":
        return
    libc = ctypes.CDLL(None)
    if libc.shmget(ctypes.c_int(key), ctypes.c_size_t(0), 0) == number:  # it is still that one
        libc.shmctl(number, _IPC_RMID, None)
