"""What a benchmark found: durations of the same thing done many times."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Figure:
    """Durations in milliseconds, in the order of their taking; *against* names the figure that is its measure."""

    name: str
    against: str = ""
    milliseconds: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        """The median."""
        return statistics.median(self.milliseconds)

    @property
    def p95(self) -> float:
        """Nineteen of twenty took no longer."""
        return sorted(self.milliseconds)[int(len(self.milliseconds) * 0.95)]

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Take the time of the block."""
        begun = time.perf_counter()
        yield
        self.add(time.perf_counter() - begun)

    def add(self, seconds: float) -> None:
        """Add one duration."""
        self.milliseconds.append(seconds * 1000)


def in_turn(rounds: int, *things: tuple[Figure, Callable[[], object]]) -> list[Figure]:
    """Do each thing once per round, so that a noisy machine disturbs them alike."""
    for _ in range(rounds):
        for figure, do in things:
            with figure.taken():
                do()
    return [figure for figure, _ in things]


@contextmanager
def on_one_processor() -> Iterator[None]:
    """Have this process, and those that it starts in the block, on one processor, where the system can do that.

    What is done in turns by two processes is then the work of both. On two processors it is mostly the waking of one by
    the other, which takes as long as it likes, longer than the work.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a text table; a ratio is of medians, against the figure that is named beside it."""
    medians = {figure.name: figure.p50 for figure in figures}
    lines = [f"{'':66}{'p50 ms':>10}{'p95 ms':>10}{'n':>7}   ratio"]
    for figure in figures:
        peer, _, _ = figure.against.partition(",")
        ratio = f"{figure.p50 / medians[figure.against]:.2f} x {peer}" if peer else ""
        lines.append(f"{figure.name:66}{figure.p50:10.2f}{figure.p95:10.2f}{len(figure.milliseconds):7}   {ratio}")
    return "\n".join(lines)


def write_json(figures: Sequence[Figure], file: Path) -> None:
    """Write all figures with their medians."""
    file.parent.mkdir(parents=True, exist_ok=True)
    found = {
        figure.name: {"p50_ms": figure.p50, "p95_ms": figure.p95, "n": len(figure.milliseconds)} for figure in figures
    }
    file.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
