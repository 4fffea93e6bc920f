"""Finds the tables and rows that a seed names, before anything is stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from IntegrationLibrary.base.errors import ConfigurationError, IntegrationError
from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.databases.catalog import Catalog, Table
from IntegrationLibrary.seeding.needs import TableRow, named_rows
from IntegrationLibrary.seeding.references import Reference, find_references
from IntegrationLibrary.seeding.row import checked_columns
from IntegrationLibrary.seeding.seed import SeedRow


def bind(rows: Sequence[SeedRow], catalog: Catalog, names: dict[tuple[int, str], SeedRow]) -> list[TableRow]:
    """Return the rows with their tables; *names* are the named rows by table and name, and take in those of *rows*.

    Raises:
        ConfigurationError: There is no such table or column, or two rows of a table have one name.

    """
    tables: dict[str, Table] = {}
    bound = []
    for row in rows:
        try:
            table = tables[row.table] = tables.get(row.table) or catalog.table(row.table)
            checked_columns(table, row.values)
        except IntegrationError as error:
            raise placed(error, row) from error
        if row.name is not None:
            _refuse_twice(row, names.setdefault((table.oid, row.name), row))
        bound.append(TableRow(row, table))
    return bound


def check_references(rows: Sequence[TableRow], catalog: Catalog, *, is_known: Callable[[Table, str], bool]) -> None:
    """Refuse references to what is not there; *is_known* tells of rows that are no part of *rows*.

    Raises:
        ConfigurationError: A reference names no row, or no column of its table; file and line are in the text.

    """
    named = named_rows(rows)
    for each in rows:
        for value in each.row.values.values():
            for reference in find_references(value):
                table = _table_of(reference, each.row, catalog)
                if (reference.table, reference.name) not in named and not is_known(table, reference.name):
                    names = [name for of, name in named if of == reference.table]
                    raise _refers_to_nothing(reference, each.row, names=names)


def placed(error: IntegrationError, row: SeedRow) -> ConfigurationError:
    """Return the failure with the place of the row."""
    return ConfigurationError(
        error.headline, place=row.place, expected=error.expected, seen=error.seen, hint=error.next_step or ""
    )


def _refuse_twice(row: SeedRow, first: SeedRow) -> None:
    if first is not row:
        raise ConfigurationError(
            f"Two rows of table '{row.table}' are named '{row.name}'.",
            place=row.place,
            seen=f"the first is at {first.place}",
        )


def _table_of(reference: Reference, row: SeedRow, catalog: Catalog) -> Table:
    if not reference.column:
        raise ConfigurationError(
            f"'{reference.text}' refers to nothing.",
            place=row.place,
            expected="${table.name.column}, or $${ where no reference is meant",
        )
    try:
        table = catalog.table(reference.table)
        table.column(reference.column)
    except IntegrationError as error:
        raise ConfigurationError(
            f"'{reference.text}' refers to nothing.",
            place=row.place,
            expected=error.expected,
            seen=error.headline,
            hint=error.next_step or "",
        ) from error
    return table


def _refers_to_nothing(reference: Reference, row: SeedRow, *, names: Sequence[str]) -> ConfigurationError:
    return ConfigurationError(
        f"'{reference.text}' refers to nothing.",
        place=row.place,
        expected=f"a named row of table '{reference.table}': one of {listed(names)}" if names else "the name of a row",
        seen=f"no row of table '{reference.table}' is named '{reference.name}'",
        hint=did_you_mean(reference.name, names),
    )
