"""Keys as seeds need them: foreign keys with their columns, and what fills keys that are not given."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from IntegrationLibrary.databases.catalog import Table
from IntegrationLibrary.databases.postgres import Database, identifier, sql

_FOREIGN_KEYS = """
SELECT f.conname, f.conrelid::bigint, f.confrelid::bigint, f.condeferrable,
       (SELECT array_agg(a.attname::text ORDER BY k.position)
          FROM unnest(f.conkey) WITH ORDINALITY AS k(number, position)
          JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.number),
       (SELECT array_agg(a.attname::text ORDER BY k.position)
          FROM unnest(f.confkey) WITH ORDINALITY AS k(number, position)
          JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.number)
  FROM pg_constraint f WHERE f.contype = 'f' AND f.conrelid = ANY(%s)
 ORDER BY f.conrelid, f.conname
"""

# A sequence belongs to a column (identity, serial), or a column's default draws from it.
_SEQUENCES = """
SELECT a.attrelid::bigint, a.attname, n.nspname, s.relname
  FROM pg_attribute a
  LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
  JOIN pg_depend d ON (d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
                       AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i'))
                   OR (d.classid = 'pg_attrdef'::regclass AND d.objid = e.oid AND d.refclassid = 'pg_class'::regclass)
  JOIN pg_class s ON s.relkind = 'S' AND s.oid IN (d.objid, d.refobjid)
  JOIN pg_sequence q ON q.seqrelid = s.oid AND q.seqincrement > 0
  JOIN pg_namespace n ON n.oid = s.relnamespace
 WHERE a.attrelid = ANY(%s) AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
"""

_DEFAULT = """
SELECT coalesce(pg_get_expr(d.adbin, d.adrelid),
                format('nextval(%%L)', pg_get_serial_sequence(%s, a.attname)))
  FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid = %s AND a.attname = %s
"""


@dataclass(frozen=True)
class ForeignKey:
    """One foreign key: *columns* of *table* point at *target_columns* of *target*; both tables are oids."""

    name: str
    table: int
    target: int
    deferrable: bool
    columns: tuple[str, ...]
    target_columns: tuple[str, ...]


def foreign_keys(database: Database, tables: Collection[int]) -> list[ForeignKey]:
    """Return the foreign keys of the tables, given by oid."""
    return [
        ForeignKey(name, table, target, deferrable, tuple(columns), tuple(target_columns))
        for name, table, target, deferrable, columns, target_columns in database.tuples(_FOREIGN_KEYS, [list(tables)])
    ]


def draw(database: Database, table: Table, column: str) -> object:
    """Return a value of the column's default, drawn before the row that will have it."""
    name = sql("{}", table.identifier).as_string(None)
    expression = database.value(_DEFAULT, [name, table.oid, column])
    return database.value(f"SELECT {expression}".encode())


def move_sequences(database: Database, given: Collection[tuple[Table, str]]) -> None:
    """Move the sequences behind columns that were given values past the greatest value there is, never back."""
    tables = {table.oid: table for table, _ in given}
    columns = {(table.oid, column) for table, column in given}
    for oid, column, *sequence in database.tuples(_SEQUENCES, [list(tables)]):
        if (oid, column) in columns:
            _move_past_greatest(database, tables[oid], column, sequence)


def _move_past_greatest(database: Database, table: Table, column: str, sequence: list[str]) -> None:
    database.execute(
        sql(
            "SELECT setval({name}::regclass, r.greatest) FROM {sequence} s,"
            " (SELECT max({column})::bigint AS greatest FROM {table}) r,"
            " (SELECT seqmax FROM pg_sequence WHERE seqrelid = {name}::regclass) q"
            " WHERE r.greatest <= q.seqmax"
            " AND (r.greatest > s.last_value OR (r.greatest = s.last_value AND NOT s.is_called))",
            name=sql("{}", identifier(*sequence)).as_string(None),
            sequence=identifier(*sequence),
            column=identifier(column),
            table=table.identifier,
        )
    )
