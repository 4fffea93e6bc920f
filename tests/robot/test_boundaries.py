"""Where isolation begins and ends, however a test ends."""

from __future__ import annotations

import pytest
from fixtures.runs import SETTINGS, Project

CLEAN = """
Nothing Is Left
    Row Count Should Be    books    1
"""


def test_a_test_is_undone_however_it_ends(project: Project) -> None:
    """By a timeout, a skip, a failing teardown, an error: the next test finds the seeds, and nothing else."""
    project.write(
        {
            "suite.robot": f"""\
*** Test Cases ***
It Takes Too Long
    [Timeout]    1 second
    Add Row    books    title=new
    Evaluate    signal.pause()    modules=signal
{CLEAN.replace("Left", "Left Of It")}
It Is Skipped
    Add Row    books    title=new
    Skip    not today
{CLEAN.replace("Left", "Left Of The Skipped One")}
Its Teardown Fails
    Add Row    books    title=new
    [Teardown]    Fail    in the teardown
{CLEAN.replace("Left", "Left Of The Teardown")}
It Leaves A Transaction Of DatabaseLibrary Open
    Execute Sql String    INSERT INTO books (title) VALUES ('open')    alias=shelf    no_transaction=True
{CLEAN.replace("Left", "Left Of The Transaction")}
"""
        }
    )

    run = project.robot()

    assert run.failures == {
        "It Takes Too Long": "Test timeout 1 second exceeded.",
        "It Is Skipped": "not today",
        "Its Teardown Fails": "Teardown failed:\nin the teardown",
    }


def test_a_rollback_that_fails_fails_the_test(project: Project) -> None:
    """Its own failure stays in front; the text says which connection is in the way."""
    (project.folder / "Holder.py").write_text(
        "import psycopg\n"
        "class Holder:\n"
        "    ROBOT_LIBRARY_SCOPE = 'GLOBAL'\n"
        "    def hold_a_transaction(self, url):\n"
        "        self.connection = psycopg.connect(url, application_name='the holder')\n"
        "        self.connection.execute(\"INSERT INTO books (title) VALUES ('held')\")\n"
        "    def let_go(self):\n"
        "        self.connection.close()\n",
        encoding="utf-8",
    )
    project.write(
        {
            "suite.robot": SETTINGS.replace(
                "Library           Data", "Library           Holder.py\nLibrary           Data"
            )
            + f"""\
*** Test Cases ***
It Holds
    ${{url}} =    Get Service Field    postgres    shelf.url
    Hold A Transaction    ${{url}}
    Fail    a failure of its own

It Lets Go
    Let Go
{CLEAN}
"""
        }
    )

    failures = project.robot().failures

    assert list(failures) == ["It Holds"]
    assert failures["It Holds"].startswith(
        "a failure of its own\n\nEnvironment: Database 'shelf' cannot be rolled back"
    )
    assert "the holder" in failures["It Holds"]


def test_an_error_without_words_in_a_rollback_fails_the_test(project: Project) -> None:
    """Robot goes on when a listener raises: the test must not pass although it was not undone."""
    project.write(
        {
            "suite.robot": """\
*** Test Cases ***
It Is Not Undone
    VAR    ${module}    IntegrationLibrary.session
    Evaluate    setattr(IntegrationLibrary.session.current_session(), "leave", None)    modules=${module}
"""
        }
    )

    assert project.robot().failures == {
        "It Is Not Undone": "The test is not isolated: TypeError: 'NoneType' object is not callable"
    }


def test_a_service_that_has_ended_is_told_with_every_failure(project: Project) -> None:
    """A refused connection alone reads like a defect of the product."""
    project.write(
        {
            "suite.robot": SETTINGS.replace(
                "Library           Data", "Library           RequestsLibrary\nLibrary           Data"
            )
            + """\
*** Test Cases ***
It Ends
    ${port} =    Get Service Field    catalogue    port
    Evaluate    [each.kill() for each in psutil.process_iter(["cmdline"]) if '${port}' in (each.info["cmdline"] or ())]
    ...    modules=psutil
    Wait Until Keyword Succeeds    10s    10ms    It Does Not Answer

It Is Gone
    GET On Session    catalogue    /

A Test Without It Passes
    Row Count Should Be    books    1


*** Keywords ***
It Does Not Answer
    Run Keyword And Expect Error    *    GET On Session    catalogue    /
"""
        }
    )

    failures = project.robot().failures

    assert list(failures) == ["It Is Gone"]
    assert failures["It Is Gone"].endswith(
        "\n\nService 'catalogue' does not run any more: the process was ended by SIGKILL."
    )


def test_each_attempt_of_a_test_that_is_tried_again_is_isolated(project: Project) -> None:
    """RetryFailed runs a test again under the same name."""
    project.write(
        {
            "suite.robot": """\
*** Test Cases ***
The Second Attempt Finds What The First One Found
    [Tags]    test:retry(1)
    Row Count Should Be    books    1
    Add Row    books    title=new
    ${attempts} =    Evaluate    int(open('attempts').read()) if os.path.exists('attempts') else 0    modules=os
    Evaluate    open('attempts', 'w').write('${attempts + 1}')
    Should Be Equal As Integers    ${attempts}    1
"""
        }
    )

    run = project.robot("--listener", "RetryFailed")

    assert run.failures == {}
    assert (project.folder / "attempts").read_text(encoding="utf-8") == "2"


def test_a_listener_isolates_suites_that_do_not_import_the_library(project: Project) -> None:
    """What a parent suite has started is rolled back for tests that use DatabaseLibrary only."""
    body = """
*** Test Cases ***
A Book Is Added
    Execute Sql String    INSERT INTO books (title) VALUES ('new')    alias=shelf

A Book Is Added Again
    Execute Sql String    INSERT INTO books (title) VALUES ('new')    alias=shelf
"""
    project.write(
        {
            "__init__.robot": SETTINGS,
            "suite.robot": f"*** Settings ***\nLibrary    DatabaseLibrary\n{body}",
        }
    )

    assert list(project.robot().failures) == ["A Book Is Added Again"]
    assert project.robot("--listener", "IntegrationLibrary.Listener").failures == {}


@pytest.mark.parametrize(
    "options", [[], ["--listener", "IntegrationLibrary.Listener"]], ids=["imported", "listener too"]
)
def test_what_is_told_twice_is_done_once(project: Project, options: list[str]) -> None:
    """A library that a suite and its resource import, and a listener besides: one line of evidence."""
    (project.folder / "words.resource").write_text(
        "*** Settings ***\nLibrary    IntegrationLibrary\n", encoding="utf-8"
    )
    project.write(
        {
            "suite.robot": SETTINGS.replace("Suite Setup", "Resource          words.resource\nSuite Setup")
            + "*** Test Cases ***\nA Book Is Added\n    Add Row    books    title=new\n"
        }
    )

    run = project.robot(*options)
    messages = [message.message for message in run.tests["A Book Is Added"].body if message.type == "MESSAGE"]

    assert len([message for message in messages if "books +1" in message]) == 1


def test_suites_nest(project: Project) -> None:
    """What the setup of a suite put in is there for all its tests, and gone after it."""
    inner = SETTINGS.replace(
        "Suite Setup       Start Environment    ${CURDIR}/environment.yaml",
        "Suite Setup       Add Row    books    title=inner",
    )
    project.write(
        {
            "__init__.robot": SETTINGS + "*** Keywords ***\nNothing\n    No Operation\n",
            "1_inner.robot": inner
            + "*** Test Cases ***\nOne\n    Row Count Should Be    books    2\n    Add Row    books    title=test\n"
            "\nTwo\n    Row Count Should Be    books    2\n",
            "2_after.robot": "*** Settings ***\nLibrary    IntegrationLibrary\n\n*** Test Cases ***\nThree\n"
            "    Row Count Should Be    books    1\n",
        }
    )

    assert project.robot().failures == {}
