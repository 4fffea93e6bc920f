"""Rows are put in through their keywords."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.databases.catalog import Catalog
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.keywords.data import DataKeywords
from IntegrationLibrary.seeding.load import load_seed
from IntegrationLibrary.seeding.names import remember_names

_SCHEMA = """
CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL, "table" text);
CREATE TABLE orders (id serial PRIMARY KEY, customer_id int NOT NULL REFERENCES customers);
"""


class Opened:
    """An open database as the session hands it out."""

    name = "shop"

    def __init__(self, database: Database, *, refusal: str = "") -> None:
        self.database = database
        self.catalog = Catalog(database)
        self._refusal = refusal

    def guard(self) -> None:
        """Refuse when the test wants it."""
        if self._refusal:
            raise EnvironmentFailure(self._refusal)


class Sessions:
    """The session that has one database."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def database(self, name: str | None = None) -> Opened:
        """Return the only one."""
        assert name in (None, "shop")
        return self._opened


@pytest.fixture
def shop(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Return a database with customers and orders; the current folder is empty."""
    monkeypatch.chdir(tmp_path)
    database.execute(_SCHEMA)
    return database


def keywords(database: Database, *, refusal: str = "") -> DataKeywords:
    """Return the keywords over the database."""
    return DataKeywords(Sessions(Opened(database, refusal=refusal)))


def test_named_rows_are_returned_by_table_and_name(shop: Database) -> None:
    """Tests reach a row as the seed itself refers to it, with brackets or with dots."""
    Path("a.yaml").write_text("customers: {ada: {name: Ada}}", encoding="utf-8")

    seed: Any = keywords(shop).seed_database(Path("a.yaml"), database="shop")

    assert seed["customers"]["ada"]["id"] == seed.customers.ada.id == 1


def test_a_later_seed_refers_to_rows_that_the_database_was_made_with(shop: Database) -> None:
    """Names are remembered in the database, and the row is read as it is now."""
    Path("first.yaml").write_text("customers: {ada: {name: Ada}}", encoding="utf-8")
    Path("later.yaml").write_text('orders: [{customer_id: "${customers.ada.id}"}]', encoding="utf-8")
    catalog = Catalog(shop)
    remember_names(shop, catalog, load_seed(shop, catalog, [Path("first.yaml")]).named)

    keywords(shop).seed_database(Path("later.yaml"))

    assert shop.tuples("SELECT customer_id FROM orders") == [(1,)]
    shop.execute("DELETE FROM orders; DELETE FROM customers")
    with pytest.raises(EnvironmentFailure, match="refers to nothing"):
        keywords(shop).seed_database(Path("later.yaml"))


def test_a_file_that_is_in_neither_place_is_told(shop: Database) -> None:
    """The nearest name is told."""
    Path("customers.yaml").touch()

    with pytest.raises(IntegrationError, match=r"did you mean 'customers\.yaml'\?"):
        keywords(shop).seed_database(Path("custmers.yaml"))
    with pytest.raises(IntegrationError, match=r"There is nothing to seed\."):
        keywords(shop).seed_database()


def test_a_row_is_returned_as_it_is_stored(shop: Database) -> None:
    """Columns that are called like an argument go into a dictionary."""
    row: Any = keywords(shop).add_row("customers", values={"table": "round"}, name="Ada")

    assert dict(row) == {"id": 1, "name": "Ada", "table": "round"}
    assert row.id == 1


def test_a_guarded_database_takes_nothing(shop: Database) -> None:
    """The guard is asked at the moment of use, by both keywords."""
    Path("a.yaml").write_text("customers: {ada: {name: Ada}}", encoding="utf-8")
    guarded = keywords(shop, refusal="This is production.")

    with pytest.raises(EnvironmentFailure, match="This is production"):
        guarded.add_row("customers", name="Ada")
    with pytest.raises(EnvironmentFailure, match="This is production"):
        guarded.seed_database(Path("a.yaml"))

    assert shop.value("SELECT count(*) FROM customers") == 0
