"""A run with its environment around it: up before the tests, down after them, and an exit code that tells."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from fixtures.commands import Shell

from IntegrationLibrary.base.waiting import Answer, wait_until

PASSES = "*** Test Cases ***\nA Book Is Added\n    Add Row    books    title=new\n"
FAILS = "*** Test Cases ***\nThere Are Two Books\n    Row Count Should Be    books    2\n"
STOPS_A_SERVICE = """\
*** Test Cases ***
A Service Is Not There
    Start Environment    ${CURDIR}/nothing.yaml
"""
WAITS = """\
*** Settings ***
Library           IntegrationLibrary
Suite Setup       Start Environment    ${CURDIR}/files.yaml

*** Test Cases ***
Somebody Thinks
    Evaluate    open('waiting', 'w').close()
    Evaluate    signal.pause()    modules=signal
"""
FILES = """\
environment: files
services:
  catalogue:
    type: process
    command: [python, -m, http.server, "${catalogue.port}", --bind, 127.0.0.1]
    ready: {http: /}
"""
NEVER_READY = """\
environment: endless
services:
  endless:
    type: process
    command: [python, -u, -c, "print('begun'); import signal; signal.pause()"]
    ready: {log: ended}
"""
BROKEN = (
    "environment: broken\nservices: {broken: {type: process, command: [python, -c, 'exit(3)'], ready: {tcp: true}}}\n"
)


def test_tests_run_on_workers_of_one_environment(shell: Shell) -> None:
    """The exit code is that of the tests, the failure is one of the product, and nothing is left."""
    shell.write("passes.robot", PASSES)
    shell.write("fails.robot", FAILS)
    done = shell.rfintegration("run", "--processes", "2", "environment.yaml", "--", "--outputdir", "results", ".")

    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "2 tests: 1 passed, 1 product failure."
    assert shell.left() == []


def test_failures_of_the_environment_have_an_exit_code(shell: Shell) -> None:
    """A second environment that does not start is no failure of the product."""
    shell.write("nothing.yaml", BROKEN)
    shell.write("suite.robot", PASSES + STOPS_A_SERVICE.partition("\n")[2])
    done = shell.rfintegration("run", "--no-pabot", "environment.yaml", "--", "--outputdir", "results", ".")

    assert done.returncode == 254, done.stdout + done.stderr
    assert "2 tests: 1 passed, 1 environment failure." in done.stdout
    assert shell.left() == []


def test_no_test_runs_when_the_environment_does_not_start(shell: Shell) -> None:
    """The reason is told, and the exit code is that of the environment."""
    shell.write("nothing.yaml", BROKEN)
    done = shell.rfintegration("run", "nothing.yaml", "--", ".")

    assert done.returncode == 254
    assert "Environment: Service 'broken' cannot become ready." in done.stderr
    assert "No test was run." in done.stdout
    assert not (shell.folder / "results").exists()
    assert shell.left() == []


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_a_run_that_is_ended_leaves_nothing(shell: Shell, ended_by: signal.Signals) -> None:
    """Neither services nor pabot nor workers."""
    shell.write("one.robot", WAITS)
    shell.write("files.yaml", FILES)
    run = shell.start("IntegrationLibrary", "run", "files.yaml", "--", "--outputdir", "results", ".")
    waited = wait_until(lambda: _exists(shell.folder / "waiting"), timeout=60)
    run.send_signal(ended_by)
    done = shell.finish(run)
    left = wait_until(lambda: _nothing_left(shell), timeout=15)

    assert waited.is_ready, waited.seen()
    assert left.is_ready, left.seen()
    assert done.returncode == (-ended_by if ended_by == signal.SIGKILL else 253)


@pytest.mark.parametrize("command", ["up endless.yaml", "run endless.yaml -- ."])
@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_start_that_is_given_up_leaves_nothing(shell: Shell, command: str, ended_by: signal.Signals) -> None:
    """However long the service would have taken."""
    shell.write("endless.yaml", NEVER_READY)
    process = shell.start("IntegrationLibrary", *command.split(" "))
    waited = wait_until(lambda: _has_begun(shell), timeout=30)
    process.send_signal(ended_by)
    done = shell.finish(process)

    assert waited.is_ready, waited.seen()
    assert done.returncode not in {0, 254}
    assert shell.left() == []


def test_what_is_kept_is_used_and_stays(shell: Shell) -> None:
    """Runs of the day do not end what somebody works with."""
    shell.write("suite.robot", PASSES)
    shell.rfintegration("up", "environment.yaml")
    done = shell.rfintegration("run", "--no-pabot", "environment.yaml", "--", "--outputdir", "results", ".")
    status = shell.rfintegration("status")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "is kept: it is used, and stays." in done.stderr
    assert "Environment 'library', kept" in status.stdout


def test_options_of_robot_go_behind_two_dashes(shell: Shell) -> None:
    """Others are not guessed."""
    done = shell.rfintegration("run", "environment.yaml", "--include", "smoke", ".")

    assert done.returncode == 2
    assert "No such option" in done.stderr


def _exists(file: Path) -> Answer:
    return Answer.ready() if file.exists() else Answer.not_yet(f"{file} is not there")


def _has_begun(shell: Shell) -> Answer:
    logs = list(shell.runs.glob("*/*/e1/endless.1.log"))
    return Answer.ready() if logs and logs[0].read_text(encoding="utf-8") else Answer.not_yet("nothing is printed")


def _nothing_left(shell: Shell) -> Answer:
    left = shell.left()
    return Answer.not_yet(f"{left}") if left else Answer.ready()
