"""However a run ends, a moment later nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.runs import Project, processes_in

from IntegrationLibrary.base.waiting import Answer, wait_until

PASSES = "*** Test Cases ***\nA Book Is Added\n    Add Row    books    title=new\n"
FAILS = "*** Test Cases ***\nA Book Is Added\n    Add Row    books    title=new\n    Fail    on purpose\n"
WAITS = """\
*** Test Cases ***
A Book Is Added
    Add Row    books    title=new
    Evaluate    open('waiting', 'w').close()
    Evaluate    signal.pause()    modules=signal
"""
ENDINGS = {
    "passes": (PASSES, []),
    "fails": (FAILS, []),
    "stops at the first failure": (FAILS, ["--exitonfailure"]),
    "has a setup that fails": (PASSES.replace("*** Test", "*** Keywords ***\nNothing\n    Log    x\n\n*** Test"), []),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_run_that_ends_by_itself_leaves_nothing(project: Project, ending: str) -> None:
    """Whether it passed or not."""
    suite, options = ENDINGS[ending]
    project.write({"one.robot": suite, "two.robot": suite})
    if ending == "has a setup that fails":
        (project.folder / "migrations" / "2.sql").write_text("CREATE TABLE books ()", encoding="utf-8")

    run = project.robot(*options)

    assert (run.code == 0) == (ending == "passes")
    assert run.leaves_nothing()


@pytest.mark.parametrize("program", ["robot", "pabot"])
@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_a_run_that_is_ended_leaves_nothing(project: Project, program: str, ended_by: signal.Signals) -> None:
    """Also when its root process has no time to do anything."""
    project.write({"one.robot": WAITS, "two.robot": PASSES})
    process = project.start("robot") if program == "robot" else project.start_pabot("--processes", "2")
    waited = wait_until(lambda: _exists(project.folder / "waiting"), timeout=60)

    assert waited.is_ready, waited.seen()

    process.send_signal(ended_by)
    run = project.finish(process)

    assert run.leaves_nothing()


def test_a_dry_run_starts_nothing(project: Project) -> None:
    """It checks the suite; an environment that cannot start is no mistake in it."""
    project.write({"one.robot": PASSES})
    (project.folder / "environment.yaml").write_text("no environment", encoding="utf-8")

    run = project.robot("--dryrun")

    assert run.failures == {}
    assert run.leaves_nothing()


def test_importing_the_library_has_no_effects() -> None:
    """Libdoc, editors and linters make the library: no process is started, nothing heavy is imported."""
    code = """
import sys, IntegrationLibrary
IntegrationLibrary.IntegrationLibrary()
import psutil
heavy = {'docker', 'psycopg', 'requests', 'pydantic', 'jsonschema_rs', 'deepdiff', 'pytest_httpserver'}
print(sorted(heavy & set(sys.modules)), psutil.Process().children())
"""

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[] []\n"


def test_pabot_ends_when_its_tests_have(project: Project) -> None:
    """No process of the environment holds its output open, which it would wait for."""
    project.write({"one.robot": PASSES})
    process = project.start_pabot("--processes", "1")

    assert os.waitstatus_to_exitcode(os.waitpid(process.pid, 0)[1]) == 0
    assert process.stdout is not None
    assert "1 tests, 1 passed" in process.stdout.read()


def test_a_worker_that_has_lost_its_pabot_leaves_nothing(project: Project) -> None:
    """Its parent is another process by then, which may live for ever."""
    project.write({"one.robot": PASSES})
    robot = [sys.executable, "-m", "robot", "--variable", "CALLER_ID:lost", "--outputdir", "results", "."]
    adopter = ["sh", "-c", '"$@" > console; echo ended; read line', "sh", *robot]
    with subprocess.Popen(adopter, cwd=project.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        ended = parent.stdout.readline()
        waited = wait_until(lambda: _alone(parent, project.folder), timeout=20)
        parent.communicate(b"\n")

    assert ended == b"ended\n"
    assert "1 passed" in (project.folder / "console").read_text(encoding="utf-8")
    assert waited.is_ready, waited.seen()


def _alone(process: subprocess.Popen[bytes], folder: Path) -> Answer:
    others = [each for each in processes_in(folder) if each.pid != process.pid]
    return Answer.not_yet(f"{others} run") if others else Answer.ready()


def _exists(file: Path) -> Answer:
    return Answer.ready() if file.exists() else Answer.not_yet(f"{file} is not there")
