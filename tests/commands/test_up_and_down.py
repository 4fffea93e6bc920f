"""An environment that is kept: runs attach to it, and it ends when it is told to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from fixtures.commands import Shell
from robot.api import ExecutionResult

from IntegrationLibrary.base.waiting import Answer, wait_until

Golden = Callable[[str, str], None]

WRITES = """\
*** Test Cases ***
A Book Is Added To What Is Seeded
    Row Count Should Be    books    1
    Add Row    books    title=new
    ${url} =    Get Service Url    catalogue
    Set Suite Metadata    catalogue    ${url}    top=True
"""
WAITS = """\
*** Test Cases ***
Somebody Thinks
    Evaluate    open('waiting', 'w').close()
    Evaluate    signal.pause()    modules=signal
"""


PAUSES = WAITS.replace("Somebody Thinks\n", "Somebody Pauses And Thinks\n    Pause Service    catalogue\n")


def running(shell: Shell) -> list[dict[str, Any]]:
    """Return what `rfintegration status` tells programs."""
    found: list[dict[str, Any]] = json.loads(shell.rfintegration("status", "--json").stdout)["running"]
    return found


def metadata(shell: Shell, name: str) -> str:
    """Return what the last run has written down."""
    return str(ExecutionResult(shell.folder / "results" / "output.xml").suite.metadata[name])


def steady(text: str, shell: Shell) -> str:
    """Return a text without this machine's paths."""
    return text.replace(str(shell.folder), "/project")


def test_runs_attach_to_what_is_kept(shell: Shell) -> None:
    """One after the other finds the same service on a clean database, and nothing is left after `down`."""
    shell.write("suite.robot", WRITES)
    up = shell.rfintegration("up", "environment.yaml", "--json")
    told = json.loads(up.stdout)
    for _ in range(2):
        done = shell.robot()

        assert done.returncode == 0, done.stdout
        assert metadata(shell, "catalogue") == told["services"]["catalogue"]["fields"]["url"]

    (kept,) = running(shell)
    assert kept["kept"]
    assert [slot["holder"] for slot in kept["environments"][0]["slots"]] == [None]
    assert shell.rfintegration("down").stdout == f"Ended {shell.folder / 'environment.yaml'}.\n"
    assert shell.left() == []


def test_people_are_told_where_it_is_and_how_it_ends(shell: Shell) -> None:
    """`up` and `status` name the services with their addresses, passwords masked."""
    up, status = shell.rfintegration("up", "environment.yaml"), shell.rfintegration("status")

    assert up.stdout.startswith("Environment 'library' is up:\n  postgres   127.0.0.1:")
    assert "rfintegration down" in up.stdout
    assert "Environment 'library', kept, for " in status.stdout
    assert "worker 1, free" in status.stdout
    assert "postgresql://postgres:***@127.0.0.1:" in status.stdout


def test_what_does_not_start_is_told_and_not_kept(shell: Shell, golden: Golden) -> None:
    """Nothing of it is left."""
    shell.write("migrations/1.sql", "CREATE TABLE books (")
    up = shell.rfintegration("up", "environment.yaml")

    assert up.returncode == 1
    golden("commands/up_with_a_broken_migration", steady(up.stderr[up.stderr.index("Environment:") :].strip(), shell))
    assert shell.left() == []


def test_what_is_used_is_not_started_anew(shell: Shell) -> None:
    """Its tests would fail in the middle."""
    shell.write("suite.robot", WAITS)
    shell.rfintegration("up", "environment.yaml")
    robot = shell.start("robot", "--outputdir", "results", ".")
    waited = wait_until(lambda: _exists(shell.folder / "waiting"), timeout=30)
    up = shell.rfintegration("up", "environment.yaml")
    robot.terminate()
    shell.finish(robot)

    assert waited.is_ready, waited.seen()
    assert up.returncode == 1
    assert "1 worker of a run uses it" in up.stderr


def test_nothing_kept_is_told(shell: Shell) -> None:
    """So is a file of which nothing is kept."""
    assert shell.rfintegration("down").stdout == "No environment is kept.\n"
    assert shell.rfintegration("down", "other.yaml").stdout == "No environment of other.yaml is kept.\n"
    assert shell.rfintegration("down", "--leftovers").stdout == "Dead runs have left nothing.\n"
    assert shell.rfintegration("status").stdout == "Nothing runs: no environment is kept, and no run is under way.\n"


def _exists(file: Path) -> Answer:
    return Answer.ready() if file.exists() else Answer.not_yet(f"{file} is not there")


def test_what_robot_writes_starts_nothing_again(shell: Shell) -> None:
    """Its files may lie beside the program of a service."""
    shell.write("suite.robot", WRITES)
    shell.rfintegration("up", "environment.yaml")
    for name in ("first", "second"):
        done = shell.robot("--outputdir", "tests", "--log", f"{name}.html", "--xunit", f"{name}.xml")

        assert done.returncode == 0, done.stdout

    assert "started again" not in (shell.folder / "tests" / "output.xml").read_text(encoding="utf-8")


def test_status_tells_what_a_test_has_paused(shell: Shell) -> None:
    """It is no trouble: nothing is said of its log."""
    shell.write("suite.robot", PAUSES)
    shell.rfintegration("up", "environment.yaml")
    run = shell.start("robot", "--outputdir", "results", ".")
    waited = wait_until(
        lambda: Answer.ready() if (shell.folder / "waiting").exists() else Answer.not_yet(""), timeout=30
    )
    told = shell.rfintegration("status").stdout
    run.kill()
    shell.finish(run)

    assert waited.is_ready
    assert "paused by a test" in told
    assert "rfintegration logs" not in told


def test_status_tells_what_has_ended_and_where_to_look(shell: Shell) -> None:
    """With what was seen last."""
    shell.rfintegration("up", "environment.yaml")
    (program,) = [each for each in psutil.process_iter() if _is_catalogue_of(shell, each)]
    program.kill()
    told = wait_until(lambda: _told_of_the_end(shell), timeout=30).last.text

    assert "was ended by SIGKILL" in told
    assert "('rfintegration logs catalogue' shows what it printed)" in told


def _is_catalogue_of(shell: Shell, process: psutil.Process) -> bool:
    try:
        return "http.server" in process.cmdline() and process.environ().get("TMPDIR") == str(shell.runs)
    except psutil.Error:
        return False


def _told_of_the_end(shell: Shell) -> Answer:
    told = shell.rfintegration("status").stdout
    return Answer.ready(told) if "  ended  " in told else Answer.not_yet(told)
