"""Rows of a table whose columns have given values, found and compared by PostgreSQL itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.databases.catalog import Column, Table
from IntegrationLibrary.databases.postgres import Database, DatabaseError, comma_separated, identifier, sql
from IntegrationLibrary.databases.values import stored_text

Row = dict[str, Any]

_MET = "integration_library met"
# Their = is missing, or compares something else than the value, such as the area (PostgreSQL manual, section 9.11).
_COMPARED_AS_TEXT = frozenset({"xml", "point", "line", "lseg", "box", "path", "polygon", "circle"})


@dataclass(frozen=True)
class NearRow:
    """A row that does not have all the values: *unmet* are the columns that differ."""

    row: Row
    unmet: list[str]


class Conditions:
    """Values that columns of a table should have; None is NULL, and a text means what its column's type makes of it."""

    def __init__(self, database: Database, table: Table, values: Mapping[str, Any]) -> None:
        self.table = table
        self.values = dict(values)
        self._database = database
        columns = [table.column(name) for name in values]
        self._tests = [_test(column, values[column.name]) for column in columns]
        texts = [stored_text(column, values[column.name]) for column in columns]
        self._parameters = [text for text in texts if text is not None]

    def rows(self, *, limit: int | None = None) -> list[Row]:
        """Return the rows that have all the values, ordered by the primary key."""
        key = comma_separated(map(identifier, self.table.key))
        order = sql("ORDER BY {}", key) if self.table.key else sql("")
        query = sql("SELECT * FROM {} WHERE {} {} LIMIT {}", self.table.identifier, self._all_met(), order, limit)
        return self._ask(query)

    def count(self) -> int:
        """Return the number of rows that have all the values."""
        (row,) = self._ask(sql("SELECT count(*) FROM {} WHERE {}", self.table.identifier, self._all_met()))
        return int(row["count"])

    def nearest(self, limit: int) -> list[NearRow]:
        """Return the rows that come nearest to the values without having them all.

        Those with the asked key come first, then those with the most values.
        """
        met = identifier(_MET)
        asked_key = [number for number, column in enumerate(self.values, start=1) if column in self.table.key]
        order = [sql("s.{}[{}] DESC", met, number) for number in asked_key]
        order += [sql("cardinality(array_positions(s.{}, true)) DESC", met), *map(identifier, self.table.key)]
        query = sql(
            "SELECT * FROM (SELECT *, ARRAY[{tests}]::boolean[] AS {met} FROM {table}) s"
            " WHERE false = ANY (s.{met}) ORDER BY {order} LIMIT {limit}",
            tests=comma_separated(sql("({}) IS TRUE", test) for test in self._tests),
            met=met,
            table=self.table.identifier,
            order=comma_separated(order),
            limit=limit,
        )
        return [self._near(row) for row in self._ask(query)]

    def _near(self, row: Row) -> NearRow:
        met = row.pop(_MET)
        return NearRow(row, [column for column, is_met in zip(self.values, met, strict=True) if not is_met])

    def _all_met(self) -> Any:
        return sql(" AND ".join(["{}"] * len(self._tests)) or "true", *self._tests)

    def _ask(self, query: Any) -> list[Row]:
        try:
            return self._database.rows(query, self._parameters)
        except DatabaseError as error:
            raise IntegrationError(
                f"Table '{self.table.label}' cannot be asked for these values.", seen=error.seen
            ) from error


def _test(column: Column, value: Any) -> Any:
    name = identifier(column.name)
    if value is None:
        return sql("{} IS NULL", name)
    if column.type == "json":
        return sql("{}::jsonb = %s::jsonb", name)
    return sql("{}::text = %s" if column.type in _COMPARED_AS_TEXT else "{} = %s", name)
