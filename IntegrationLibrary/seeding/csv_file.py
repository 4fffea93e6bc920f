"""Reads a CSV file (RFC 4180) whose name is the table's and whose first line names the columns.

An empty value is NULL and a quoted empty one an empty text, as in PostgreSQL's own CSV format; Python's `csv` module
cannot tell the two apart before 3.12.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from IntegrationLibrary.base.errors import ConfigurationError
from IntegrationLibrary.base.text import counted
from IntegrationLibrary.seeding.seed import Seed, SeedRow

_CELL = re.compile(r'(?:"(?P<quoted>[^"]*(?:""[^"]*)*)"|(?P<plain>(?!")[^,\r\n]*))(?P<end>,|\r\n|\n|\r|\Z)')

Record = list[str | None]


def read_csv(path: Path) -> Seed:
    """Return the rows of a CSV file.

    Raises:
        ConfigurationError: A line has more or fewer values than there are columns, or a quote is not closed.

    """
    records = _records(path, path.read_bytes().decode("utf-8-sig"))
    columns = _columns(path, next(records, (1, []))[1])
    rows = []
    for line, record in records:
        if len(record) != len(columns):
            raise ConfigurationError(
                f"A line has {counted(len(record), 'value')}, not {len(columns)}.",
                place=f"{path}:{line}",
                expected=f"{counted(len(columns), 'value')}, one for each column",
            )
        rows.append(SeedRow(path.stem, dict(zip(columns, record, strict=True)), f"{path}:{line}"))
    return Seed(path, rows=tuple(rows))


def _columns(path: Path, header: Record) -> list[str]:
    columns = [(cell or "").strip() for cell in header]
    if not columns or "" in columns or len(set(columns)) < len(columns):
        raise ConfigurationError(
            f"File '{path.name}' does not name its columns.",
            place=f"{path}:1",
            expected="a first line with the names of the columns, each once",
            seen=", ".join(columns) or "nothing",
        )
    return columns


def _records(path: Path, text: str) -> Iterator[tuple[int, Record]]:
    """Yield each record with the line where it begins; empty lines are left out."""
    at, line, first = 0, 1, 1
    record: Record = []
    while at < len(text):
        cell = _CELL.match(text, at)
        if cell is None:
            raise ConfigurationError(
                "A quoted value does not end.",
                place=f"{path}:{line}",
                expected='a closing quote before the next comma; a quote inside is written twice: ""',
            )
        record.append(_value(cell))
        line += _line_ends(cell[0])
        at = cell.end()
        if cell["end"] == ",":
            if at < len(text):
                continue
            record.append(None)  # the file ends with a comma
        if record != [None]:
            yield first, record
        record, first = [], line


def _value(cell: re.Match[str]) -> str | None:
    if cell["quoted"] is not None:
        return cell["quoted"].replace('""', '"')
    return cell["plain"] or None


def _line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")
