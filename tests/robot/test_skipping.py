"""Once the environment is gone, the rest of a suite is skipped when the suite wants it so."""

from __future__ import annotations

import pytest
from fixtures.runs import Project

KEYWORDS = """\
import psutil
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.session import current_session
from IntegrationLibrary.supervisor.runs import RunFolder

def supervisor():
    log = current_session().service("catalogue").log
    return psutil.Process(RunFolder(log.parent.parent).read_control().supervisor.pid)

def end(process):
    process.kill()
    until_gone(process)

def until_gone(process):
    wait_until(lambda: Answer.not_yet("alive") if is_alive(process) else Answer.ready(), timeout=10)

def is_alive(process):
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE

def kill_catalogue():
    (process,) = [each for each in supervisor().children() if "http.server" in each.cmdline()]
    end(process)

def kill_supervisor():
    process = supervisor()
    services = process.children()
    end(process)
    for each in services:  # the kernel ends them when it has come to it
        until_gone(each)
"""
SUITE = """\
*** Settings ***
Library           IntegrationLibrary    environment_failures=WHAT
Library           RequestsLibrary
Library           kill.py
Suite Setup       Start Environment    ${CURDIR}/environment.yaml
Test Setup        Log    set up
Test Teardown     Log    torn down


*** Test Cases ***
One Passes
    GET On Session    catalogue    /

Two Fails Of Itself
    Fail    of itself

Three Finds It Gone
    VICTIM
    GET On Session    catalogue    /

Four Is Skipped
    GET On Session    catalogue    /

Five Is Skipped
    [Setup]    Fail    not run
    [Template]    Log
    a
"""
REASONS = {
    "Kill Catalogue": "Environment: Service 'catalogue' does not run any more: the process was ended by SIGKILL.",
    "Kill Supervisor": "Environment: The supervisor of this run has ended.",
}


def _run(project: Project, victim: str, what: str = "skip") -> None:
    (project.folder / "kill.py").write_text(KEYWORDS, encoding="utf-8")
    text = SUITE.replace("WHAT", what).replace("VICTIM", victim)
    project.write({"suite.robot": text})


@pytest.mark.parametrize("victim", REASONS)
@pytest.mark.parametrize("runner", ["robot", "pabot"])
def test_the_rest_is_skipped_with_the_reason(project: Project, runner: str, victim: str) -> None:
    """The first test that finds it gone fails as an environment failure; setups and teardowns of others are not run."""
    _run(project, victim)

    run = getattr(project, runner)()

    tests = list(run.tests.values())
    assert [test.status for test in tests] == ["PASS", "FAIL", "FAIL", "SKIP", "SKIP"]
    assert tests[1].message == "of itself"
    assert REASONS[victim] in tests[2].message
    assert [test.message for test in tests[3:]] == [REASONS[victim]] * 2
    assert ["environment-failure" in test.tags for test in tests] == [False, False, True, False, False]
    assert [[item.name for item in test.body if item.type == item.KEYWORD] for test in tests[3:]] == [["Skip"]] * 2
    assert not any(test.has_setup or test.has_teardown for test in tests[3:])


def test_nothing_is_skipped_that_is_not_said_to_be(project: Project) -> None:
    """Each test fails for itself."""
    _run(project, "Kill Catalogue", what="fail")

    tests = list(project.robot().tests.values())

    assert [test.status for test in tests] == ["PASS", "FAIL", "FAIL", "FAIL", "FAIL"]
