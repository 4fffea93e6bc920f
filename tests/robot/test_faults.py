"""Whole runs: what tests do to services on purpose is undone however they end."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
from fixtures.runs import ENVIRONMENT, Project

from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.listener import FAILURE_TAG

SERVE = """\
import os, pathlib, sys
from http.server import HTTPServer, SimpleHTTPRequestHandler
if pathlib.Path("broken").exists():
    sys.exit("no licence any more")
pathlib.Path("pid").write_text(str(os.getpid()))
HTTPServer(("127.0.0.1", int(sys.argv[1])), SimpleHTTPRequestHandler).serve_forever()
"""
SUITE = """\
*** Settings ***
Library           IntegrationLibrary
Suite Setup       Start Environment    ${CURDIR}/environment.yaml


*** Test Cases ***
"""
ANSWERS = """
    ${url} =    Get Service Url    catalogue
    Wait Until Http Answers    ${url}    timeout=10s
"""


@pytest.fixture
def fragile(project: Project) -> Project:
    """The project, with a proxy in front of its catalogue."""
    (project.folder / "serve.py").write_text(SERVE, encoding="utf-8")
    (project.folder / "environment.yaml").write_text(
        ENVIRONMENT.replace("type: process", "type: process\n    faults: true").replace(
            '-m, http.server, "${catalogue.port}", --bind, 127.0.0.1', 'serve.py, "${catalogue.port}"'
        ),
        encoding="utf-8",
    )
    return project


def test_faults_are_undone_however_a_test_ends(fragile: Project) -> None:
    """By a timeout in the middle of a keyword, a failure, a skip, in a teardown: the next test finds all as it was."""
    fragile.write(
        {
            "1.robot": f"""{SUITE}\
It Takes Too Long
    [Timeout]    1 second
    Cut Connections    catalogue
    Pause Service    catalogue
    Evaluate    signal.pause()    modules=signal

It Answers After The Timeout{ANSWERS}
It Fails
    Kill Service    catalogue
    Fail    a failure of its own

It Answers After The Failure{ANSWERS}
It Is Skipped
    Cut Connections    catalogue
    Skip    not today

It Answers After The Skipped One{ANSWERS}
It Has A Teardown
    No Operation
    [Teardown]    Stop Service    catalogue

It Answers After The Teardown{ANSWERS}
""",
            "2.robot": SUITE.replace(
                "${CURDIR}/environment.yaml",
                "${CURDIR}/environment.yaml\nSuite Teardown    Cut Connections    catalogue",
            )
            + f"The Suite Is Cut Off At Its End{ANSWERS}",
            "3.robot": f"{SUITE}It Answers In The Next Suite{ANSWERS}",
        }
    )

    run = fragile.robot()

    assert run.failures == {
        "It Takes Too Long": "Test timeout 1 second exceeded.",
        "It Fails": "a failure of its own",
        "It Is Skipped": "not today",
    }
    assert run.leaves_nothing()


def test_a_worker_that_is_killed_leaves_no_faults(fragile: Project) -> None:
    """The next worker that gets its slot finds the service going on and its network whole."""
    fragile.write(
        {
            "1.robot": f"""{SUITE}\
It Dies
    Pause Service    catalogue
    Cut Connections    catalogue
    Evaluate    os.kill(os.getpid(), 9)    modules=os
""",
            "2.robot": f"{SUITE}It Answers{ANSWERS}",
        }
    )

    run = fragile.pabot("--processes", "1")

    assert {name: test.passed for name, test in run.tests.items() if name == "It Answers"} == {"It Answers": True}
    assert run.leaves_nothing()


def test_a_service_that_does_not_come_back_is_a_failure_of_the_environment(fragile: Project) -> None:
    """The test itself was fine; its tag and its text say that the product is not to blame."""
    fragile.write(
        {
            "1.robot": f"""{SUITE}\
It Breaks The Service
    Kill Service    catalogue
    Evaluate    pathlib.Path("broken").touch()    modules=pathlib
"""
        }
    )

    run = fragile.robot()
    (test,) = run.tests.values()

    assert test.message.startswith("Environment: Service 'catalogue' did not come back after a test had killed it.")
    assert FAILURE_TAG in test.tags


def test_a_paused_service_of_a_killed_run_is_gone_after_the_next(fragile: Project, tmp_path: Path) -> None:
    """What is held hears no signal but one: the sweep of the next start ends it."""
    fragile.write(
        {
            "1.robot": f"""{SUITE}\
It Is Killed With Its Supervisor
    Pause Service    catalogue
    VAR    ${{name}}    IntegrationLibrary.supervisor
    Evaluate    [each.kill() for each in psutil.Process().children() if '${{name}}' in each.cmdline()]    modules=psutil
    Evaluate    os.kill(os.getpid(), 9)    modules=os
"""
        }
    )
    fragile.robot()
    paused = ProcessIdentity.of(int((tmp_path / "pid").read_text(encoding="utf-8")))
    assert psutil.Process(paused.pid).status() == psutil.STATUS_STOPPED
    (tmp_path / "1.robot").write_text(f"{SUITE}It Answers{ANSWERS}", encoding="utf-8")

    assert fragile.robot().failures == {}
    assert not paused.is_alive()
