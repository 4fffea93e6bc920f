"""Puts one row into a table and returns it as it is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.databases.catalog import Catalog, Column, Table
from IntegrationLibrary.databases.postgres import Database, DatabaseError, comma_separated, identifier, sql
from IntegrationLibrary.databases.values import stored_text
from IntegrationLibrary.seeding.keys import move_sequences


def add_row(database: Database, catalog: Catalog, table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Store one row and return it with all its columns: defaults, keys and generated columns filled in.

    Raises:
        IntegrationError: There is no such table or column, or PostgreSQL refuses the row; the text has its words.

    """
    found = catalog.table(table)
    checked_columns(found, values)
    try:
        with database.transaction():
            stored = insert(database, found, values)
            move_sequences(database, [(found, column) for column in values])
    except DatabaseError as error:
        raise IntegrationError(f"Table '{found.label}' does not take the row.", seen=error.seen) from error
    return stored


def checked_columns(table: Table, names: Mapping[str, Any] | Sequence[str]) -> list[Column]:
    """Return the columns of these names, all of which take values.

    Raises:
        IntegrationError: There is no such column, or PostgreSQL computes it.

    """
    columns = [table.column(name) for name in names]
    for column in columns:
        if column.generated:
            raise IntegrationError(
                f"Column '{column.name}' of table '{table.label}' takes no value.",
                seen="it is generated: PostgreSQL computes it from other columns",
            )
    return columns


def insert(database: Database, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """Insert one row and return it as it is stored.

    Raises:
        DatabaseError: PostgreSQL refuses the row.
        IntegrationError: A trigger or rule of the table has put it elsewhere.

    """
    columns = [table.column(name) for name in values]
    statement = sql("INSERT INTO {} {} RETURNING *", table.identifier, _columns_and_values(columns))
    stored = database.rows(statement, [stored_text(column, values[column.name]) for column in columns])
    if not stored:
        raise IntegrationError(
            f"Table '{table.label}' does not take the row.", seen="a trigger or rule of the table did not store it"
        )
    return stored[0]


def has_key(table: Table) -> Any:
    """Return the condition that picks one row by its primary key, with a parameter for each column of the key."""
    return sql(" AND ".join(["{} = %s"] * len(table.key)), *map(identifier, table.key))


def _columns_and_values(columns: Sequence[Column]) -> Any:
    if not columns:
        return sql("DEFAULT VALUES")
    # A value given for GENERATED ALWAYS AS IDENTITY is meant.
    overriding = sql("OVERRIDING SYSTEM VALUE" if any(column.identity for column in columns) else "")
    names = comma_separated(identifier(column.name) for column in columns)
    return sql("({}) {} VALUES ({})", names, overriding, comma_separated(sql("%s") for _ in columns))
