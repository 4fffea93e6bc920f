"""An external database is taken over for a run, and given back as it was found."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fixtures.external import SCHEMA, external_environment, schema_of
from fixtures.fingerprints import fingerprint

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.isolation.rollback import Rollback
from IntegrationLibrary.session import Session
from IntegrationLibrary.supervisor.client import reach_supervisor

Start = Callable[[str], Session]


@pytest.fixture
def outside(database: Database, tmp_path: Path) -> Database:
    """A database with rows and a trigger of its own, and a seed for it."""
    database.execute(SCHEMA)
    (tmp_path / "seed.yaml").write_text("books: [{title: seeded}]", encoding="utf-8")
    return database


def ended(run_root: subprocess.Popen[bytes], database: Database) -> bool:
    """Whether the run gives the database back, a moment after its root process has ended."""
    run_root.kill()
    armed = "SELECT to_regnamespace('integration_library') IS NOT NULL"
    free = "SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'"

    def ask() -> Answer:
        given_back = not database.value(armed) and database.value(free)
        return Answer.ready() if given_back else Answer.not_yet("armed")

    return wait_until(ask, timeout=10).is_ready


def test_a_test_is_rolled_back_and_the_database_given_back(
    outside: Database, open_environment: Start, run_root: subprocess.Popen[bytes]
) -> None:
    """Seeds are there in the test, and after the run nothing is, not even the journal."""
    rows, schema = fingerprint(outside), schema_of(outside)
    session = open_environment(external_environment(outside.url))
    scope = session.enter("test")
    outside.execute("INSERT INTO books (title) VALUES ('new')")
    with_seed_and_new = outside.value("SELECT count(*) FROM books")
    session.leave(scope)

    assert with_seed_and_new == 3
    assert outside.value("SELECT count(*) FROM books") == 2

    session.close()

    assert ended(run_root, outside)
    assert (fingerprint(outside), schema_of(outside)) == (rows, schema)


def test_what_a_killed_run_left_is_undone_by_the_next(outside: Database, open_environment: Start) -> None:
    """The journal survives the run, and with it what was there before."""
    Rollback.arm(outside)
    outside.execute("DELETE FROM books; INSERT INTO books (title) VALUES ('left')")
    open_environment(external_environment(outside.url))

    assert [row[0] for row in outside.tuples("SELECT title FROM books ORDER BY id")] == ["FOUND", "SEEDED"]


def test_it_is_armed_as_the_file_says(outside: Database, open_environment: Start) -> None:
    """Also when it is disarmed and armed again in the run."""
    said = "SELECT sequences, verify FROM integration_library.settings"
    keys = "rollback, sequences: keep, verify: always"
    database = open_environment(external_environment(outside.url, isolation=keys)).databases["shelf"]
    at_first = outside.tuples(said)
    database.disarm()
    database.arm()

    assert at_first == outside.tuples(said) == [("keep", "always")]


def test_another_run_is_refused(outside: Database, open_environment: Start) -> None:
    """Two runs would roll each other back."""
    outside.execute("SELECT pg_advisory_lock(7305812047)")

    with pytest.raises(EnvironmentFailure, match="exists once, and another run has it"):
        open_environment(external_environment(outside.url))


def test_another_worker_is_refused(
    outside: Database, open_environment: Start, run_root: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """Two workers would roll each other back."""
    open_environment(external_environment(outside.url))
    other = subprocess.Popen(["sleep", "100"])
    identity = ProcessIdentity.of(other.pid)
    client = reach_supervisor(ProcessIdentity.of(run_root.pid))
    file = str(tmp_path / "environment1.yaml")

    with pytest.raises(EnvironmentFailure, match="exists once, and another worker has it"):
        client.call("attach", file=file, switches={}, holder=[identity.pid, identity.created])
    client.close()
    other.kill()
    other.wait()


@pytest.fixture
def plain(outside: Database) -> Iterator[Database]:
    """The same database as an ordinary role sees it, who may create schemas in it."""
    name = outside.value("SELECT current_database()")
    outside.execute("DROP ROLE IF EXISTS il_plain; CREATE ROLE il_plain LOGIN PASSWORD 'x'")
    outside.execute(f"GRANT ALL ON DATABASE {name} TO il_plain; GRANT ALL ON SCHEMA public TO il_plain")
    opened = Database(re.sub("//[^@]+@", "//il_plain:x@", outside.url))
    yield opened
    opened.close()
    outside.execute(f"DROP OWNED BY il_plain; REVOKE ALL ON DATABASE {name} FROM il_plain; DROP ROLE il_plain")


def test_a_role_that_may_not_arm_is_told(outside: Database, plain: Database, open_environment: Start) -> None:
    """The text names what is missing and another strategy; nothing is half-armed."""
    with pytest.raises(EnvironmentFailure, match=r"cannot be armed(.|\n)*owns all tables(.|\n)*isolation: transaction"):
        open_environment(external_environment(plain.url))
    assert outside.value("SELECT to_regnamespace('integration_library') IS NULL")


def test_rows_that_are_hidden_from_their_owner_cannot_be_armed(
    outside: Database, plain: Database, open_environment: Start
) -> None:
    """What cannot be seen cannot be undone."""
    outside.execute("ALTER TABLE books OWNER TO il_plain; ALTER TABLE books FORCE ROW LEVEL SECURITY")

    with pytest.raises(EnvironmentFailure, match=r"cannot be armed(.|\n)*table books hides rows from its owner"):
        open_environment(external_environment(plain.url))


def test_an_owner_who_is_no_superuser_gives_it_back_as_it_was(
    outside: Database, plain: Database, open_environment: Start, run_root: subprocess.Popen[bytes]
) -> None:
    """Touched tables are written again, with the reason and what to grant; rows and schema are the same afterwards."""
    outside.execute("ALTER TABLE books OWNER TO il_plain; ALTER FUNCTION shout OWNER TO il_plain")
    rows, schema = fingerprint(outside), schema_of(outside)
    session = open_environment(external_environment(plain.url))
    scope = session.enter("test")
    outside.execute("INSERT INTO books (title) VALUES ('new')")
    report = session.leave(scope).reports["shelf"]
    session.close()

    assert report.step == "tables restored"
    assert report.notes == (
        "role il_plain may not write rows back unnoticed (GRANT SET ON PARAMETER session_replication_role TO il_plain)",
        "written again: books",
    )
    assert ended(run_root, outside)
    assert (fingerprint(outside), schema_of(outside)) == (rows, schema)


def test_seeds_that_nothing_undoes_are_refused(outside: Database, open_environment: Start) -> None:
    """They would pile up, run by run."""
    with pytest.raises(EnvironmentFailure, match="would stay in it"):
        open_environment(external_environment(outside.url, isolation="none"))


def test_keywords_alone_need_no_rights(outside: Database, open_environment: Start) -> None:
    """Isolation `transaction` commits nothing."""
    session = open_environment(external_environment(outside.url, isolation="transaction", seeds="[]"))
    scope = session.enter("test")
    session.databases["shelf"].database.execute("INSERT INTO books (title) VALUES ('new')")
    seen_by_others = outside.value("SELECT count(*) FROM books")
    session.leave(scope)

    assert seen_by_others == 1


def test_a_disarmed_database_is_as_it_was_found(outside: Database, open_environment: Start) -> None:
    """Neither seeds nor what a test wrote are there, nor the journal; nothing is undone until it is armed again."""
    rows, schema = fingerprint(outside), schema_of(outside)
    session = open_environment(external_environment(outside.url))
    scope = session.enter("test")
    outside.execute("INSERT INTO books (title) VALUES ('new')")
    session.databases["shelf"].disarm()
    session.begin_again(session.databases["shelf"])

    assert (fingerprint(outside), schema_of(outside)) == (rows, schema)

    outside.execute("INSERT INTO books (title) VALUES ('meanwhile')")
    session.databases["shelf"].arm()
    session.begin_again(session.databases["shelf"])
    outside.execute("INSERT INTO books (title) VALUES ('later')")
    session.leave(scope)

    assert outside.tuples("SELECT title FROM books ORDER BY id") == [("FOUND",), ("MEANWHILE",), ("SEEDED",)]


def test_what_is_disarmed_cannot_be_disarmed(outside: Database, open_environment: Start) -> None:
    """A word too many is a mistake of the suite."""
    database = open_environment(external_environment(outside.url)).databases["shelf"]
    database.disarm()

    with pytest.raises(IntegrationError, match="Database 'shelf' is disarmed already"):
        database.disarm()
    database.arm()
    with pytest.raises(IntegrationError, match="Database 'shelf' is armed already"):
        database.arm()
