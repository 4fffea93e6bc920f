"""Logs are read from a position on, in little memory, and give up their oldest lines without moving the others."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from IntegrationLibrary.base.logs import (
    LARGEST_READ,
    LogReader,
    end_of,
    give_up_oldest,
    kept_size,
    last_words,
    size_words,
    tail,
)

MIB = 1024 * 1024
PRINTER = "import sys; sys.stdout.write(''.join(f'line {number:94}\\n' for number in range({count})))"
only_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can make room at the beginning of a file")


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What a process prints that prints forty megabytes."""
    file = tmp_path_factory.mktemp("printed") / "printed.log"
    with file.open("ab") as log:
        subprocess.run([sys.executable, "-c", PRINTER.replace("{count}", "400_000")], stdout=log, check=True)
    return file.read_bytes()


@pytest.fixture
def long_log(tmp_path: Path, printed: bytes) -> Path:
    """A log of forty megabytes."""
    file = tmp_path / "shop.log"
    file.write_bytes(printed)
    return file


@only_linux
def test_the_newest_lines_stay_whole_and_where_they_were(long_log: Path, printed: bytes) -> None:
    """What is given up frees the disk; positions that somebody has remembered mean the same bytes as before."""
    freed = give_up_oldest(long_log, keep=4 * MIB)

    kept = long_log.read_bytes()[freed:]
    assert kept == printed[freed:]
    assert printed[freed - 1 : freed] == b"\n"
    assert end_of(long_log) == len(printed)
    assert kept_size(long_log) == len(kept) == len(printed) - freed
    assert 4 * MIB - 100 < len(kept) <= 4 * MIB
    assert long_log.stat().st_blocks * 512 < 5 * MIB


@only_linux
def test_a_process_that_goes_on_writing_notices_nothing(tmp_path: Path) -> None:
    """It appends; what it writes meanwhile is there to the last line."""
    log = tmp_path / "shop.log"
    with log.open("ab") as output:
        process = subprocess.Popen([sys.executable, "-c", PRINTER.replace("{count}", "200_000")], stdout=output)
    while process.poll() is None:
        cut_beyond(2 * MIB, log)
    cut_beyond(2 * MIB, log)

    numbers = [int(line.removeprefix("line ")) for line in LogReader(log).lines()]
    assert numbers == list(range(numbers[0], 200_000))
    assert numbers[0] > 0
    assert kept_size(log) <= 2 * MIB


def cut_beyond(largest: int, log: Path) -> None:
    """Keep the newest half of a log that has grown too long, as a supervisor does."""
    if kept_size(log) > largest:
        give_up_oldest(log, keep=largest // 2)


@only_linux
def test_readers_pass_over_what_is_gone(long_log: Path) -> None:
    """They begin with the first whole line that is there, and say how much they missed."""
    freed = give_up_oldest(long_log, keep=MIB // 2)
    reader = LogReader(long_log, 5)

    first = next(reader.lines())

    assert first.startswith("line")
    assert reader.left_out == freed - 5
    assert tail(long_log).lines[0] == first
    assert tail(long_log).left_out == freed
    assert tail(long_log, since=end_of(long_log) - 8).lines == [" 399999"]
    assert tail(long_log, since=end_of(long_log) - 8).left_out == 0


@only_linux
def test_oldest_lines_can_be_given_up_again(long_log: Path, printed: bytes) -> None:
    """What is gone already does not count."""
    first = give_up_oldest(long_log, keep=8 * MIB)
    second = give_up_oldest(long_log, keep=4 * MIB)

    assert give_up_oldest(long_log, keep=4 * MIB) == 0
    assert long_log.read_bytes()[first + second :] == printed[first + second :]


@only_linux
def test_one_endless_line_is_cut_too(tmp_path: Path) -> None:
    """A program may print without ever ending a line."""
    log = tmp_path / "dots.log"
    log.write_bytes(b"." * (6 * MIB))

    give_up_oldest(log, keep=3 * MIB)

    assert kept_size(log) == 3 * MIB
    assert [len(line) for line in LogReader(log).lines()] == [LARGEST_READ] * 3
    assert len(last_words(log)) == LARGEST_READ


def test_reading_takes_little_memory(long_log: Path) -> None:
    """A log of a gigabyte is read as one of a megabyte is."""
    tracemalloc.start()
    found = tail(long_log)
    last = last_words(long_log)
    count = sum(1 for _ in LogReader(long_log, end_of(long_log) - 2 * MIB).lines())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert last.splitlines()[-1] == found.lines[-1] == f"line {399999:94}"
    assert found.left_out > end_of(long_log) - LARGEST_READ - 1
    assert count > 20_000
    assert peak < 8 * MIB


def test_only_new_lines_are_read_again(tmp_path: Path) -> None:
    """A line that was not ended yet is read again with its rest."""
    log = tmp_path / "shop.log"
    log.write_bytes(b"one\ntw")
    reader = LogReader(log)

    assert list(reader.lines()) == ["one", "tw"]
    assert reader.count == 2
    with log.open("ab") as file:
        file.write(b"o\r\nthree\n")
    assert list(reader.lines()) == ["two", "three"]
    assert reader.count == 3
    assert list(reader.lines()) == []
    assert reader.count == 3


def test_a_log_that_was_truncated_is_read_from_its_start(tmp_path: Path) -> None:
    """All of it is new then."""
    log = tmp_path / "shop.log"
    log.write_bytes(b"new\n")

    assert list(LogReader(log, 1000).lines()) == ["new"]
    assert tail(log, since=1000).lines == ["new"]
    assert tail(log, since=1000).left_out == 0


def test_a_log_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    """Nor an end."""
    log = tmp_path / "none.log"

    assert list(LogReader(log).lines()) == []
    assert tail(log).lines == []
    assert end_of(log) == 0
    assert last_words(log) == ""


def test_zeros_that_a_service_printed_are_its_own(tmp_path: Path) -> None:
    """They are no hole."""
    log = tmp_path / "shop.log"
    log.write_bytes(b"\0\0\nready\n")

    assert list(LogReader(log).lines()) == ["\0\0", "ready"]
    assert kept_size(log) == log.stat().st_size


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1 KiB"), (34 * MIB, "34 MiB"), (2**31, "2 GiB")]
)
def test_sizes_are_said_as_a_person_would(size: int, words: str) -> None:
    """With their unit."""
    assert size_words(size) == words
