"""PostgreSQL's shared memory: a server that is killed leaves a piece of it, which nothing but a command removes.

A few bytes each; but the system has a small number of them (4096 on Linux, 32 on macOS), and then no server starts.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from pathlib import Path

SHARED_MEMORY = "shared memory"
"""The kind of entry in the ledger: {"data": the data folder}."""
_IPC_RMID = 0


def free_memory(data: Path) -> None:
    """Remove the shared memory of the server that ran on a data folder; it must have ended."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        # Line 7 of the file has key and number; a server that ends by itself removes the file.
        key, number = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[6].split()
        _remove(int(key), int(number))


def _remove(key: int, number: int) -> None:
    if os.name != "posix":
        return
    libc = ctypes.CDLL(None)
    if libc.shmget(ctypes.c_int(key), ctypes.c_size_t(0), 0) == number:  # it is still that one
        libc.shmctl(number, _IPC_RMID, None)
