"""The tables of a database as its catalogue tells them: columns, keys, references."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.databases.postgres import Database, identifier

JOURNAL_SCHEMA = "integration_library"

_TABLES = """
SELECT c.oid::bigint, n.nspname, c.relname, pg_table_is_visible(c.oid) AS visible,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'not_null', a.attnotnull,
                   'generated', a.attgenerated <> '', 'identity', a.attidentity <> '', 'default', a.atthasdef)
                   ORDER BY a.attnum), '[]')
          FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       (SELECT coalesce(jsonb_agg(a.attname ORDER BY k.position), '[]')
          FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, position)
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
         WHERE i.indrelid = c.oid AND i.indisprimary) AS key,
       (SELECT coalesce(jsonb_agg(DISTINCT f.confrelid::bigint), '[]')
          FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f') AS references
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', %s)
   AND n.nspname NOT LIKE 'pg\\_toast%%' AND n.nspname NOT LIKE 'pg\\_temp%%'
 ORDER BY n.nspname, c.relname
"""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    type: str
    not_null: bool
    generated: bool
    identity: bool
    default: bool


@dataclass(frozen=True)
class Table:
    """One table; *key* are the columns of its primary key, *references* the oids that its foreign keys point at."""

    oid: int
    schema: str
    name: str
    visible: bool
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: frozenset[int]

    @property
    def label(self) -> str:
        """The name as a person says it: without the schema where the search path finds it."""
        return self.name if self.visible else f"{self.schema}.{self.name}"

    @property
    def identifier(self) -> Any:
        """The qualified name, quoted for SQL."""
        return identifier(self.schema, self.name)

    def column_names(self) -> list[str]:
        """Return the names of all columns."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """Return the column called *name*.

        Raises:
            IntegrationError: There is none; the nearest name is in the text.

        """
        for column in self.columns:
            if column.name == name:
                return column
        raise IntegrationError(
            f"Table '{self.label}' has no column '{name}'.",
            expected=f"one of {listed(self.column_names(), limit=30)}",
            next_step=did_you_mean(name, self.column_names()) or None,
        )


class Catalog:
    """The tables of one database, read once; `refresh` after a change of the schema."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tables: dict[int, Table] | None = None

    @property
    def tables(self) -> dict[int, Table]:
        """All tables of the application, by oid."""
        if self._tables is None:
            self._tables = {row[0]: _table(row) for row in self._database.tuples(_TABLES, [JOURNAL_SCHEMA])}
        return self._tables

    def refresh(self) -> None:
        """Forget what was read."""
        self._tables = None

    def table(self, name: str) -> Table:
        """Return the table called *name*, as `table` (found on the search path) or `schema.table`.

        Raises:
            IntegrationError: There is none; the known names and the nearest one are in the text.

        """
        found = self._find(name)
        if found is None:
            self.refresh()
            found = self._find(name)
        if found is not None:
            return found
        labels = [table.label for table in self.tables.values()]
        raise IntegrationError(
            f"There is no table '{name}'.",
            expected=f"one of {listed(labels, limit=30)}" if labels else "a table; this database has none",
            next_step=did_you_mean(name, labels) or None,
        )

    def _find(self, name: str) -> Table | None:
        for table in self.tables.values():
            if name == f"{table.schema}.{table.name}" or (table.visible and name == table.name):
                return table
        return None


def _table(row: tuple[Any, ...]) -> Table:
    oid, schema, name, visible, columns, key, references = row
    return Table(
        oid, schema, name, visible, tuple(Column(**column) for column in columns), tuple(key), frozenset(references)
    )
