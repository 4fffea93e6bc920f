"""The one loop that sleeps."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from IntegrationLibrary.base.text import counted, listed, seconds

_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 0.25


class Readiness(enum.Enum):
    """What one answer means for the wait."""

    READY = "ready"
    NOT_YET = "not yet"
    NEVER = "never"


@dataclass(frozen=True)
class Answer:
    """One answer to the question that is waited for: *text* says what was seen, in the words of a failure."""

    readiness: Readiness
    text: str

    @classmethod
    def ready(cls, text: str = "") -> Answer:
        """Return the answer that ends the wait well."""
        return cls(Readiness.READY, text)

    @classmethod
    def not_yet(cls, text: str) -> Answer:
        """Return an answer after which asking again makes sense."""
        return cls(Readiness.NOT_YET, text)

    @classmethod
    def never(cls, text: str) -> Answer:
        """Return an answer after which asking again is useless: the process has ended, the password is wrong."""
        return cls(Readiness.NEVER, text)


@dataclass(frozen=True)
class Waited:
    """How a wait went: the last answer, and the changes of answer over time as (seconds since start, text)."""

    last: Answer
    elapsed: float
    attempts: int
    history: list[tuple[float, str]] = field(default_factory=list)

    @property
    def is_ready(self) -> bool:
        """Whether what was waited for came about."""
        return self.last.readiness is Readiness.READY

    @property
    def is_never(self) -> bool:
        """Whether the wait was given up because it could not end well."""
        return self.last.readiness is Readiness.NEVER

    def seen(self) -> str:
        """Return what was seen over time, newest last, for the `Seen:` of a failure."""
        lines = [f"{self.last.text} ({counted(self.attempts, 'attempt')} in {seconds(self.elapsed)})"]
        if len(self.history) > 1:
            before = [f"after {seconds(at)}: {text}" for at, text in self.history[:-1]]
            lines.append("before that " + listed(before[-5:], separator="; "))
        return "\n".join(lines)


class Clock(Protocol):
    """What a wait needs of time; tests hand in one that they move themselves."""

    def monotonic(self) -> float:
        """Return seconds on a clock that never goes back."""

    def sleep(self, duration: float, /) -> None:
        """Pause for *duration* seconds."""


def wait_until(ask: Callable[[], Answer], *, timeout: float, clock: Clock = time) -> Waited:
    """Ask until the answer is ready or never, or *timeout* seconds have gone by; the last answer is kept.

    Asks at least once, and a last time at the deadline. Pauses grow from 10 to 250 milliseconds.
    """
    start = clock.monotonic()
    pause, attempts = _FIRST_PAUSE, 0
    history: list[tuple[float, str]] = []
    while True:
        answer = ask()
        attempts += 1
        elapsed = clock.monotonic() - start
        if not history or history[-1][1] != answer.text:
            history.append((elapsed, answer.text))
        if answer.readiness is not Readiness.NOT_YET or elapsed >= timeout:
            return Waited(answer, elapsed, attempts, history)
        clock.sleep(max(min(pause, timeout - elapsed), 0))
        pause = min(pause * 1.5, _LONGEST_PAUSE)
