"""Changed rows as HTML: one table for each table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from IntegrationLibrary.base.redaction import hidden, is_secret_name, mask_text, mask_values
from IntegrationLibrary.base.text import shortened
from IntegrationLibrary.evidence.markup import BAD, CELL, GOOD, NEUTRAL, code, fitting, left_out, line, text
from IntegrationLibrary.evidence.record import ChangeLike

_MOST_ROWS = 20
_MOST_COLUMNS = 30
_LONGEST_VALUE = 120
_LONGEST_NAME = 130
_COLOURS = {"added": GOOD, "changed": NEUTRAL, "removed": BAD}


def changes_html(changes: Sequence[ChangeLike], room: int) -> str:
    """Return the changed rows, as many as fit, by table."""
    tables: dict[str, list[ChangeLike]] = {}
    for change in changes:
        tables.setdefault(change.table, []).append(change)
    room_each = room // max(len(tables), 1)
    shown = fitting((_table(name, rows, room_each) for name, rows in tables.items()), room)
    return "".join(shown) + left_out(len(tables) - len(shown), "more table")


def _table(name: str, changes: Sequence[ChangeLike], room: int) -> str:
    names = _columns(changes)
    shown_names = names[:_MOST_COLUMNS]
    head = "".join(f'<th style="{CELL}">{text(shortened(each, _LONGEST_NAME))}</th>' for each in ["", *shown_names])
    start = (
        f'{code(shortened(name, _LONGEST_NAME))}<table style="border-collapse:collapse;margin:2px 0"><tr>{head}</tr>'
    )
    rows = fitting((_row(change, shown_names) for change in changes[:_MOST_ROWS]), room - len(start) - 300)
    hidden_columns = left_out(len(names) - len(shown_names), "more column")
    return line(f"{start}{''.join(rows)}</table>") + hidden_columns + left_out(len(changes) - len(rows), "more row")


def _columns(changes: Sequence[ChangeLike]) -> list[str]:
    """Return the names of the columns; where there are too many, those that changed come first."""
    names = list(next(row for row in (changes[0].new, changes[0].old) if row is not None))
    if len(names) <= _MOST_COLUMNS:
        return names
    pairs = [(change.old, change.new) for change in changes if change.old is not None and change.new is not None]
    changed = {name for old, new in pairs for name in new if old.get(name) != new[name]}
    return sorted(names, key=lambda name: name not in changed)


def _row(change: ChangeLike, names: Sequence[str]) -> str:
    mark = f'<td style="{CELL};color:{_COLOURS[change.kind]}">{text(change.kind)}</td>'
    return f"<tr>{mark}{''.join(_cells(change, names))}</tr>"


def _cells(change: ChangeLike, names: Sequence[str]) -> Iterator[str]:
    for column in names:
        row = change.new if change.new is not None else change.old or {}
        after = _value(column, row.get(column))
        if change.old is not None and change.new is not None and change.old.get(column) != change.new.get(column):
            before = _value(column, change.old.get(column))
            yield f'<td style="{CELL};color:{NEUTRAL}">{text(before)} → <b>{text(after)}</b></td>'
        else:
            yield f'<td style="{CELL}">{text(after)}</td>'


def _value(column: str, value: Any) -> str:
    seen = hidden(value) if is_secret_name(column) else value
    if seen is None:
        return "NULL"
    shown = mask_text(seen) if isinstance(seen, str) else json.dumps(mask_values(seen), ensure_ascii=False)
    return shortened(shown, _LONGEST_VALUE)
