"""Services are told when rows they may have cached are undone, and started again when their connections were ended."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures.golden import steady
from fixtures.runs import SETTINGS, Project
from fixtures.shelves import CLEARS_CACHE, ENVIRONMENT, RESTARTS, books

from IntegrationLibrary import window
from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.base.waiting import Answer, Readiness, wait_until
from IntegrationLibrary.keywords.checkpoints import CheckpointKeywords
from IntegrationLibrary.keywords.services import ServiceKeywords
from IntegrationLibrary.session import Session
from IntegrationLibrary.supervisor.client import reach_supervisor

Open = Callable[[str], Session]

pytestmark = pytest.mark.usefixtures("shelves")

SEEDED, ADDED = '["seeded"]', '["seeded", "added"]'
ADD = "INSERT INTO books (title) VALUES ('added')"
WITH_FRONT = (
    ENVIRONMENT
    + """\
  front:
    type: process
    command: [python, -m, http.server, "${front.port}", --bind, 127.0.0.1]
    depends_on: [catalogue]
    ready: {http: /}
    restart_after_clone: true
"""
)
NOTES_ITS_PLACE = """\
    after_rollback:
      command: [python, -c, "import os, pathlib; pathlib.Path('told').write_text(os.environ['DATABASE_URL'])"]
"""
OTHER_DATABASE = """\
      unrelated: {isolation: template}
"""
FAILURES = {
    "refuses": "{http: /other, method: DELETE}",
    "does_not_answer": "{http: /slow, method: DELETE, headers: {Content-Length: '1'}, timeout: 0.2}",
    "ends_when_told": "{http: /end, method: DELETE}",
    "command_fails": "{command: [python, -c, \"print('no cache server'); raise SystemExit(2)\"]}",
    "command_takes_too_long": "{command: [python, -c, 'import signal; signal.pause()'], timeout: 0.3}",
    "command_is_not_there": "{command: [no-such-program, --all]}",
}


def write_and_read(session: Session) -> None:
    """Add a row and let the service cache it."""
    session.database("shelf").database.execute(ADD)
    assert books(session) == ADDED


def change_schema(session: Session) -> None:
    """Do what only a clone undoes."""
    session.database("shelf").database.execute("CREATE TABLE shops ()")


def test_a_service_that_caches_is_told_after_a_test(open_environment: Open) -> None:
    """The next test reads the rows that are there; the line of evidence says who was told, how, and in what time."""
    session = open_environment(ENVIRONMENT + CLEARS_CACHE)
    test = window.TestWindow(session, "Test")
    write_and_read(session)

    ending = test.end("PASS")

    assert ending.error is None
    assert re.search(r"service catalogue told \(DELETE /cache\) in \d+ ms", ending.html)
    assert books(session) == SEEDED


def test_without_the_key_nobody_is_told(open_environment: Open) -> None:
    """The cache stays as it is, and nothing is said."""
    session = open_environment(ENVIRONMENT)
    test = window.TestWindow(session, "Test")
    write_and_read(session)

    assert "told" not in test.end("PASS").html
    assert books(session) == ADDED


def test_a_service_is_told_inside_a_test_too(open_environment: Open, caplog: pytest.LogCaptureFixture) -> None:
    """Its cache is as stale after `Roll Back To Checkpoint`; the keyword's log says that it was told."""
    session = open_environment(ENVIRONMENT + CLEARS_CACHE)
    window.TestWindow(session, "Test")
    keywords = CheckpointKeywords(session)
    keywords.create_checkpoint("moment")
    write_and_read(session)

    with caplog.at_level("INFO"):
        keywords.roll_back_to_checkpoint("moment")

    assert "service catalogue told (DELETE /cache) in" in caplog.text
    assert books(session) == SEEDED


def test_a_service_is_told_of_a_late_write_that_is_undone(open_environment: Open) -> None:
    """It may have been read before it was."""
    session = open_environment(ENVIRONMENT + CLEARS_CACHE)
    window.TestWindow(session, "Test").end("PASS")
    write_and_read(session)

    assert "books +1" in str(session.undo_late_writes())
    assert books(session) == SEEDED


def test_a_service_that_its_suite_has_stopped_is_neither_told_nor_started_again(open_environment: Open) -> None:
    """There is nobody who has cached anything, nor lost a connection; the suite's end brings it back."""
    session = open_environment(ENVIRONMENT + CLEARS_CACHE + RESTARTS)
    suite = session.enter("Suite")
    ServiceKeywords(session).stop_service("catalogue")
    test = window.TestWindow(session, "Test")
    session.database("shelf").database.execute(ADD)
    change_schema(session)

    ending = test.end("PASS")

    assert ending.error is None
    assert "service catalogue" not in ending.html
    assert session.service("catalogue").ask()[0].text == "a test has stopped it"
    session.leave(suite)
    assert books(session) == SEEDED


def test_a_service_is_not_told_when_nothing_is_undone(open_environment: Open) -> None:
    """Isolation `none` leaves the rows that are cached."""
    text = (ENVIRONMENT + CLEARS_CACHE).replace("        migrations:", "        isolation: none\n        migrations:")
    session = open_environment(text)
    test = window.TestWindow(session, "Test")
    write_and_read(session)

    assert "told" not in test.end("PASS").html
    assert books(session) == ADDED


def test_a_command_runs_where_the_service_does(open_environment: Open, shelves: Path) -> None:
    """In its folder, with its variables."""
    session = open_environment(ENVIRONMENT + NOTES_ITS_PLACE)

    ending = window.TestWindow(session, "Test").end("PASS")

    assert "service catalogue told (python -c import os" in ending.html
    assert (shelves / "home" / "told").read_text() == session.database("shelf").url


@pytest.mark.parametrize("case", FAILURES)
def test_a_service_that_cannot_be_told_fails_the_test(
    case: str, open_environment: Open, golden: Callable[[str, str], None], shelves: Path
) -> None:
    """The text says what was asked, what came, and what to do; the rows are undone all the same."""
    session = open_environment(f"{ENVIRONMENT}    after_rollback: {FAILURES[case]}\n")
    test = window.TestWindow(session, "Test")
    session.database("shelf").database.execute(ADD)

    error = test.end("PASS").error

    assert isinstance(error, EnvironmentFailure)
    assert session.database("shelf").database.value("SELECT count(*) FROM books") == 1
    golden(f"services/after_rollback_{case}", steady(str(error)).replace(str(shelves), "."))


def test_a_service_that_has_ended_before_fails_the_test(
    open_environment: Open, golden: Callable[[str, str], None]
) -> None:
    """How it ended says more than a refused connection."""
    session = open_environment(f"{ENVIRONMENT}    after_rollback: {FAILURES['ends_when_told']}\n")
    window.TestWindow(session, "It Ends").end("PASS")
    assert wait_until(lambda: _has_ended(session), timeout=10).is_ready

    error = window.TestWindow(session, "It Has Ended").end("PASS").error

    golden("services/after_rollback_has_ended", str(error))


def _has_ended(session: Session) -> Answer:
    answer, _ = session.service("catalogue").ask()
    return Answer.ready() if answer.readiness is Readiness.NEVER else Answer.not_yet(answer.text)


def test_the_log_and_the_result_of_a_run_say_it(shelves: Path) -> None:
    """A test whose service was told passes with a line in its log; one whose service refused fails."""
    project = Project(shelves)
    text = ENVIRONMENT + CLEARS_CACHE
    (shelves / "environment.yaml").write_text(text, encoding="utf-8")
    (shelves / "refuses.yaml").write_text(text.replace("/cache", "/other"), encoding="utf-8")
    suite = SETTINGS + "*** Test Cases ***\n%s\n    Add Row    books    title=added\n"
    project.write({"1.robot": suite % "Told", "2.robot": suite.replace("environment.y", "refuses.y") % "Refused"})

    run = project.robot("--suite", "1")
    refused = project.robot("--suite", "2", results="refused")

    assert run.failures == {}
    assert "service catalogue told (DELETE /cache) in" in run.tests["Told"].body[-1].message
    assert "could not be told of the rollback" in refused.failures["Refused"]


def test_only_the_workers_own_copy_is_told(
    open_environment: Open, run_root: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """What another worker's service has cached is in that worker's database."""
    session = open_environment(ENVIRONMENT + CLEARS_CACHE)
    root = ProcessIdentity.of(run_root.pid)
    other = reach_supervisor(root)
    file = str(tmp_path / "environment1.yaml")
    told = other.call("attach", file=file, switches={}, holder=[root.pid, root.created])
    assert told["slot"] == 2

    window.TestWindow(session, "Test").end("PASS")

    assert "DELETE /cache" in session.service("catalogue").log.read_text(encoding="utf-8")
    assert "DELETE /cache" not in Path(told["services"]["catalogue"]["log"]).read_text(encoding="utf-8")
    other.close()


def test_the_next_worker_finds_a_service_that_was_told(
    open_environment: Open, run_root: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """A worker that died in a test left rows, and a cache of them; both are gone when its slot is used again."""
    session = open_environment(ENVIRONMENT + CLEARS_CACHE)
    window.TestWindow(session, "Test")
    write_and_read(session)
    session.close()

    session.start_environment(tmp_path / "environment1.yaml", {}, ProcessIdentity.of(run_root.pid))

    assert books(session) == SEEDED


def test_a_service_is_started_again_after_a_clone(open_environment: Open) -> None:
    """It answers at once, on the connection that it opens at its start; the line of evidence says so."""
    session = open_environment(ENVIRONMENT + RESTARTS)
    test = window.TestWindow(session, "Test")
    write_and_read(session)
    change_schema(session)

    ending = test.end("PASS")

    assert ending.error is None
    assert re.search(r"cloned anew .*; service catalogue started again in ", ending.html)
    assert books(session) == SEEDED


def test_a_service_is_not_started_again_after_a_plain_rollback(open_environment: Open) -> None:
    """It kept its connection, and with it its cache."""
    session = open_environment(ENVIRONMENT + RESTARTS)
    test = window.TestWindow(session, "Test")
    write_and_read(session)

    assert "started again" not in test.end("PASS").html
    assert books(session) == ADDED


def test_without_the_key_a_service_is_left_to_reconnect(open_environment: Open) -> None:
    """The one of these tests never does."""
    session = open_environment(ENVIRONMENT)
    test = window.TestWindow(session, "Test")
    change_schema(session)

    assert "started again" not in test.end("PASS").html
    assert "connection" in books(session)


def test_a_clone_that_lost_rows_of_the_suite_starts_the_service_again_too(open_environment: Open) -> None:
    """The test fails, and those after it find a service that answers."""
    session = open_environment(ENVIRONMENT + RESTARTS)
    session.enter("Suite")
    session.database("shelf").database.execute(ADD)
    test = window.TestWindow(session, "Test")
    change_schema(session)

    assert "lost what its suite had put in" in str(test.end("PASS").error)
    assert books(session) == SEEDED


def test_a_service_that_depends_on_one_that_uses_the_database_is_started_again(open_environment: Open) -> None:
    """It said so with its own key; the one between them did not."""
    session = open_environment(WITH_FRONT)
    test = window.TestWindow(session, "Test")
    change_schema(session)

    ending = test.end("PASS")

    assert "service front started again in" in ending.html
    assert "service catalogue started again" not in ending.html


def test_a_clone_of_a_database_that_the_service_does_not_use_leaves_it_running(open_environment: Open) -> None:
    """Isolation `template` clones that one for every test."""
    text = (ENVIRONMENT + RESTARTS).replace("  catalogue:\n", f"{OTHER_DATABASE}  catalogue:\n")
    session = open_environment(text)

    ending = window.TestWindow(session, "Test").end("PASS")

    assert "database unrelated: cloned anew" in ending.html
    assert "started again" not in ending.html


def test_a_clone_between_two_workers_starts_the_service_again(
    open_environment: Open, run_root: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """A worker that died left a changed schema."""
    session = open_environment(ENVIRONMENT + RESTARTS)
    window.TestWindow(session, "Test")
    change_schema(session)
    session.close()

    session.start_environment(tmp_path / "environment1.yaml", {}, ProcessIdentity.of(run_root.pid))

    assert books(session) == SEEDED


def test_a_service_that_does_not_start_again_fails_the_test(open_environment: Open, shelves: Path) -> None:
    """With the words of a service that does not start."""
    session = open_environment(ENVIRONMENT + RESTARTS)
    test = window.TestWindow(session, "Test")
    change_schema(session)
    (shelves / "program.py").write_text("raise SystemExit('no licence')", encoding="utf-8")

    error = test.end("PASS").error

    assert isinstance(error, IntegrationError)
    assert "Service 'catalogue' cannot become ready." in str(error)
    assert "no licence" in str(error)
