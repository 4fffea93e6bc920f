"""The journal undoes what was committed, exactly."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from fixtures.fingerprints import fingerprint

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.isolation.rollback import Rollback
from IntegrationLibrary.isolation.strategy import Isolated

SCHEMA = """
CREATE SEQUENCE never_used START 7;
CREATE TABLE customers (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE, chief int REFERENCES customers);
CREATE TABLE orders (
    id serial PRIMARY KEY, customer int REFERENCES customers ON DELETE CASCADE, body json, price float8,
    twice float8 GENERATED ALWAYS AS (price * 2) STORED, gone int, parts int[]);
ALTER TABLE orders DROP COLUMN gone;
CREATE TABLE "Order Lines" (a int, "B c" text);
CREATE TABLE composite (one int, two text, note text, PRIMARY KEY (one, two));
CREATE TABLE "select" (seq int PRIMARY KEY, image text, relation oid, sign int, r text);
CREATE TABLE parted (id int, kind int, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
CREATE TABLE parted_one PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_two (kind int NOT NULL, id int NOT NULL);
ALTER TABLE parted ATTACH PARTITION parted_two FOR VALUES IN (2);
INSERT INTO customers (name, chief) VALUES ('Ada', NULL), ('Grace', 1), ('Alan', 2);
INSERT INTO orders (customer, body, price, parts) VALUES
    (1, '{"a":  1, "a": 2}', 'NaN', '{1,2}'), (2, NULL, '-Infinity', NULL);
INSERT INTO "Order Lines" VALUES (1, 'x'), (1, 'x'), (NULL, NULL), (NULL, NULL);
INSERT INTO composite VALUES (1, 'a', 'first'), (1, 'b', 'second');
INSERT INTO "select" VALUES (1, 'i', 2, 3, 'r');
INSERT INTO parted VALUES (1, 1), (2, 2);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() = 1 THEN
        UPDATE composite SET note = note || '!' WHERE one = NEW.one AND two = NEW.two;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER touched AFTER UPDATE ON composite FOR EACH ROW EXECUTE FUNCTION touch();
"""

PROGRAMS = {
    "insert": "INSERT INTO customers (name) VALUES ('Eve')",
    "update": "UPDATE customers SET name = name || '?'",
    "delete with a cascade": "DELETE FROM customers WHERE id = 3; DELETE FROM orders WHERE customer = 2",
    "cascade": "UPDATE customers SET chief = NULL; DELETE FROM customers WHERE id = 1",
    "upsert": "INSERT INTO composite VALUES (1, 'a', 'new') ON CONFLICT (one, two) DO UPDATE SET note = excluded.note",
    "truncate": 'TRUNCATE orders, "Order Lines" RESTART IDENTITY',
    "truncate with a cascade": "TRUNCATE customers RESTART IDENTITY CASCADE",
    "a sequence alone": "SELECT nextval('orders_id_seq')",
    "a sequence that was never used": "SELECT setval('never_used', 50, false)",
    "a sequence that was never used, and is": "SELECT nextval('never_used')",
    "a key that changes": "UPDATE composite SET two = 'c' WHERE two = 'a'",
    "keys that are swapped": "UPDATE composite SET two = 'x' WHERE two = 'a';"
    "UPDATE composite SET two = 'a' WHERE two = 'b'; UPDATE composite SET two = 'b' WHERE two = 'x'",
    "unique values that are swapped": "UPDATE customers SET name = NULL WHERE id = 1;"
    "UPDATE customers SET name = 'Ada' WHERE id = 2; UPDATE customers SET name = 'Grace' WHERE id = 1",
    "rows without a key": """DELETE FROM "Order Lines" WHERE ctid IN (SELECT ctid FROM "Order Lines" LIMIT 3);
        INSERT INTO "Order Lines" VALUES (1, 'x'), (2, 'y'), (NULL, 'z')""",
    "a row that goes and comes again": "DELETE FROM composite; INSERT INTO composite VALUES (1, 'a', 'other')",
    "json as it was written": "UPDATE orders SET body = '{}', price = 1, parts = '{}'",
    "columns named like the journal's": """UPDATE "select" SET image = 'j', sign = 0;
        INSERT INTO "select" VALUES (2)""",
    "a trigger of the application on the same row": "UPDATE composite SET note = 'n'",
    "an application that is a replica": "SET session_replication_role = replica; DELETE FROM customers; RESET ALL",
    "partitions": "INSERT INTO parted VALUES (3, 1), (4, 2); DELETE FROM parted_one WHERE id = 1",
    "rows that move between partitions": "UPDATE parted SET kind = 3 - kind",
    "a partition with other columns first": "UPDATE parted_two SET id = 9; INSERT INTO parted_two VALUES (2, 10)",
    "a savepoint that is rolled back": "BEGIN; DELETE FROM orders; SAVEPOINT s; DELETE FROM composite;"
    "ROLLBACK TO s; COMMIT",
    "nothing": "SELECT 1",
}


@pytest.fixture
def isolation(database: Database) -> Rollback:
    """The strategy on a database with the hard cases in it."""
    database.execute(SCHEMA)
    Rollback.arm(database)
    return Rollback(Isolated(database, "test"))


@pytest.fixture
def application(database: Database, isolation: Rollback) -> Iterator[Database]:
    """A second connection, as the service under test has one."""
    del isolation  # the triggers are there before the application writes
    opened = Database(database.url)
    yield opened
    opened.close()


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_was_committed_elsewhere_is_undone(
    program: str, isolation: Rollback, application: Database, database: Database
) -> None:
    """Every row and every sequence is as it was at the checkpoint."""
    before = fingerprint(database)
    checkpoint = isolation.checkpoint("before")

    application.execute(PROGRAMS[program])
    isolation.roll_back(checkpoint)

    assert before == fingerprint(database)


def test_checkpoints_nest(isolation: Rollback, application: Database, database: Database) -> None:
    """An inner checkpoint keeps what was written before it; the outer one undoes both."""
    first = fingerprint(database)
    outer = isolation.checkpoint("outer")
    application.execute("INSERT INTO customers (name) VALUES ('Eve')")
    second = fingerprint(database)
    inner = isolation.checkpoint("inner")
    application.execute("UPDATE customers SET name = 'Bob' WHERE name = 'Eve'")

    isolation.roll_back(inner)
    assert second == fingerprint(database)

    isolation.roll_back(outer)
    assert first == fingerprint(database)


def test_a_view_that_an_inner_rollback_refreshed_is_refreshed_by_the_outer_one(
    isolation: Rollback, application: Database, database: Database
) -> None:
    """It showed rows of the suite, which the outer rollback undoes; the notes of it do not pile up."""
    database.execute("CREATE MATERIALIZED VIEW names AS SELECT name FROM customers")
    first = fingerprint(database)
    outer = isolation.checkpoint("suite")
    application.execute("INSERT INTO customers (name) VALUES ('of the suite')")
    for _ in range(3):
        inner = isolation.checkpoint("test")
        application.execute("REFRESH MATERIALIZED VIEW names")
        isolation.roll_back(inner)
    noted = database.value("SELECT count(*) FROM integration_library.journal WHERE image = 'public.names' AND sign = 0")
    isolation.roll_back(outer)

    assert noted == 1
    assert first == fingerprint(database)


def test_changes_pair_old_and_new_rows(isolation: Rollback, application: Database) -> None:
    """A changed row is one change with both its images; one that is put back is none."""
    checkpoint = isolation.checkpoint("before")
    application.execute("UPDATE customers SET name = 'Lady Ada' WHERE id = 1")
    application.execute(
        "UPDATE customers SET name = 'G' WHERE id = 2; UPDATE customers SET name = 'Grace' WHERE id = 2"
    )

    (change,) = isolation.changes(checkpoint)

    assert (change.table, change.kind) == ("customers", "changed")
    assert change.old is not None
    assert change.new is not None
    assert (change.old["name"], change.new["name"]) == ("Ada", "Lady Ada")


def test_what_was_written_before_a_checkpoint_and_committed_after_it_is_undone(
    isolation: Rollback, application: Database, database: Database
) -> None:
    """It belongs to the interval in which it was committed."""
    before = fingerprint(database)
    application.execute("BEGIN; INSERT INTO customers (name) VALUES ('late')")
    checkpoint = isolation.checkpoint("in between")
    application.execute("COMMIT")

    isolation.roll_back(checkpoint)

    assert before["rows of public.customers"] == fingerprint(database)["rows of public.customers"]


def test_a_transaction_that_does_not_end_is_named(isolation: Rollback, application: Database) -> None:
    """The failure says who holds what."""
    checkpoint = isolation.checkpoint("before")
    application.execute("BEGIN; INSERT INTO customers (name) VALUES ('open')")

    with pytest.raises(EnvironmentFailure) as failure:
        isolation.roll_back(checkpoint)

    assert "other transactions keep it locked" in str(failure.value)
    assert "INSERT INTO customers" in str(failure.value)
    application.execute("ROLLBACK")


def test_defaults_of_the_database_do_not_matter(isolation: Rollback, application: Database, database: Database) -> None:
    """A repeatable read would not see what is committed while the rollback waits for it."""
    name = database.value("SELECT current_database()")
    before = fingerprint(database)
    for default in ("default_transaction_isolation = 'repeatable read'", "default_transaction_read_only = on"):
        database.execute(f'ALTER DATABASE "{name}" SET {default}')
    database.close()
    checkpoint = isolation.checkpoint("before")
    application.execute("BEGIN READ WRITE; INSERT INTO customers (name) VALUES ('late')")
    committing = threading.Thread(target=_commit_when_waited_for, args=(application,))
    committing.start()
    isolation.roll_back(checkpoint)
    committing.join()

    assert before["rows of public.customers"] == fingerprint(database)["rows of public.customers"]


def _commit_when_waited_for(application: Database) -> None:
    watcher = Database(application.url)
    waiting = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"
    wait_until(lambda: Answer.ready() if watcher.value(waiting) else Answer.not_yet("nobody waits"), timeout=10)
    watcher.close()
    application.execute("COMMIT")


def test_a_two_phase_commit_is_undone(isolation: Rollback, application: Database, database: Database) -> None:
    """It was prepared over one connection and is committed over another."""
    before = fingerprint(database)
    checkpoint = isolation.checkpoint("before")
    application.execute("BEGIN; DELETE FROM orders; PREPARE TRANSACTION 'two phases'")
    database.execute("COMMIT PREPARED 'two phases'")

    isolation.roll_back(checkpoint)

    assert before == fingerprint(database)


def test_a_prepared_transaction_that_does_not_end_is_named(
    isolation: Rollback, application: Database, database: Database
) -> None:
    """No connection holds it; its own name is all there is."""
    checkpoint = isolation.checkpoint("before")
    application.execute("BEGIN; DELETE FROM orders; PREPARE TRANSACTION 'forgotten'")

    with pytest.raises(EnvironmentFailure, match="postgres prepared as 'forgotten'"):
        isolation.roll_back(checkpoint)
    database.execute("ROLLBACK PREPARED 'forgotten'")


def test_the_journal_does_not_grow(isolation: Rollback, application: Database, database: Database) -> None:
    """What many tests wrote leaves no room behind that later ones would have to search."""
    checkpoint = isolation.checkpoint("before")
    for _ in range(3):
        application.execute("INSERT INTO customers (name) SELECT 'c' || i FROM generate_series(1, 10000) AS i")
        isolation.roll_back(checkpoint)

    size = (
        "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace = 'integration_library'::regnamespace AND relpersistence = 'u'"
    )
    assert database.value(size) <= 2**21


@pytest.mark.parametrize("rows", [999, 1000, 1001, 1100, 2500])
def test_each_row_of_a_large_statement_is_noted_once(
    isolation: Rollback, application: Database, database: Database, rows: int
) -> None:
    """However it is kept: what is beyond the first thousand is kept in blocks."""
    isolation.checkpoint("before")
    application.execute("INSERT INTO customers (name) SELECT 'c' || i FROM generate_series(1, %s) AS i", [rows])
    application.execute("UPDATE customers SET name = name || '!' WHERE name LIKE 'c%%'", [])
    noted = "SELECT sign, count(*), count(DISTINCT image) FROM integration_library.noted GROUP BY sign ORDER BY sign"

    assert database.tuples(noted) == [(-1, rows, rows), (1, 2 * rows, 2 * rows)]


def test_a_change_of_the_schema_is_noticed(isolation: Rollback, application: Database) -> None:
    """Only a fresh clone can undo it, and a database without a template says so."""
    checkpoint = isolation.checkpoint("before")
    application.execute("CREATE TABLE more (id int)")

    with pytest.raises(EnvironmentFailure, match=r"CREATE TABLE public\.more"):
        isolation.roll_back(checkpoint)


def test_temporary_tables_are_no_change_of_the_schema(isolation: Rollback, application: Database) -> None:
    """They go with their session."""
    checkpoint = isolation.checkpoint("before")
    application.execute("CREATE TEMP TABLE scratch (id int); DROP TABLE scratch")

    assert isolation.roll_back(checkpoint).step == "rolled back"


def test_renewing_undoes_everything_since_the_template(
    isolation: Rollback, application: Database, database: Database
) -> None:
    """A dirty slot is clean before the next worker gets it."""
    before = fingerprint(database)
    application.execute("TRUNCATE customers CASCADE")

    assert isolation.renew()
    assert before == fingerprint(database)


def test_a_database_that_is_not_armed_cannot_be_renewed(database: Database) -> None:
    """It has to be cloned again."""
    assert not Rollback(Isolated(database, "test")).renew()
