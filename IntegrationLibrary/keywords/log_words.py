"""What keywords on logs share: where to begin, what a pattern is, and how a failure tells of a log."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, Protocol

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.logs import LogReader, last_words
from IntegrationLibrary.base.redaction import mask_text
from IntegrationLibrary.base.text import counted, shortened

Since = Literal["test", "start"]

_WORD = re.compile(r"[^\W_]{3,}")
_MOST_NEAREST = 3


class Logging(Protocol):
    """A service that has a log."""

    @property
    def log(self) -> Path: ...  # noqa: D102 as the class says


class LogPositions(Protocol):
    """What is needed of the session."""

    @property
    def logs_before(self) -> Mapping[str, int]: ...  # noqa: D102 where each log ended before the test began


def begin_of(session: LogPositions, service: str, since: Since) -> int:
    """Return from which byte on a service's log counts."""
    return 0 if since == "start" else session.logs_before.get(service, 0)


def since_words(since: Since) -> str:
    """Return from when on lines count, in words."""
    return "its start" if since == "start" else "the beginning of the test"


def compiled(pattern: str) -> re.Pattern[str]:
    """Return the regular expression.

    Raises:
        IntegrationError: It is none.

    """
    try:
        return re.compile(pattern)
    except re.error as error:
        raise IntegrationError(f"'{pattern}' is no regular expression.", seen=str(error)) from None


def none_of(count: int) -> str:
    """Return what was seen of so many lines without a match."""
    return f"{counted(count, 'line')}, none like that" if count else "no line"


def log_words(service: Logging, *, begin: int = 0) -> str:
    """Return the last lines of a service's log, secrets masked, to be put behind what was seen."""
    words = last_words(service.log, since=begin)
    return f"\nlast lines of its log:\n{mask_text(words)}" if words else "\nit logged nothing"


def earlier(service: Logging, expression: re.Pattern[str]) -> str | None:
    """Return what to do when a line was written before the test."""
    if not any(expression.search(line) for line in LogReader(service.log).lines()):
        return None
    return "such a line was written before the test; since=start lets it count"


def nearest_lines(lines: Iterable[str], pattern: str) -> list[str]:
    """Return the lines that have most of the pattern's words, in the order of the log; none when none has half."""
    words = {word.lower() for word in _WORD.findall(re.sub(r"\\.", " ", pattern))}
    scored = ((_score(line, words), number, line) for number, line in enumerate(lines))
    best = heapq.nlargest(_MOST_NEAREST, (each for each in scored if 2 * each[0] >= max(len(words), 1)))
    return [shortened(line) for _, _, line in sorted(best, key=lambda each: each[1])]


def _score(line: str, words: set[str]) -> int:
    lower = line.lower()
    return sum(word in lower for word in words)
