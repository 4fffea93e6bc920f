"""Slots under stress: no two workers have the same one, and none finds what another left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from fixtures.leasing import Lane
from fixtures.runs import Project

from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.session import Session
from IntegrationLibrary.supervisor.client import reach_supervisor
from IntegrationLibrary.supervisor.runs import RunFolder

LANES = 8
ROUNDS = 50 if os.environ.get("STRESS") else 4
TESTS = 48 if os.environ.get("STRESS") else 8
ENVIRONMENT = """\
environment: leases
services:
  postgres:
    type: postgres
    databases:
      box:
        migrations: migrations
        seeds: [seeds.yaml]
  own:
    type: process
    command: [python, -S, serve.py, "${own.port}"]
    folder: .
    ready: {tcp: true}
"""
SERVE = """\
import socketserver, sys
class Server(socketserver.TCPServer):
    allow_reuse_address = True
Server(("127.0.0.1", int(sys.argv[1])), socketserver.BaseRequestHandler).serve_forever()
"""
LATE = """\
import socketserver, sys, time
import psycopg
class Late(socketserver.BaseRequestHandler):
    def handle(self):
        if self.request.recv(1):
            self.request.sendall(b"x")
            self.request.recv(1)  # until the worker has gone
            psycopg.connect(sys.argv[2], autocommit=True).execute("SELECT pg_sleep(1)").connection.execute(
                "INSERT INTO boxes (name) VALUES ('late')")
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
Server(("127.0.0.1", int(sys.argv[1])), Late).serve_forever()
"""
SUITE = """\
*** Settings ***
Library           IntegrationLibrary
Library           DatabaseLibrary
Suite Setup       Start Environment    ${CURDIR}/environment.yaml

*** Test Cases ***
"""
WRITES = """\
{number} Sees Its Own Rows Only
    Row Count Should Be    books    1
    Execute Sql String    INSERT INTO books (title) VALUES ('{number}')    alias=shelf
    Row Count Should Be    books    2
"""
DIES = WRITES + "    Evaluate    os.kill(os.getpid(), 9)    modules=os\n"
DIES_IN = 4
"""Every so manyeth worker is killed while it has its slot."""


@pytest.fixture
def leases(tmp_path: Path) -> Iterator[Path]:
    """The folder of the environment."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1.sql").write_text("CREATE TABLE boxes (id serial PRIMARY KEY, name text UNIQUE)")
    (tmp_path / "seeds.yaml").write_text("boxes: [{name: seeded}]", encoding="utf-8")
    (tmp_path / "serve.py").write_text(SERVE, encoding="utf-8")
    (tmp_path / "environment.yaml").write_text(ENVIRONMENT, encoding="utf-8")
    (tmp_path / "told").mkdir()
    return tmp_path


def test_slots_are_clean_and_nobody_elses(leases: Path, run_root: subprocess.Popen[bytes]) -> None:
    """Workers take slots and give them back, die while they have them, and kill services; all find what is fresh."""
    root = ProcessIdentity.of(run_root.pid)
    watching = reach_supervisor(root)
    lanes = [
        Lane(
            str(leases / "environment.yaml"), str(leases / "told"), f"lane{number}", 0, ROUNDS, (root.pid, root.created)
        )
        for number in range(LANES)
    ]
    with ThreadPoolExecutor(LANES) as pool:
        deaths = list(pool.map(_run_to_its_end, lanes))
    said = RunFolder.of(root).log.read_text(encoding="utf-8")
    watching.close()

    assert sum(deaths) > 0
    assert "Service 'own' is started again: " in said


def _run_to_its_end(lane: Lane) -> int:
    """Start the lane again each time it dies, with the round after the one in which it did; return how often it did."""
    deaths = 0
    while True:
        done = _start_lane(lane, "run")
        if done.returncode == 0:
            return deaths
        assert done.returncode == -signal.SIGKILL, done.stderr
        deaths += 1
        told = (Path(lane.folder) / f"{lane.name}.told").read_text(encoding="utf-8").splitlines()
        lane = replace(lane, first=int(told[-1].split()[1]) + 1)


def _start_lane(lane: Lane, what: str) -> subprocess.CompletedProcess[str]:
    """Have a child process do it, and return how it ended."""
    tests = Path(__file__).parent.parent
    paths = [str(tests.parent), str(tests), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.run(
        [sys.executable, "-m", "fixtures.leasing", json.dumps(asdict(lane)), what],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )


def test_workers_that_are_killed_leave_nothing_to_the_next(project: Project) -> None:
    """Under pabot, a worker for each test, some of them killed while they have a slot that they have written to."""
    dying = range(DIES_IN - 1, TESTS, DIES_IN)
    tests = [(DIES if number in dying else WRITES).format(number=number) for number in range(TESTS)]
    project.write({"suite.robot": SUITE + "\n".join(tests)})

    run = project.pabot("--processes", "8", "--testlevelsplit")

    assert run.failures == {}
    assert len(run.tests) == TESTS - len(dying)
    assert run.leaves_nothing()


def test_a_service_that_died_is_started_again_and_the_next_worker_is_told(project: Project) -> None:
    """The log of the test that finds it anew says so."""
    kills = """\
*** Test Cases ***
It Kills The Catalogue
    ${port} =    Get Service Field    catalogue    port
    Evaluate    [os.kill(c.pid, 9) for c in psutil.net_connections("tcp") if c.laddr.port == ${port} and c.pid]
    ...    modules=os, psutil
"""
    finds = "*** Test Cases ***\nIt Finds It Again\n    Service Should Be Ready    catalogue\n"
    project.write({"1.robot": kills, "2.robot": finds})

    run = project.pabot("--processes", "1")

    assert run.failures == {}
    assert "Service 'catalogue' is started again: the process was ended by SIGKILL." in "".join(
        message.message for message in run.tests["It Finds It Again"].parent.setup.messages
    )


def test_what_a_dead_worker_had_asked_for_does_not_reach_the_next(
    leases: Path, run_root: subprocess.Popen[bytes]
) -> None:
    """Its service, still busy with a request that will write, is started again before the slot is handed on."""
    (leases / "serve.py").write_text(LATE, encoding="utf-8")
    text = ENVIRONMENT.replace('"${own.port}"]', '"${own.port}", "${postgres.box.url}"]')
    (leases / "environment.yaml").write_text(text.replace("python, -S,", "python,"), encoding="utf-8")
    root = ProcessIdentity.of(run_root.pid)
    watching = reach_supervisor(root)
    lane = Lane(str(leases / "environment.yaml"), str(leases / "told"), "asks", 0, 1, (root.pid, root.created))
    _start_lane(lane, "ask_and_die")
    session = Session()
    told = session.start_environment(Path(lane.file), {}, root)
    written = session.databases["box"].database.tuples("SELECT name FROM boxes")
    session.close()
    watching.close()

    assert told["slot"] == 1
    assert told["notes"] == ["Service 'own' is started again: the worker before this one died while it used it."]
    assert written == [("seeded",)]
