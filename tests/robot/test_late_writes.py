"""What a service writes after its test is undone, and told by that test's name."""

from __future__ import annotations

from pathlib import Path

from fixtures.runs import SETTINGS, Project

LISTENER = str(Path(__file__).parent / "listeners" / "LateWriter.py")
TESTS = """\
*** Test Cases ***
It Writes Late
    [Tags]    writes late
    Add Row    books    title=new

It Finds The Seeds
    Row Count Should Be    books    1
    Database Should Be Unchanged
"""
LATE = (
    "Something was written after 'It Writes Late' had ended, and was undone: shelf: books +1. "
    "Let the test wait for it, for example with 'Wait Until Row Exists'."
)


def test_a_late_write_is_undone_and_told(project: Project) -> None:
    """The next test is not disturbed; the console and the log's errors name the one that was too fast."""
    project.write({"suite.robot": TESTS})

    run = project.robot("--listener", LISTENER)

    assert run.failures == {}
    assert f"[ WARN ] {LATE}" in run.console


def test_a_late_write_fails_if_it_shall(project: Project) -> None:
    """The test that it was noticed in fails, and names the one that caused it."""
    project.write(
        {"suite.robot": SETTINGS.replace("IntegrationLibrary\n", "IntegrationLibrary    late_writes=fail\n") + TESTS}
    )

    run = project.robot("--listener", LISTENER)

    assert run.failures == {"It Finds The Seeds": LATE}


def test_a_late_write_of_the_last_test_is_told_at_the_end_of_its_suite(project: Project) -> None:
    """No test comes after it."""
    project.write({"suite.robot": TESTS.partition("It Finds")[0]})

    assert LATE in project.robot("--listener", LISTENER).console


IN_THE_NEXT_TEST = """\
*** Settings ***
Library           IntegrationLibrary    late_writes=%s
Library           ${CURDIR}/worker.py
Suite Setup       Start Environment    ${CURDIR}/environment.yaml

*** Test Cases ***
It Begins
    ${url} =    Get Service Field    postgres    shelf.url
    Begin    ${url}

It Is Written To
    Write

It Finds The Seeds
    Row Count Should Be    books    1
"""
WORKER = """\
import psycopg

connections = []

def begin(url):
    connections.append(psycopg.connect(url, application_name="worker"))
    connections[0].execute("SELECT 1")

def write():
    connections[0].execute("INSERT INTO books (title) VALUES ('late')")
    connections[0].commit()
    connections[0].close()
"""
BEGAN_EARLIER = (
    "A transaction of 'worker' that began in or after 'It Begins' wrote while 'It Is Written To' ran: shelf: books +1. "
    "Let the test that caused it wait for it, for example with 'Wait Until Row Exists'."
)


def test_what_an_earlier_test_writes_in_the_next_one_is_told(project: Project) -> None:
    """The time at which the transaction began tells which test that was; it is undone with the test that it fell in."""
    project.write({"suite.robot": IN_THE_NEXT_TEST % "warn"})
    (project.folder / "worker.py").write_text(WORKER, encoding="utf-8")

    run = project.robot()

    assert run.failures == {}
    assert f"[ WARN ] {BEGAN_EARLIER}" in run.console


def test_what_an_earlier_test_writes_in_the_next_one_fails_if_it_shall(project: Project) -> None:
    """The test that it fell in fails, and names the one that caused it."""
    project.write({"suite.robot": IN_THE_NEXT_TEST % "fail"})
    (project.folder / "worker.py").write_text(WORKER, encoding="utf-8")

    assert project.robot().failures == {"It Is Written To": BEGAN_EARLIER}


def test_what_a_teardown_of_the_suite_writes_is_no_late_write(project: Project) -> None:
    """It is undone with the suite."""
    settings = SETTINGS.replace("Suite Setup", "Suite Teardown    Add Row    books    title=last\nSuite Setup")
    project.write({"suite.robot": settings + "*** Test Cases ***\nNothing\n    No Operation\n"})

    assert "Something was written" not in project.robot().console


def test_a_test_that_cannot_begin_fails(project: Project) -> None:
    """A database that has gone leaves the test without isolation: it must not pass."""
    project.write(
        {
            "suite.robot": """\
*** Test Cases ***
The Journal Goes
    Execute Sql String    DROP SCHEMA integration_library CASCADE    alias=shelf

It Has No Isolation
    No Operation
"""
        }
    )

    failures = project.robot().failures

    assert list(failures) == ["The Journal Goes", "It Has No Isolation"]
