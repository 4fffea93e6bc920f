"""Which rows of a seed must be there before which others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from IntegrationLibrary.databases.catalog import Table
from IntegrationLibrary.databases.values import stored_text
from IntegrationLibrary.seeding.keys import ForeignKey
from IntegrationLibrary.seeding.references import find_references
from IntegrationLibrary.seeding.seed import SeedRow


@dataclass(frozen=True, eq=False)
class TableRow:
    """A row of a seed with the table that it belongs to."""

    row: SeedRow
    table: Table

    def __str__(self) -> str:
        return f"{self.table.label}.{self.row.name}" if self.row.name else f"{self.table.label} ({self.row.place})"

    def gives(self, column: str) -> bool:
        """Return whether the row has a value of its own for the column, known without any other row."""
        return column in self.row.values and next(find_references(self.row.values[column]), None) is None

    def texts(self, columns: Sequence[str]) -> tuple[str, ...] | None:
        """Return the values of the columns as PostgreSQL reads them; None when one is NULL or not known."""
        if not all(map(self.gives, columns)):
            return None
        texts = [stored_text(self.table.column(column), self.row.values[column]) for column in columns]
        return None if None in texts else tuple(text for text in texts if text is not None)


@dataclass(frozen=True, eq=False)
class Step:
    """Rows of one table that are stored by one statement."""

    rows: tuple[TableRow, ...]
    index: tuple[int, int]
    """Where it stands when nothing else decides: position of its table, position in the files."""

    @property
    def table(self) -> Table:
        """The table of all its rows."""
        return self.rows[0].table


@dataclass(frozen=True)
class Need:
    """*source* points at *target* with *columns*, by their values or by a reference to *target_column*."""

    source: TableRow
    target: TableRow
    columns: tuple[str, ...]
    foreign_key: ForeignKey | None
    """The one that *columns* are of; a reference may stand in any column."""
    target_column: str | None = None

    @property
    def is_deferrable(self) -> bool:
        """Whether the foreign key can be checked at the end."""
        return self.foreign_key is not None and self.foreign_key.deferrable


def needs(rows: Sequence[TableRow], foreign_keys: Sequence[ForeignKey]) -> Iterator[Need]:
    """Yield what the rows need of each other; what they need of the database is there already."""
    yield from _by_reference(rows, foreign_keys)
    for foreign_key in foreign_keys:
        yield from _by_value(rows, foreign_key)


def named_rows(rows: Sequence[TableRow]) -> Mapping[tuple[str, str], TableRow]:
    """Return the rows that have names, by table and name; a table may be told with or without its schema."""
    named = {}
    for each in rows:
        if each.row.name is not None:
            named[each.table.label, each.row.name] = each
            named[f"{each.table.schema}.{each.table.name}", each.row.name] = each
    return named


def _by_reference(rows: Sequence[TableRow], foreign_keys: Sequence[ForeignKey]) -> Iterator[Need]:
    named = named_rows(rows)
    for source in rows:
        for column, value in source.row.values.items():
            for reference in find_references(value):
                target = named.get((reference.table, reference.name))
                if target is not None:
                    foreign_key = _of_column(foreign_keys, column, source=source, target=target)
                    yield Need(source, target, (column,), foreign_key, reference.column)


def _of_column(
    foreign_keys: Sequence[ForeignKey], column: str, *, source: TableRow, target: TableRow
) -> ForeignKey | None:
    for each in foreign_keys:
        if (each.table, each.target) == (source.table.oid, target.table.oid) and column in each.columns:
            return each
    return None


def _by_value(rows: Sequence[TableRow], foreign_key: ForeignKey) -> Iterator[Need]:
    targets: dict[tuple[str, ...], TableRow] = {}
    for each in rows:
        key = each.texts(foreign_key.target_columns) if each.table.oid == foreign_key.target else None
        if key is not None:
            targets[key] = each
    for source in rows if targets else []:
        key = source.texts(foreign_key.columns) if source.table.oid == foreign_key.table else None
        target = targets.get(key) if key else None
        if target is not None and target is not source:
            yield Need(source, target, foreign_key.columns, foreign_key)
