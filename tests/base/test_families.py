"""A process with its children, treated as one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from IntegrationLibrary.base.families import kill_family, pause_family, resume_family
from IntegrationLibrary.base.waiting import Answer, wait_until

SPIN = """
import os
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
{begin}
print(flush=True)
while True:
    pass
"""
HOG = SPIN.replace("{begin}", "")
CROWD = SPIN.replace("{begin}", "os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0)); os.fork(); os.fork()")


@pytest.fixture
def crowd() -> Iterator[subprocess.Popen[bytes]]:
    """Four processes that get a processor only when another one leaves them some of it."""
    with spinning(CROWD, 4) as crowd, spinning(HOG, 1):
        yield crowd


@contextmanager
def spinning(program: str, processes: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program that spins, once all its processes do."""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(processes):
            process.stdout.readline()
        yield process
        kill_family(process)


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="sets how processes are scheduled")
def test_who_is_paused_does_nothing_any_more(crowd: subprocess.Popen[bytes]) -> None:
    """Not even the one whose turn has not come since it got the signal."""
    family = [psutil.Process(crowd.pid), *psutil.Process(crowd.pid).children(recursive=True)]

    pause_family(crowd)

    assert [each.status() for each in family] == ["stopped"] * 4
    resume_family(crowd)
    assert wait_until(lambda: _all_run(family), timeout=10).is_ready


def _all_run(family: list[psutil.Process]) -> Answer:
    still = [each for each in family if each.status() == psutil.STATUS_STOPPED]
    return Answer.not_yet(f"{still}") if still else Answer.ready()
