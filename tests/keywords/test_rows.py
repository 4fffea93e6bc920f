"""Rows are read, judged and waited for through their keywords."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from IntegrationLibrary.base.errors import CheckFailed, IntegrationError
from IntegrationLibrary.databases.catalog import Catalog
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.keywords.rows import RowKeywords

_SCHEMA = """
CREATE TYPE state AS ENUM ('new', 'paid', 'shipped');
CREATE TABLE orders (
    id int PRIMARY KEY, sku text, state state NOT NULL, total numeric(10, 2), tags text[], notes json, placed date,
    password text, "message" text, is_gift boolean
);
INSERT INTO orders VALUES
    (13, 'TEA-03', 'paid', 4.50, NULL, NULL, NULL, 'pw-13', 'hello', true),
    (11, 'TEA-01', 'paid', 4.50, '{a,b}', '{"a": 1}', '2024-02-29', 'pw-11', NULL, false),
    (12, 'TEA-02', 'new', 12, NULL, '{"a": 2}', NULL, NULL, NULL, NULL);
CREATE SCHEMA archive;
CREATE TABLE archive.orders (id int);
"""
_SOON = timedelta(milliseconds=50)


class Opened:
    """One open database."""

    name = "shop"

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self.database = database
        self.catalog = catalog

    def guard(self) -> None:
        """Refuse nothing: the database is the test's own."""


class Sessions:
    """The session that has one database."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def database(self, name: str | None = None) -> Opened:
        """Return the only one."""
        assert name in (None, "shop")
        return self._opened


@pytest.fixture
def rows(database: Database) -> RowKeywords:
    """Return the keywords over three orders."""
    database.execute(_SCHEMA)
    return RowKeywords(Sessions(Opened(database, Catalog(database))))


@pytest.mark.parametrize(
    "values",
    [
        {"id": "11"},
        {"id": 11, "state": "paid"},
        {"total": "4.5", "tags": None, "id": "13"},
        {"tags": ["a", "b"]},
        {"notes": {"a": 1}},
        {"placed": "2024-02-29"},
        {"is_gift": "True", "state": "paid"},
        {"message": "hello"},
    ],
    ids=str,
)
def test_values_are_compared_as_their_columns_mean_them(rows: RowKeywords, values: dict[str, Any]) -> None:
    """Texts, numbers, lists, dictionaries and NULL find the row that has them."""
    found = rows.get_row("orders", values=values)

    assert found["id"] in (11, 13)


def test_rows_come_in_the_order_of_their_key(rows: RowKeywords) -> None:
    """Without values all rows are returned."""
    assert [row["id"] for row in rows.get_rows("orders")] == [11, 12, 13]
    assert [row["id"] for row in rows.get_rows("orders", state="paid")] == [11, 13]
    assert rows.get_rows("archive.orders") == []


def test_what_is_as_it_should_be_passes(rows: RowKeywords) -> None:
    """Every judgement has a case in which it is silent."""
    rows.row_should_exist("orders", id="11", state="paid")
    rows.row_should_not_exist("orders", state="shipped")
    rows.row_count_should_be("orders", 2, state="paid")
    rows.table_should_be_empty("archive.orders")
    rows.wait_until_row_count_is("orders", 3, timeout=_SOON)
    assert rows.wait_until_row_exists("orders", id=12, timeout=_SOON)["sku"] == "TEA-02"


def test_a_row_that_comes_later_is_waited_for(rows: RowKeywords, database: Database) -> None:
    """The wait ends when another connection has committed the change."""
    elsewhere = Database(database.url)
    later = threading.Timer(0.1, elsewhere.execute, ["UPDATE orders SET state = 'shipped' WHERE id = 12"])
    later.start()

    row = rows.wait_until_row_exists("orders", id=12, state="shipped", timeout=timedelta(seconds=10))
    later.join()
    elsewhere.close()

    assert row["state"] == "shipped"


FAILURES: dict[str, Callable[[RowKeywords], Any]] = {
    "get_row_none": lambda rows: rows.get_row("orders", id=99),
    "get_row_several": lambda rows: rows.get_row("orders", state="paid"),
    "exists_other_value": lambda rows: rows.row_should_exist("orders", id=11, state="shipped"),
    "exists_empty_table": lambda rows: rows.row_should_exist("archive.orders", id=1),
    "exists_secret": lambda rows: rows.row_should_exist("orders", id=11, password="other"),
    "should_not_exist": lambda rows: rows.row_should_not_exist("orders", state="paid"),
    "count": lambda rows: rows.row_count_should_be("orders", 1, state="paid"),
    "count_none": lambda rows: rows.row_count_should_be("orders", 1, state="shipped"),
    "not_empty": lambda rows: rows.table_should_be_empty("orders"),
    "own_message": lambda rows: rows.row_should_exist("orders", id=99, message="Order 99 is lost."),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_failure_tells_which_rows_are_there(case: str, rows: RowKeywords, golden: Callable[[str, str], None]) -> None:
    """The nearest rows are told with what differs; secrets are masked."""
    with pytest.raises(IntegrationError) as raised:
        FAILURES[case](rows)

    assert isinstance(raised.value, CheckFailed) is not case.startswith("get_row")
    golden(f"rows/{case}", str(raised.value))


@pytest.mark.parametrize("values", [{"id": "eleven"}, {"state": "shiped"}, {"stat": "paid"}], ids=str)
def test_a_question_that_cannot_be_asked_is_the_fault_of_the_test(rows: RowKeywords, values: dict[str, Any]) -> None:
    """It is no failure of the system, and no wait goes on for it."""
    with pytest.raises(IntegrationError) as raised:
        rows.wait_until_row_exists("orders", values=values, timeout=timedelta(seconds=30))

    assert not isinstance(raised.value, CheckFailed)


def test_a_wait_that_fails_tells_what_it_saw(rows: RowKeywords) -> None:
    """The last state stands in the failure, with the number of attempts."""
    with pytest.raises(CheckFailed, match=r"had no such row within 50 ms\.") as raised:
        rows.wait_until_row_exists("orders", id=12, state="paid", timeout=_SOON)

    assert "id 12: state 'new', not 'paid'" in str(raised.value)

    with pytest.raises(CheckFailed, match=r"did not have 5 rows within 50 ms\.") as raised:
        rows.wait_until_row_count_is("orders", 5, timeout=_SOON)

    assert "id 11 'TEA-01' · id 12 'TEA-02' · id 13 'TEA-03'" in str(raised.value)
