"""The application writes, reads and locks while checkpoints are made and rolled back to."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest
from fixtures.applications import Connect, pid, rows, until_waits
from fixtures.fingerprints import fingerprint
from psycopg_pool import ConnectionPool

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.databases.embedded import EmbeddedServer
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.isolation.rollback import Rollback

WRITE = "UPDATE stock SET amount = amount - 1 WHERE sku = 'TEA-01'"
ISOLATION_LEVELS = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]


@pytest.mark.parametrize("level", ISOLATION_LEVELS)
def test_a_writer_in_flight_at_the_checkpoint_is_undone_entirely(
    level: str, isolation: Rollback, connect: Connect, watcher: Database
) -> None:
    """Also what it wrote before the checkpoint goes, because it was committed after it."""
    before = rows(watcher)
    application = connect()
    application.execute(f"BEGIN ISOLATION LEVEL {level}; INSERT INTO orders (customer, total) VALUES (3, 1)")
    checkpoint = isolation.checkpoint("test")
    application.execute("DELETE FROM customers WHERE id = 1; COMMIT")
    assert rows(watcher) != before

    isolation.roll_back(checkpoint)

    assert rows(watcher) == before


def test_a_writer_in_flight_at_an_inner_checkpoint_is_undone_entirely(
    isolation: Rollback, connect: Connect, watcher: Database
) -> None:
    """What was committed between the two checkpoints stays until the outer one is rolled back to."""
    first = rows(watcher)
    application, other = connect(), connect()
    outer = isolation.checkpoint("outer")
    other.execute("UPDATE customers SET name = 'Eve' WHERE id = 2")
    second = rows(watcher)
    application.execute("BEGIN; INSERT INTO orders (customer, total) VALUES (3, 1)")
    inner = isolation.checkpoint("inner")
    application.execute("UPDATE customers SET visits = 9; COMMIT")

    isolation.roll_back(inner)
    assert rows(watcher) == second

    isolation.roll_back(outer)
    assert rows(watcher) == first


@pytest.mark.parametrize("level", ISOLATION_LEVELS)
def test_a_writer_that_commits_while_the_rollback_waits_is_undone(
    level: str, isolation: Rollback, connect: Connect, watcher: Database, pool: ThreadPoolExecutor
) -> None:
    """The rollback begins when the last writer has ended."""
    before = rows(watcher)
    checkpoint = isolation.checkpoint("test")
    application = connect()
    application.execute(f"BEGIN ISOLATION LEVEL {level}; {WRITE}")
    undoing = pid(isolation.database.second())
    rollback = pool.submit(isolation.roll_back, checkpoint)
    until_waits(watcher, undoing)
    application.execute("INSERT INTO orders (customer, total) VALUES (3, 1); COMMIT")

    assert rollback.result().step == "rolled back"
    assert rows(watcher) == before


def test_a_writer_that_begins_while_the_rollback_waits_is_stopped_before_it_has_anything(
    isolation: Rollback, connect: Connect, watcher: Database, pool: ThreadPoolExecutor
) -> None:
    """It holds no row and no number of a sequence that the rollback sets back: both end well."""
    before = fingerprint(watcher)
    checkpoint = isolation.checkpoint("test")
    first, second = connect(), connect()
    first.execute(f"BEGIN; INSERT INTO orders (customer, total) VALUES (3, 1); {WRITE}")
    undoing = pid(isolation.database.second())
    rollback = pool.submit(isolation.roll_back, checkpoint)
    until_waits(watcher, undoing)
    written = pool.submit(second.execute, "INSERT INTO orders (customer, total) VALUES (3, 2) RETURNING id")
    until_waits(watcher, pid(second))
    first.execute("COMMIT")

    assert rollback.result().step == "rolled back"
    assert written.result().fetchall() == [(3,)]  # the number that the first one had drawn

    isolation.roll_back(checkpoint)
    assert fingerprint(watcher) == before


HOLDS = {
    "a_writer": f"BEGIN; {WRITE}",
    "a_table_lock": "BEGIN; LOCK TABLE stock",
    "a_row_lock": "BEGIN; SELECT FROM stock FOR UPDATE",
    "a_reader_of_a_view_that_was_refreshed": "BEGIN; SELECT FROM sold",
}


@pytest.mark.parametrize("holder", HOLDS)
def test_who_keeps_the_database_locked_is_named(
    holder: str, impatient: Rollback, connect: Connect, watcher: Database, golden: Callable[[str, str], None]
) -> None:
    """Nothing is undone by half, and the rollback works once the transaction has ended."""
    before = rows(watcher)
    checkpoint = impatient.checkpoint("test")
    connect().execute(f"{WRITE}; INSERT INTO customers VALUES (4, 'Eve'); REFRESH MATERIALIZED VIEW sold")
    changed = rows(watcher)
    application = connect("shop-api")
    application.execute(HOLDS[holder])

    with pytest.raises(EnvironmentFailure) as failure:
        impatient.roll_back(checkpoint)
    golden(f"isolation/locked_by_{holder}", named(str(failure.value), {pid(application): "PID"}))

    application.execute("ROLLBACK")
    assert rows(watcher) == changed

    impatient.roll_back(checkpoint)
    assert rows(watcher) == before


def test_who_keeps_the_database_locked_is_ended_if_it_shall_be(
    isolation: Rollback, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    """The service loses its connection, and a warning names it; the database is as it was."""
    resolute = Rollback(replace(isolation.isolated, patience=0.2, ends_transactions=True))
    checkpoint = resolute.checkpoint("test")
    application = connect("shop-api")
    application.execute("BEGIN; DELETE FROM orders")

    assert resolute.roll_back(checkpoint).step == "rolled back"
    assert "A connection to database 'shop' was ended: shop-api (pid " in caplog.text
    assert isolation.database.value("SELECT count(*) FROM orders") == 2
    with pytest.raises(psycopg.OperationalError):
        application.execute("COMMIT")


def test_a_prepared_transaction_that_keeps_the_database_locked_is_named(
    impatient: Rollback, connect: Connect, watcher: Database, golden: Callable[[str, str], None]
) -> None:
    """No connection holds it; its own name is what it is ended with. Others that hold nothing are not named."""
    before = rows(watcher)
    checkpoint = impatient.checkpoint("test")
    application = connect()
    application.execute("BEGIN; SELECT FROM stock; PREPARE TRANSACTION 'read only'")
    application.execute(f"BEGIN; {WRITE}; PREPARE TRANSACTION 'payment 7'")

    with pytest.raises(EnvironmentFailure) as failure:
        impatient.roll_back(checkpoint)
    golden("isolation/locked_by_a_prepared_transaction", named(str(failure.value), {}))

    application.execute("ROLLBACK PREPARED 'read only'")
    application.execute("COMMIT PREPARED 'payment 7'")
    impatient.roll_back(checkpoint)
    assert rows(watcher) == before


def test_a_checkpoint_that_cannot_be_made_names_who_locks_the_sequences(
    impatient: Rollback, connect: Connect, golden: Callable[[str, str], None]
) -> None:
    """TRUNCATE ... RESTART IDENTITY keeps its sequences from being read until its transaction ends."""
    application = connect("shop-api")
    application.execute("BEGIN; TRUNCATE orders RESTART IDENTITY")

    with pytest.raises(EnvironmentFailure) as failure:
        impatient.checkpoint("test")
    golden("isolation/no_checkpoint", named(str(failure.value), {pid(application): "PID"}))

    application.execute("ROLLBACK")
    assert impatient.checkpoint("test").name == "test"


def test_a_reader_that_keeps_the_journal_from_being_taken_away_is_named(
    impatient: Rollback, connect: Connect, watcher: Database, golden: Callable[[str, str], None]
) -> None:
    """A database is given back as it was found, once nobody reads the tables that have triggers on them."""
    application = connect("shop-api")
    application.execute("BEGIN; SELECT FROM stock")

    with pytest.raises(EnvironmentFailure) as failure:
        impatient.release()
    golden("isolation/not_released", named(str(failure.value), {pid(application): "PID"}))

    application.execute("ROLLBACK")
    impatient.release()
    assert not watcher.value("SELECT EXISTS (SELECT FROM pg_trigger WHERE tgname LIKE 'integration%')")


def test_a_reader_does_not_keep_a_database_from_being_armed(
    impatient: Rollback, connect: Connect, watcher: Database
) -> None:
    """Triggers are made beside those who read."""
    impatient.release()
    connect().execute("BEGIN; SELECT FROM stock")

    impatient.adopt()

    assert watcher.value("SELECT EXISTS (SELECT FROM pg_trigger WHERE tgname LIKE 'integration%')")


def test_a_writer_that_keeps_a_database_from_being_armed_is_named(
    impatient: Rollback, connect: Connect, golden: Callable[[str, str], None]
) -> None:
    """What it writes would be noted in part; arming works once it has ended."""
    impatient.release()
    application = connect("shop-api")
    application.execute(f"BEGIN; {WRITE}")

    with pytest.raises(EnvironmentFailure) as failure:
        impatient.adopt()
    golden("isolation/not_armed", named(str(failure.value), {pid(application): "PID"}))

    application.execute("ROLLBACK")
    impatient.adopt()
    assert impatient.checkpoint("test").name == "test"


def test_a_reader_of_a_table_that_must_be_written_again_is_named(
    impatient: Rollback, connect: Connect, watcher: Database, golden: Callable[[str, str], None]
) -> None:
    """Rows that a trigger fires for on a rollback too are not written one by one: the table is needed as a whole."""
    impatient.release()
    connect().execute(
        "CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        "CREATE TRIGGER watched BEFORE UPDATE ON stock FOR EACH ROW EXECUTE FUNCTION watch();"
        "ALTER TABLE stock ENABLE ALWAYS TRIGGER watched"
    )
    impatient.adopt()
    before = rows(watcher)
    checkpoint = impatient.checkpoint("test")
    connect().execute(WRITE)
    application = connect("shop-api")
    application.execute("BEGIN; SELECT FROM stock")

    with pytest.raises(EnvironmentFailure) as failure:
        impatient.roll_back(checkpoint)
    golden(
        "isolation/locked_by_a_reader_of_a_table_to_write_again", named(str(failure.value), {pid(application): "PID"})
    )

    application.execute("ROLLBACK")
    assert impatient.roll_back(checkpoint).step == "tables restored"
    assert rows(watcher) == before


def test_only_who_locks_the_same_database_is_named(
    impatient: Rollback, connect: Connect, each_server: EmbeddedServer, armed_shop: str
) -> None:
    """Tables of databases that are clones of one template have the same numbers."""
    checkpoint = impatient.checkpoint("test")
    connect("shop of this worker").execute(f"BEGIN; {WRITE}")
    with psycopg.connect(each_server.url(armed_shop), application_name="another worker's shop") as elsewhere:
        elsewhere.execute(WRITE)

        with pytest.raises(EnvironmentFailure, match="shop of this worker") as failure:
            impatient.roll_back(checkpoint)
        elsewhere.rollback()

    assert "another worker" not in str(failure.value)


def test_a_reader_neither_keeps_the_rollback_nor_loses_its_snapshot(
    isolation: Rollback, connect: Connect, watcher: Database
) -> None:
    """A repeatable read goes on seeing what it saw; a session's advisory lock keeps nobody."""
    before = fingerprint(watcher)
    checkpoint = isolation.checkpoint("test")
    connect().execute(f"{WRITE}; DELETE FROM customers; INSERT INTO customers VALUES (4, 'Eve')")
    idle, reader = connect(), connect()
    idle.execute("BEGIN; SELECT pg_advisory_lock(7); SELECT FROM customers, orders, stock")
    reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    seen = reader.execute("SELECT name FROM customers").fetchall()

    report = isolation.roll_back(checkpoint)

    assert report.step == "rolled back"
    assert reader.execute("SELECT name FROM customers").fetchall() == seen == [("Eve",)]
    assert fingerprint(watcher) == before


@pytest.mark.parametrize("level", ISOLATION_LEVELS[1:])
def test_a_snapshot_from_before_a_rollback_cannot_change_what_the_rollback_wrote(
    level: str, isolation: Rollback, connect: Connect, watcher: Database
) -> None:
    """It fails to serialise; transactions before and after the rollback do not, and all is undone in the end."""
    before = fingerprint(watcher)
    checkpoint = isolation.checkpoint("test")
    application = connect()
    application.execute(f"BEGIN ISOLATION LEVEL {level}; {WRITE}; COMMIT")
    application.execute(f"BEGIN ISOLATION LEVEL {level}; SELECT FROM stock")

    isolation.roll_back(checkpoint)

    with pytest.raises(psycopg.errors.SerializationFailure):
        application.execute(WRITE)
    application.execute("ROLLBACK")
    assert fingerprint(watcher) == before

    application.execute(f"BEGIN ISOLATION LEVEL {level}; {WRITE}; COMMIT")
    isolation.roll_back(checkpoint)
    assert fingerprint(watcher) == before


@pytest.mark.parametrize("level", ISOLATION_LEVELS[1:])
def test_a_snapshot_from_before_a_rollback_may_write_other_rows_after_it(
    level: str, isolation: Rollback, connect: Connect, watcher: Database
) -> None:
    """What it writes is undone by the next rollback."""
    before = fingerprint(watcher)
    checkpoint = isolation.checkpoint("first test")
    application = connect()
    application.execute(WRITE)
    application.execute(f"BEGIN ISOLATION LEVEL {level}; SELECT FROM stock")
    isolation.roll_back(checkpoint)

    checkpoint = isolation.checkpoint("second test")
    application.execute("DELETE FROM orders; UPDATE customers SET visits = 1; COMMIT")
    isolation.roll_back(checkpoint)

    assert fingerprint(watcher) == before


@pytest.mark.parametrize("level", ISOLATION_LEVELS[1:])
def test_a_truncate_that_may_remove_more_than_its_snapshot_shows_is_never_undone_by_half(
    level: str, isolation: Rollback, connect: Connect
) -> None:
    """Rows that were committed after the snapshot cannot be noted: only a fresh clone brings them back."""
    application = connect()
    application.execute(f"BEGIN ISOLATION LEVEL {level}; SELECT FROM stock")
    connect().execute("INSERT INTO orders (customer, total) VALUES (3, 30); DELETE FROM orders WHERE id = 1")
    checkpoint = isolation.checkpoint("test")
    application.execute("TRUNCATE orders; COMMIT")

    with pytest.raises(
        EnvironmentFailure, match=f"could note: TRUNCATE public.orders at isolation level {level.lower()}"
    ):
        isolation.roll_back(checkpoint)


def test_a_truncate_that_waited_for_other_writers_is_undone(
    isolation: Rollback, connect: Connect, watcher: Database, pool: ThreadPoolExecutor
) -> None:
    """It removes what they committed while it waited, and all that comes back."""
    before = rows(watcher)
    checkpoint = isolation.checkpoint("test")
    writer, application = connect(), connect()
    writer.execute("BEGIN; INSERT INTO orders (customer, total) VALUES (3, 30); DELETE FROM orders WHERE id = 1")
    truncated = pool.submit(application.execute, "TRUNCATE orders")
    until_waits(watcher, pid(application), "orders")
    writer.execute("COMMIT")
    truncated.result()
    assert watcher.value("SELECT count(*) FROM orders") == 0

    isolation.roll_back(checkpoint)

    assert rows(watcher) == before


def test_the_rollback_is_the_victim_of_a_deadlock(
    isolation: Rollback, connect: Connect, watcher: Database, pool: ThreadPoolExecutor
) -> None:
    """It lets the application go on, which has locked a row first, and tries again."""
    before = fingerprint(watcher)
    checkpoint = isolation.checkpoint("test")
    connect().execute(WRITE)
    writer, application = connect(), connect()
    writer.execute("BEGIN; UPDATE customers SET visits = 1")
    application.execute("BEGIN; SELECT FROM stock WHERE sku = 'TEA-01' FOR UPDATE")
    undoing = pid(isolation.database.second())
    rollback = pool.submit(isolation.roll_back, checkpoint)
    until_waits(watcher, undoing)
    written = pool.submit(application.execute, f"{WRITE}; COMMIT")
    until_waits(watcher, pid(application))
    writer.execute("COMMIT")

    assert written.exception() is None
    assert rollback.result().step == "rolled back"
    assert fingerprint(watcher) == before


def test_a_transaction_that_was_prepared_before_the_checkpoint_and_is_committed_after_it_is_undone(
    isolation: Rollback, connect: Connect, watcher: Database
) -> None:
    """It counts from when it is committed, over whichever connection."""
    before = rows(watcher)
    connect().execute(f"BEGIN; {WRITE}; DELETE FROM customers WHERE id = 1; PREPARE TRANSACTION 'payment 8'")
    checkpoint = isolation.checkpoint("test")
    connect().execute("COMMIT PREPARED 'payment 8'")
    assert rows(watcher) != before

    isolation.roll_back(checkpoint)

    assert rows(watcher) == before


def test_a_pool_keeps_its_connections_and_its_prepared_statements(isolation: Rollback, watcher: Database) -> None:
    """The same server processes run the same plans before and after every rollback."""
    before = fingerprint(watcher)
    served = "SELECT pg_backend_pid(), (SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'INSERT%%')"
    with ConnectionPool(isolation.database.url, min_size=1, max_size=1, kwargs={"prepare_threshold": 0}) as connections:
        servers = set()
        for number in range(20):
            checkpoint = isolation.checkpoint("test")
            with connections.connection() as application:
                inserted = application.execute(
                    "INSERT INTO orders (customer, total) VALUES (%s, %s) RETURNING id", [3, number]
                ).fetchall()
                servers.add(application.execute(served).fetchone())
            isolation.roll_back(checkpoint)

            assert inserted == [(3,)]
            assert fingerprint(watcher) == before

    assert len(servers) == 1
    assert servers.pop()[1] == 1


def named(text: str, pids: dict[int, str]) -> str:
    """Return the failure without process ids and ages."""
    for number, name in pids.items():
        text = text.replace(f"pid {number}", f"pid {name}")
    return re.sub(r"\b\d+\.\d s(\)? holds| ago)", r"AGE s\1", text)
