"""Rows and the values they should have, in the words of a failure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from IntegrationLibrary.base.redaction import MASK, is_secret_name
from IntegrationLibrary.base.text import SHOWN_ITEMS, listed, shortened
from IntegrationLibrary.databases.catalog import Column, Table
from IntegrationLibrary.databases.conditions import Conditions, NearRow
from IntegrationLibrary.databases.values import stored_text

_LONGEST_VALUE = 60
_LABEL_COLUMNS = 3
_BARE = frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision", "boolean", "oid"})
_TEXTS = frozenset({"text", "character varying", "citext"})


def wanted(conditions: Conditions) -> str:
    """Return the values that a row should have, such as `with id 7 and status 'paid'`."""
    table = conditions.table
    pairs = [f"{column} {_shown(table.column(column), value)}" for column, value in conditions.values.items()]
    return f"with {' and '.join(pairs)}" if pairs else ""


def told(conditions: Conditions, rows: Sequence[Mapping[str, Any]], *, count: int | None = None) -> str:
    """Return the rows by their keys in one line, such as `id 11 'TEA-01' · id 12 'TEA-02'`; *count* is of all."""
    shown = rows[:SHOWN_ITEMS]
    text_column = _telling_column(conditions, shown)
    labels = [_label(conditions.table, row, text_column) for row in shown]
    hidden = (len(rows) if count is None else count) - len(shown)
    return " · ".join(labels + ([f"and {hidden} more"] if hidden else []))


def counted_rows(conditions: Conditions, count: int) -> str:
    """Return how many rows have the values and which they are, or which come nearest when there are none."""
    rows = there(conditions, count)
    if not rows:
        return str(count)
    return f"{count}   {rows}" if count else f"0\n{rows}"


def there(conditions: Conditions, count: int) -> str:
    """Return which *count* rows have the values, or which come nearest when there are none."""
    if count:
        return told(conditions, conditions.rows(limit=SHOWN_ITEMS), count=count)
    return instead(conditions) if conditions.values else ""


def instead(conditions: Conditions) -> str:
    """Return the rows that come nearest to the values, a line for each with what differs."""
    near = conditions.nearest(SHOWN_ITEMS)
    if not near:
        return "the table has no rows"
    return "\n".join(_difference(conditions, each) for each in _nearest(conditions, near))


def _nearest(conditions: Conditions, near: Sequence[NearRow]) -> list[NearRow]:
    key = set(conditions.table.key)
    if key and key <= conditions.values.keys():
        with_the_key = [each for each in near if not key & set(each.unmet)]
        if with_the_key:
            return with_the_key
    fewest = min(len(each.unmet) for each in near)
    return [each for each in near if len(each.unmet) == fewest]


def _difference(conditions: Conditions, near: NearRow) -> str:
    table = conditions.table
    differences = []
    for name in near.unmet:
        column = table.column(name)
        expected = _shown(column, conditions.values[name])
        differences.append(f"{name} {_shown(column, near.row[name])}, not {expected}")
    label = listed(
        f"{name} {_shown(table.column(name), near.row[name])}" for name in table.key if name not in near.unmet
    )
    return f"{label}: {'; '.join(differences)}" if label else "; ".join(differences)


def _label(table: Table, row: Mapping[str, Any], text_column: Column | None) -> str:
    names = table.key or table.column_names()[:_LABEL_COLUMNS]
    label = listed(f"{name} {_shown(table.column(name), row[name])}" for name in names)
    return f"{label} {_shown(text_column, row[text_column.name])}" if text_column else label


def _telling_column(conditions: Conditions, rows: Sequence[Mapping[str, Any]]) -> Column | None:
    """Return the first column of text by which a person can tell the rows apart."""
    if not conditions.table.key:
        return None
    for column in conditions.table.columns:
        is_text = column.type.partition("(")[0] in _TEXTS and not is_secret_name(column.name)
        if is_text and column.name not in (*conditions.table.key, *conditions.values):
            values = {row[column.name] for row in rows}
            if None not in values and len(values) == len(rows):
                return column
    return None


def _shown(column: Column, value: Any) -> str:
    text = stored_text(column, value)
    if text is None:
        return "NULL"
    if is_secret_name(column.name):
        return MASK
    text = shortened(text, _LONGEST_VALUE)
    is_bare = column.type.partition("(")[0] in _BARE or isinstance(value, Mapping | list)
    return text if is_bare else f"'{text}'"
