"""What keywords that read and write rows need of the session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from robot.api.types import Secret
from robot.utils import DotDict

from IntegrationLibrary.base.redaction import KNOWN
from IntegrationLibrary.databases.catalog import Catalog
from IntegrationLibrary.databases.postgres import Database


class OpenDatabase(Protocol):
    """One open database."""

    name: str
    database: Database
    catalog: Catalog

    def guard(self) -> None:
        """Refuse when this database must not be changed."""


class Databases(Protocol):
    """The open databases."""

    def database(self, name: str | None = None) -> OpenDatabase:
        """Return the database called *name*, or the only one."""


def column_values(values: Mapping[str, Any] | None, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of columns from both ways to give them, secrets as what they hide."""
    given = {**(values or {}), **columns}
    KNOWN.add(str(value.value) for value in given.values() if isinstance(value, Secret))
    return {column: value.value if isinstance(value, Secret) else value for column, value in given.items()}


def dotted(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row so that tests can write `${row}[id]` and `${row.id}`."""
    dictionary: dict[str, Any] = DotDict(row)
    return dictionary
