"""An environment that is kept: runs attach to it, and it ends when it is told to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
