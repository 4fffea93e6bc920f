"""Reads seeds that are written as tables with rows, in YAML or JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from IntegrationLibrary.base.errors import ConfigurationError
from IntegrationLibrary.base.text import shortened
from IntegrationLibrary.base.yaml_file import read_yaml
from IntegrationLibrary.seeding.json_file import read_json
from IntegrationLibrary.seeding.seed import Seed, SeedRow

Place = Callable[..., str]

_FORM = "tables by their names, each with a list of rows or with rows by their names"


def read_yaml_tables(path: Path) -> Seed:
    """Return what a YAML seed says."""
    file = read_yaml(path)
    return Seed(path, rows=tuple(_rows(file.data, file.place)))


def read_json_tables(path: Path) -> Seed:
    """Return what a JSON seed says."""
    file = read_json(path)
    return Seed(path, rows=tuple(_rows(file.data, file.place)))


def _rows(data: Any, place: Place) -> Iterator[SeedRow]:
    if data is None:
        return
    if not isinstance(data, dict):
        raise ConfigurationError("This is no seed.", place=place(), expected=_FORM, seen=_shown(data))
    for table, rows in data.items():
        if isinstance(rows, dict):
            yield from (_row(table, values, place(table, name), name=name) for name, values in rows.items())
        elif isinstance(rows, list):
            yield from (_row(table, values, place(table, index)) for index, values in enumerate(rows))
        elif rows is not None:
            raise ConfigurationError(
                f"Table '{table}' has no rows here.", place=place(table), expected=_FORM, seen=_shown(rows)
            )


def _row(table: Any, values: Any, place: str, *, name: Any = None) -> SeedRow:
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise ConfigurationError(
            f"'{name}' is no row of table '{table}'." if name is not None else f"This is no row of table '{table}'.",
            place=place,
            expected="a mapping from column to value",
            seen=_shown(values),
            hint="rows without names stand in a list" if name is not None else "",
        )
    for column in values:
        if not isinstance(column, str):
            raise ConfigurationError(
                f"A column of table '{table}' has no name.", place=place, expected="text", seen=f"{column!r}"
            )
    return SeedRow(str(table), values, place, name=None if name is None else str(name))


def _shown(value: Any) -> str:
    return shortened(f"{value!r} ({type(value).__name__})")
