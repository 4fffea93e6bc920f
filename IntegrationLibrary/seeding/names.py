"""Named rows of the seeds that a database was made with: seeds that come later may refer to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from IntegrationLibrary.databases.catalog import JOURNAL_SCHEMA, Catalog, Table
from IntegrationLibrary.databases.postgres import Database, comma_separated, identifier, sql
from IntegrationLibrary.seeding.row import has_key

NamedRows = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Stored rows by table and name."""

_NAMES = (JOURNAL_SCHEMA, "named_rows")


def remember_names(database: Database, catalog: Catalog, named: NamedRows) -> None:
    """Keep where the named rows are: in the database itself, so that its clones know them too."""
    if not named:
        return
    if not _are_kept(database):
        database.execute(sql("CREATE SCHEMA IF NOT EXISTS {}", identifier(JOURNAL_SCHEMA)))
        database.execute(
            sql("CREATE TABLE {} (of text, name text, key text[], PRIMARY KEY (of, name))", identifier(*_NAMES))
        )
    for label, rows in named.items():
        table = catalog.table(label)
        for name, row in rows.items() if table.key else ():
            _remember(database, table, name=name, row=row)


def remembered_row(database: Database, table: Table, name: str) -> dict[str, Any] | None:
    """Return the row as it is now; None when no row of this name is remembered, or it is gone."""
    if not table.key or not _are_kept(database):
        return None
    query = sql(
        "SELECT t.* FROM {table} t JOIN {names} n ON n.key = {key} WHERE n.of = %s AND n.name = %s",
        table=table.identifier,
        names=identifier(*_NAMES),
        key=_key_texts(table),
    )
    found = database.rows(query, [_full_name(table), name])
    return found[0] if found else None


def _remember(database: Database, table: Table, *, name: str, row: Mapping[str, Any]) -> None:
    statement = sql(
        "INSERT INTO {names} SELECT %s, %s, {key} FROM {table} t WHERE {found}"
        " ON CONFLICT (of, name) DO UPDATE SET key = excluded.key",
        names=identifier(*_NAMES),
        key=_key_texts(table),
        table=table.identifier,
        found=has_key(table),
    )
    database.execute(statement, [_full_name(table), name, *(row[column] for column in table.key)])


def _are_kept(database: Database) -> bool:
    return bool(database.value("SELECT to_regclass(%s) IS NOT NULL", [".".join(_NAMES)]))


def _key_texts(table: Table) -> Any:
    return sql("ARRAY[{}]", comma_separated(sql("t.{}::text", identifier(column)) for column in table.key))


def _full_name(table: Table) -> str:
    return f"{table.schema}.{table.name}"
