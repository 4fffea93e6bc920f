"""Log files that others write: read from a position on, and kept small by giving up their oldest bytes.

What is given up becomes a hole (fallocate(2)): it takes no room, and the bytes behind it stay at their positions.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from IntegrationLibrary.base.text import last_lines

LARGEST_READ = 1024 * 1024
"""No more bytes are read at once, and none of these lines is longer."""

_KEEP_SIZE, _PUNCH_HOLE = 0x01, 0x02  # linux/falloc.h
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class LogReader:
    """Reads a log line by line, in little memory, from where it was read up to the last time."""

    def __init__(self, file: Path, position: int = 0) -> None:
        self._file = file
        self._position = position
        self._ended = 0
        self.count = 0
        """How many lines were read, one that is not ended yet included."""
        self.left_out = 0
        """Bytes that should have been read and were given up before."""

    def lines(self) -> Iterator[str]:
        """Yield the lines that are new; one that is not ended yet is yielded now, and again with its rest."""
        if not self._file.exists():
            return
        self.count = self._ended
        with self._file.open("rb") as log:
            if self._position > os.fstat(log.fileno()).st_size:  # it was truncated: all of it is new
                self._position = 0
            self._skip_hole(log.fileno())
            log.seek(self._position)
            while line := log.readline(LARGEST_READ):
                if line[0] == 0 and self._skip_hole(log.fileno()):  # it was given up after this began to read
                    log.seek(self._position)
                    continue
                self.count = self._ended + 1
                if line.endswith(b"\n") or len(line) == LARGEST_READ:
                    self._position, self._ended = log.tell(), self.count
                yield line.decode("utf-8", errors="replace").rstrip("\r\n")

    def _skip_hole(self, descriptor: int) -> bool:
        skipped = first_kept(descriptor) - self._position
        if skipped > 0:
            self.left_out += skipped
            self._position += skipped
        return skipped > 0


@dataclass(frozen=True)
class Tail:
    """The newest lines of a log, and how many bytes before them were asked for and are not in them."""

    lines: list[str]
    left_out: int = 0


def tail(file: Path, *, since: int = 0) -> Tail:
    """Return the lines after the position *since*, at most the newest `LARGEST_READ` bytes of them."""
    end = end_of(file)
    since = since if since <= end else 0  # it was truncated: all of it is new
    begin = since if end - since <= LARGEST_READ else _next_line(file, end - LARGEST_READ)
    reader = LogReader(file, begin)
    return Tail(list(reader.lines()), begin - since + reader.left_out)


def last_words(file: Path, *, since: int = 0) -> str:
    """Return the last lines after the position *since* as one text."""
    return last_lines(tail(file, since=since).lines)


def _next_line(file: Path, position: int) -> int:
    """Return where the first line behind *position* begins, of what is kept; in an endless line, *position*."""
    with file.open("rb") as log:
        kept = first_kept(log.fileno())
        if kept >= position:
            return kept
        log.seek(position - 1)  # a line may begin right here
        line = log.readline(LARGEST_READ)
        return log.tell() if line.endswith(b"\n") else position


def end_of(file: Path) -> int:
    """Return where the log ends now, in bytes; 0 when it is not there."""
    return file.stat().st_size if file.exists() else 0


def size_words(size: int) -> str:
    """Return a number of bytes as a person would say it."""
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:  # noqa: PLR2004
            return f"{size:.0f} {unit}"
        size //= 1024
    return f"{size} GiB"


def first_kept(descriptor: int) -> int:
    """Return where the bytes of an open file begin that were not given up."""
    here = os.lseek(descriptor, 0, os.SEEK_CUR)
    try:
        begin = os.lseek(descriptor, 0, os.SEEK_DATA)  # at the beginning of a block: it may have some zeros left
    except (AttributeError, OSError):
        return 0
    finally:
        os.lseek(descriptor, here, os.SEEK_SET)  # who reads the file goes on where it was
    while begin and (block := os.pread(descriptor, 4096, begin)):
        kept = block.lstrip(b"\0")
        begin += len(block) - len(kept)
        if kept:
            break
    return begin


def kept_size(file: Path) -> int:
    """Return how many bytes the log still has."""
    with file.open("rb") as log:
        return os.fstat(log.fileno()).st_size - first_kept(log.fileno())


def give_up_oldest(file: Path, *, keep: int) -> int:
    """Give up the oldest lines, so that the newest *keep* bytes stay; return how many bytes were given up.

    Raises:
        OSError: The file system cannot do that.

    """
    with file.open("r+b") as log:
        begin, end = first_kept(log.fileno()), os.fstat(log.fileno()).st_size
        if end - begin <= keep:
            return 0
        stays = _next_line(file, end - keep)
        _punch(log.fileno(), stays)
        return stays - begin


def _punch(descriptor: int, length: int) -> None:
    if _libc is None:
        raise OSError("only Linux can make room at the beginning of a file")
    how = ctypes.c_int(_KEEP_SIZE | _PUNCH_HOLE)
    if _libc.fallocate(ctypes.c_int(descriptor), how, ctypes.c_int64(0), ctypes.c_int64(length)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
