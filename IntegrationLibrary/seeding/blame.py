"""Finds the row that PostgreSQL refused, so that its file and line can be told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from IntegrationLibrary.base.errors import ConfigurationError, EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.text import listed
from IntegrationLibrary.databases.catalog import Table
from IntegrationLibrary.databases.postgres import Database, DatabaseError, comma_separated, identifier, sql
from IntegrationLibrary.seeding.keys import ForeignKey
from IntegrationLibrary.seeding.needs import TableRow

# Classes of SQLSTATE that no row is to blame for: connection, resources, operator, system (manual, appendix A).
_OF_THE_SERVER = frozenset({"08", "53", "57", "58", "XX"})

Texts = Callable[[TableRow, Sequence[str]], tuple[str, ...] | None]


def refused(each: TableRow, error: DatabaseError) -> IntegrationError:
    """Return the failure that tells the row, its place and PostgreSQL's words."""
    if error.sqlstate[:2] in _OF_THE_SERVER:
        return error
    return ConfigurationError(f"{each.row} cannot be stored.", place=each.row.place, seen=error.seen)


def refused_together(rows: Sequence[TableRow], error: DatabaseError) -> IntegrationError:
    """Return the failure of rows of which PostgreSQL does not tell which one it refuses."""
    if not rows:
        return EnvironmentFailure("A seed violates a constraint that is checked at its end.", seen=error.seen)
    if error.sqlstate[:2] in _OF_THE_SERVER:
        return error
    tables = listed(dict.fromkeys(f"'{each.row.table}'" for each in rows))
    file = rows[0].row.place.rpartition(":")[0]
    return ConfigurationError(f"The rows of {tables} cannot be stored together.", place=file, seen=error.seen)


def copied_row(rows: Sequence[TableRow], error: DatabaseError) -> TableRow | None:
    """Return the row of a COPY that was refused, if PostgreSQL tells its line."""
    line = rows and re.search(rf"COPY {re.escape(rows[0].table.name)}, \D*(\d+)", error.context)
    return rows[int(line[1]) - 1] if line else None


def orphan(
    database: Database, rows: Iterable[TableRow], foreign_key: ForeignKey, *, target: Table, texts: Texts
) -> TableRow | None:
    """Return the first of the rows that points at nothing; *texts* returns the values of a row's columns."""
    pointing = [each for each in rows if each.table.oid == foreign_key.table]
    is_own_target = foreign_key.table == foreign_key.target
    present = {texts(each, foreign_key.target_columns) for each in pointing if is_own_target}
    given = [(each, key) for each in pointing if (key := texts(each, foreign_key.columns)) and key not in present]
    if not given:
        return None
    columns = [list(column) for column in zip(*(key for _, key in given), strict=True)]
    number = database.value(_points_at_nothing(target, foreign_key.target_columns), columns)
    return given[number - 1][0] if number else None


def _points_at_nothing(target: Table, columns: Sequence[str]) -> Any:
    names = [identifier(f"given {column}") for column in columns]
    matches = [
        sql("t.{} = CAST({} AS " + target.column(column).type + ")", identifier(column), name)
        for column, name in zip(columns, names, strict=True)
    ]
    return sql(
        "SELECT number FROM unnest({arrays}) WITH ORDINALITY AS given({names}, number)"
        " WHERE NOT EXISTS (SELECT FROM {target} t WHERE {matches}) ORDER BY number LIMIT 1",
        arrays=comma_separated(sql("%s::text[]") for _ in columns),
        names=comma_separated(names),
        target=target.identifier,
        matches=sql(" AND ".join(["{}"] * len(matches)), *matches),
    )
