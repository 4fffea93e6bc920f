"""Whoever is killed, and whenever: nothing of the run is left at the latest after the next start, which passes."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest
from fixtures.killing import PABOT, Ground, MakeGround
from fixtures.memory import exhaust

from IntegrationLibrary.base.waiting import Answer, wait_until

MOMENTS = ("starting", "template", "slot", "seeding", "test", "rollback", "teardown")
TARGETS = ("robot", "pabot", "worker", "supervisor", "server")
SIGNALS = ("SIGINT", "SIGTERM", "SIGKILL")
TAKES_ALL = bool(os.environ.get("STRESS"))


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix."""

    moment: str
    target: str
    ended_by: str

    @property
    def program(self) -> list[str]:
        """What the run is started with."""
        return PABOT if self.target in {"pabot", "worker"} else ["robot"]

    @property
    def goes_on(self) -> bool:
        """Whether somebody who was not killed waits at the moment for its end."""
        if self.moment == "teardown":
            return True
        return self.target == "server" or (self.target == "supervisor" and self.moment == "test")

    @property
    def cleans_up_at_once(self) -> bool:
        """Whether the supervisor lives to do it."""
        return (self.target, self.ended_by) != ("supervisor", "SIGKILL")

    def __str__(self) -> str:
        return f"{self.ended_by} to {self.target} at {self.moment}"


ALL = [Cell(*cell) for cell in itertools.product(MOMENTS, TARGETS, SIGNALS)]
PAIRS = [
    Cell(moment, target, SIGNALS[(i + j) % len(SIGNALS)])
    for i, moment in enumerate(MOMENTS)
    for j, target in enumerate(TARGETS)
]
"""Cells that have every two of a moment, a target and a signal together; STRESS=1 takes all."""


@pytest.mark.parametrize("cell", ALL if TAKES_ALL else PAIRS, ids=str)
def test_nothing_is_left_of_a_run_that_is_killed_and_the_next_one_passes(make_ground: MakeGround, cell: Cell) -> None:
    """A process is ended while the run waits at the moment."""
    ground = make_ground()
    _prepare(ground, cell.moment)
    process = ground.start(*cell.program, moment=cell.moment)
    with _brought_to(ground, cell.moment, process):
        os.kill(_pid(ground, cell.target, process), signal.Signals[cell.ended_by])
        if cell.goes_on:
            ground.release()
        ground.wait(process)
    if cell.cleans_up_at_once:
        ground.leaves_nothing()
    ground.release()
    ground.run()
    ground.leaves_nothing()


@pytest.mark.parametrize("moment", MOMENTS if TAKES_ALL else ["slot", "test"])
def test_nothing_is_left_when_the_memory_is_at_its_end_and_the_next_run_passes(
    memory_group: Path, make_ground: MakeGround, moment: str
) -> None:
    """The kernel kills whom it chooses: robot, the supervisor, the server, a service."""
    ground = make_ground()
    _prepare(ground, moment)
    process = ground.start("robot", moment=moment, inside=memory_group)
    with _brought_to(ground, moment, process):
        exhaust(memory_group)
        ground.release()
        ground.wait(process)
    ground.run()
    ground.leaves_nothing()


def _prepare(ground: Ground, moment: str) -> None:
    """Make templates and seeds that no other project has, where the moment comes only when they are made."""
    if moment == "template":
        (ground.project / "migrations" / "own.txt").write_text(ground.mark, encoding="utf-8")
    if moment == "seeding":
        waits = (
            f"COPY (SELECT 1) TO '{ground.told}/seeding';\n"
            f"DO $$ BEGIN WHILE pg_stat_file('{ground.told}/release', true) IS NULL LOOP PERFORM pg_sleep(0.05);\n"
            "END LOOP; END $$;\n"
        )
        (ground.project / "seeds" / "2.sql").write_text(waits, encoding="utf-8")


@contextlib.contextmanager
def _brought_to(ground: Ground, moment: str, process: subprocess.Popen[str]) -> Iterator[None]:
    """Wait until the moment has come; the rollback is held up by a transaction that has written and does not end."""
    told = ground.wait_for(moment, process)
    if moment != "rollback":
        yield
        return
    with psycopg.connect(told) as holder, psycopg.connect(told, autocommit=True) as watcher:
        holder.execute("INSERT INTO boxes (name) VALUES ('held')")
        ground.release()
        waited = wait_until(lambda: _is_held_up(watcher), timeout=30)
        assert waited.is_ready, waited.seen()
        yield
        for each in (holder, watcher):
            each.close()


def _is_held_up(watcher: psycopg.Connection) -> Answer:
    found = watcher.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return Answer.ready() if found and found[0] else Answer.not_yet("nobody waits for a lock")


def _pid(ground: Ground, target: str, process: subprocess.Popen[str]) -> int:
    if target in {"robot", "pabot"}:
        return process.pid
    if target == "worker":
        (worker,) = [each for each in psutil.Process(process.pid).children() if "robot" in each.cmdline()]
        return worker.pid
    (control,) = ground.folder.glob("tmp/integrationlibrary-*/run-*/control.json")
    supervisor = int(json.loads(control.read_text(encoding="utf-8"))["pid"])
    if target == "supervisor":
        return supervisor
    (server,) = [each for each in psutil.Process(supervisor).children() if Path(each.cmdline()[0]).name == "postgres"]
    return server.pid
