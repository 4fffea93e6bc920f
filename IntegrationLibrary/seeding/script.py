"""Runs the statements of an SQL seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from IntegrationLibrary.base.errors import ConfigurationError
from IntegrationLibrary.databases.postgres import Database, DatabaseError, identifier, sql
from IntegrationLibrary.seeding.seed import Statement


def run_statements(database: Database, statements: Sequence[Statement]) -> None:
    """Run the statements one after the other; what they set for the session is set back.

    Raises:
        ConfigurationError: PostgreSQL refuses one; file and line are in the text.

    """
    with _settings_kept(database):
        for statement in statements:
            try:
                database.execute(statement.text.encode())
            except DatabaseError as error:
                raise ConfigurationError(
                    "A statement of a seed failed.", place=_place(statement, error), seen=error.seen
                ) from error


def _place(statement: Statement, error: DatabaseError) -> str:
    file, _, line = statement.place.rpartition(":")
    return f"{file}:{int(line) + error.line(statement.text) - 1}"


@contextmanager
def _settings_kept(database: Database) -> Iterator[None]:
    """Set back what a script set: pg_dump empties the search path, and the connection lives on."""
    before = _settings(database)
    yield
    after = _settings(database)
    for name in before.keys() | after.keys():
        if before.get(name) == after.get(name):
            continue
        if name in before:
            database.execute("SELECT set_config(%s, %s, false)", [name, before[name]])
        else:
            database.execute(sql("RESET {}", identifier(name)))


def _settings(database: Database) -> dict[str, str]:
    return dict(database.tuples("SELECT name, setting FROM pg_settings WHERE source = 'session'"))
