"""The logs of a run do not fill the disk."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from IntegrationLibrary.base.logs import LogReader, kept_size
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.session import Session
from IntegrationLibrary.supervisor.log_sizes import LARGEST_LOG, LogSizes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can make room at the beginning of a file")

MIB = 1024 * 1024
CHATTER = """\
environment: chatter
services:
  chatter:
    type: process
    command: [python, chatter.py]
    ready: {log: ^listening}
"""
PROGRAM = """\
import signal
print("listening", flush=True)
line = "x" * 93
for number in range(500_000):
    print(f"{number:06}{line}")
print("done", flush=True)
signal.pause()
"""


def test_a_service_may_print_more_than_the_disk_has(open_environment: Callable[[str], Session], tmp_path: Path) -> None:
    """Fifty megabytes are cut while it prints; every newer line is there, and readiness is not forgotten."""
    (tmp_path / "chatter.py").write_text(PROGRAM, encoding="utf-8")
    service = open_environment(CHATTER).service("chatter")

    is_cut = wait_until(
        lambda: Answer.ready() if _is_done(service.log) and kept_size(service.log) <= LARGEST_LOG else _NOT_YET,
        timeout=60,
    ).is_ready
    *numbers, last = [line[:6] for line in LogReader(service.log).lines()]

    assert is_cut
    assert last == "done"
    assert len(numbers) >= LARGEST_LOG // 2 // 100 - 1
    assert numbers == [f"{number:06}" for number in range(500_000 - len(numbers), 500_000)]
    assert service.ask()[0] == Answer.ready("listening")


_NOT_YET = Answer.not_yet("it still prints, or its log is still long")


def _is_done(log: Path) -> bool:
    with log.open("rb") as file:
        file.seek(-min(log.stat().st_size, 5), 2)
        return file.read() == b"done\n"


def test_only_long_logs_are_cut(tmp_path: Path) -> None:
    """Those of the supervisor, of services and of what these run beside themselves; files that are no logs are not."""
    (tmp_path / "e1" / "shop").mkdir(parents=True)
    long = [tmp_path / "supervisor.log", tmp_path / "e1" / "shop.log", tmp_path / "e1" / "shop" / "after_rollback.log"]
    others = [tmp_path / "e1" / "shop" / "data.bin", tmp_path / "ledger.jsonl"]
    short = tmp_path / "e1" / "postgres.log"
    for file in [*long, *others]:
        file.write_bytes(b"0123456789abcde\n" * (MIB // 4))
    short.write_bytes(b"ready\n" * 1000)

    LogSizes(tmp_path, largest=2 * MIB).look()

    assert [kept_size(file) for file in long] == [MIB] * 3
    assert [kept_size(file) for file in others] == [4 * MIB] * 2
    assert short.read_bytes() == b"ready\n" * 1000


def test_a_log_that_cannot_be_cut_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It goes on growing; the others are cut all the same."""
    stuck, other = tmp_path / "a.log", tmp_path / "b.log"
    for file in (stuck, other):
        file.write_bytes(b"0123456789abcde\n" * (MIB // 4))
    sealed = stuck.rename(tmp_path / "sealed")
    stuck.mkdir()  # no file at all: nothing can be cut there
    sizes = LogSizes(tmp_path, largest=1024)

    with caplog.at_level(logging.WARNING):
        sizes.look()
        sizes.look()

    assert kept_size(other) <= 1024
    assert sealed.stat().st_size == 4 * MIB
    assert [record.getMessage() for record in caplog.records] == [
        f"{stuck} has grown beyond 1 KiB and goes on: [Errno 21] Is a directory: '{stuck}'."
    ]
