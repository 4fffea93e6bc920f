"""Shared memory of processes that were killed is removed, and nobody else's."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from IntegrationLibrary.databases.shared_memory import free_memory_made_by

_TABLE = Path("/proc/sysvipc/shm")
_MAKE = (
    "import ctypes, os\n"
    "libc = ctypes.CDLL(None)\n"
    "number = libc.shmget(os.getpid() + 1_000_000, 64, 0o1600)\n"
    "assert number != -1\n"
)

pytestmark = pytest.mark.skipif(not _TABLE.exists(), reason="only Linux tells whose shared memory it is")


def creators() -> list[int]:
    """Return the processes that made what there is."""
    return [int(line.split()[4]) for line in _TABLE.read_text(encoding="ascii").splitlines()[1:]]


def test_what_a_dead_process_made_is_removed() -> None:
    """Only what processes made that are named."""
    makers = [subprocess.Popen([sys.executable, "-c", _MAKE]) for _ in range(2)]
    first, second = (maker.pid for maker in makers if maker.wait() == 0)
    before = creators()

    free_memory_made_by({first})

    assert {first, second} <= set(before)
    assert first not in creators()
    assert second in creators()
    free_memory_made_by({second})
    assert second not in creators()


def test_what_is_in_use_stays() -> None:
    """It is not the named process's alone any more."""
    attach = "libc.shmat.restype = ctypes.c_void_p\nlibc.shmat(number, None, 0)\nprint(flush=True)\ninput()\n"
    with subprocess.Popen(
        [sys.executable, "-c", _MAKE + attach], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as maker:
        assert maker.stdout is not None
        maker.stdout.readline()

        free_memory_made_by({maker.pid})

        assert maker.pid in creators()
        maker.communicate(b"\n")
    free_memory_made_by({maker.pid})
    assert maker.pid not in creators()


def test_what_is_larger_is_another_programs() -> None:
    """Its creator only had the same pid, at another time."""
    maker = subprocess.Popen([sys.executable, "-c", _MAKE.replace(", 64,", ", 8192,") + "print(number)"], stdout=-1)
    number = int(maker.communicate()[0])

    free_memory_made_by({maker.pid})
    left = maker.pid in creators()
    ctypes.CDLL(None).shmctl(number, 0, None)

    assert left
    assert maker.pid not in creators()
