"""What changed in the whole database is read and judged through the keywords."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from IntegrationLibrary.api.recorder import Moment
from IntegrationLibrary.base.errors import CheckFailed, IntegrationError
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.isolation.rollback import Rollback
from IntegrationLibrary.keywords.changes import ChangeKeywords
from IntegrationLibrary.opened import OpenDatabase
from IntegrationLibrary.services.postgres import DatabaseSpec
from IntegrationLibrary.session import Scope

_SCHEMA = """
CREATE TABLE orders (
    a text, status text NOT NULL, id int PRIMARY KEY, total numeric(10, 2), placed date, password text);
CREATE TABLE stock (quantity int, shelf text, sku text, PRIMARY KEY (sku, shelf));
CREATE TABLE notes (line text, number int);
CREATE TABLE untouched (id int PRIMARY KEY);
CREATE SCHEMA archive;
CREATE TABLE archive.orders (id int PRIMARY KEY, note text);
INSERT INTO orders VALUES
    ('x', 'new', 11, 4.50, '2024-02-29', 'geheim-11'), ('x', 'new', 12, 9, NULL, 'geheim-12');
INSERT INTO stock VALUES (10, 'A1', 'TEA-01'), (20, 'B2', 'MUG-01');
INSERT INTO notes VALUES ('first', 1);
INSERT INTO untouched VALUES (1);
"""


class Sessions:
    """The session that has one database, in a test that began when this was made."""

    def __init__(self, opened: OpenDatabase) -> None:
        self._opened = opened
        self._scope = Scope("test", Moment(), {opened.name: opened.isolation.checkpoint("test")})

    def database(self, name: str | None = None) -> OpenDatabase:
        """Return the only one."""
        assert name in (None, "shop")
        return self._opened

    def beginning(self) -> Scope:
        """Return where the test began."""
        return self._scope


def opened(database: Database, isolation: str) -> OpenDatabase:
    """Return the database as a worker opens it."""
    told = {"url": database.url, "isolation": isolation, "spec": DatabaseSpec().model_dump(mode="json")}
    return OpenDatabase("shop", told, base=Path.cwd())


@pytest.fixture
def changes(database: Database) -> Iterator[ChangeKeywords]:
    """Return the keywords over orders, stock and notes."""
    database.execute(_SCHEMA)
    Rollback.arm(database)
    shop = opened(database, "rollback")
    yield ChangeKeywords(Sessions(shop))
    shop.close()


PASSING: dict[str, tuple[str, dict[str, str]]] = {
    "nothing": ("SELECT 1", {}),
    "written_and_put_back": ("UPDATE orders SET a = 'y'; UPDATE orders SET a = 'x'", {}),
    "added_and_removed": ("INSERT INTO untouched VALUES (2); DELETE FROM untouched WHERE id = 2", {}),
    "added": ("INSERT INTO untouched VALUES (2), (3)", {"untouched": "+2"}),
    "several": (
        "INSERT INTO orders (id, status) VALUES (13, 'new'); UPDATE orders SET a = 'z' WHERE id < 13;DELETE FROM notes",
        {"orders": "+1 ~2", "notes": "-1"},
    ),
    "any": ("UPDATE stock SET quantity = 0", {"stock": "any"}),
    "named_unchanged": ("SELECT 1", {"stock": "0"}),
    "temporary_table": ("CREATE TEMPORARY TABLE t (id int); INSERT INTO t VALUES (1); DROP TABLE t", {}),
    "schema": ("INSERT INTO archive.orders VALUES (1)", {"archive.orders": "+1"}),
    "schema_on_the_path": ("UPDATE stock SET quantity = 0", {"public.stock": "~2"}),
}


@pytest.mark.parametrize("case", PASSING)
def test_what_is_as_it_should_be_passes(case: str, changes: ChangeKeywords, database: Database) -> None:
    """What is named and nothing else has changed."""
    statements, tables = PASSING[case]
    database.execute(statements)

    assert changes.database_changes_should_be(**tables) is None


FAILURES: dict[str, tuple[str, Callable[[ChangeKeywords], Any]]] = {
    "one_changed": (
        "UPDATE orders SET status = 'paid' WHERE id = 11",
        lambda changes: changes.database_changes_should_be(orders="+1"),
    ),
    "composite_key": (
        "UPDATE stock SET quantity = quantity - 1",
        lambda changes: changes.database_changes_should_be(stock="~1"),
    ),
    "without_a_key": (
        "UPDATE notes SET line = 'last'",
        lambda changes: changes.database_changes_should_be(),
    ),
    "key_that_moves": (
        "UPDATE orders SET id = 21 WHERE id = 11",
        lambda changes: changes.database_changes_should_be(orders="~1"),
    ),
    "not_named": (
        "INSERT INTO orders (id, status) VALUES (13, 'new'); INSERT INTO archive.orders VALUES (1, NULL)",
        lambda changes: changes.database_changes_should_be(orders="+1"),
    ),
    "nothing_changed": ("SELECT 1", lambda changes: changes.database_changes_should_be(orders="+1", stock="~1")),
    "secret": (
        "UPDATE orders SET password = 'geheim-99' WHERE id = 11; DELETE FROM orders WHERE id = 12",
        lambda changes: changes.database_should_be_unchanged(),
    ),
    "unchanged": (
        "DELETE FROM stock WHERE sku = 'TEA-01'; INSERT INTO notes VALUES ('second', NULL)",
        lambda changes: changes.database_should_be_unchanged(),
    ),
    "many_rows": (
        "INSERT INTO untouched SELECT generate_series(2, 31)",
        lambda changes: changes.database_should_be_unchanged(message="Reading wrote something."),
    ),
    "dropped": ("DROP TABLE untouched", lambda changes: changes.database_should_be_unchanged()),
    "rows_and_schema": (
        "UPDATE stock SET quantity = 1 WHERE sku = 'TEA-01'; ALTER TABLE orders ADD COLUMN gift bool",
        lambda changes: changes.database_changes_should_be(stock="~2"),
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_failure_tells_which_rows_changed(
    case: str, changes: ChangeKeywords, database: Database, golden: Callable[[str, str], None]
) -> None:
    """Rows are told by their primary keys, wherever these stand in the table; secrets are masked."""
    statements, judge = FAILURES[case]
    database.execute(statements)

    with pytest.raises(CheckFailed) as raised:
        judge(changes)

    assert "geheim" not in str(raised.value)
    golden(f"changes/{case}", str(raised.value))


MISTAKES = {
    "mistake_words": {"orders": "one more"},
    "mistake_words_twice": {"orders": "+1 +2"},
    "mistake_table": {"ordes": "any"},
}


@pytest.mark.parametrize("case", MISTAKES)
def test_words_that_say_nothing_are_the_fault_of_the_test(
    case: str, changes: ChangeKeywords, golden: Callable[[str, str], None]
) -> None:
    """The words and the tables that there are stand in the text; a table that is not there is not "unchanged"."""
    with pytest.raises(IntegrationError) as raised:
        changes.database_changes_should_be(**MISTAKES[case])

    assert not isinstance(raised.value, CheckFailed)
    golden(f"changes/{case}", str(raised.value))


def test_changes_are_read_in_the_order_of_their_columns(changes: ChangeKeywords, database: Database) -> None:
    """The key comes first, then the columns as the table has them."""
    database.execute("UPDATE orders SET status = 'paid' WHERE id = 11; INSERT INTO notes VALUES ('second', 2)")

    assert changes.get_database_changes() == [
        {"table": "notes", "kind": "added", "old": None, "new": {"line": "second", "number": 2}},
        {
            "table": "orders",
            "kind": "changed",
            "old": row_11("new"),
            "new": row_11("paid"),
        },
    ]
    assert list(changes.get_database_changes()[1]["new"]) == ["id", "a", "status", "total", "placed", "password"]


def row_11(status: str) -> dict[str, Any]:
    """Return order 11 as JSON has it."""
    return {"id": 11, "a": "x", "status": status, "total": 4.5, "placed": "2024-02-29", "password": "geheim-11"}


def test_an_isolation_without_a_record_cannot_judge(database: Database, golden: Callable[[str, str], None]) -> None:
    """It says so instead of finding no change."""
    database.execute(_SCHEMA)
    shop = opened(database, "none")

    with pytest.raises(IntegrationError) as raised:
        ChangeKeywords(Sessions(shop)).database_should_be_unchanged()
    shop.close()

    golden("changes/no_record", str(raised.value))
