"""What a seed file says, whatever it is written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, eq=False)
class SeedRow:
    """One row as its file gives it; *name* is what others may refer to it by, *place* is `file:line`."""

    table: str
    values: Mapping[str, Any]
    place: str
    name: str | None = None

    def __str__(self) -> str:
        """Return the row as a sentence begins with it."""
        return f"Row '{self.name}' of table '{self.table}'" if self.name else f"A row of table '{self.table}'"


@dataclass(frozen=True)
class Statement:
    """One statement of an SQL file."""

    text: str
    place: str


@dataclass(frozen=True)
class Seed:
    """What one file puts in: rows, or statements that are run as they are."""

    path: Path
    rows: tuple[SeedRow, ...] = ()
    statements: tuple[Statement, ...] = ()

    @property
    def tables(self) -> dict[str, list[SeedRow]]:
        """The rows by the names of their tables, both in the order of the file."""
        tables: dict[str, list[SeedRow]] = {}
        for row in self.rows:
            tables.setdefault(row.table, []).append(row)
        return tables
