"""Migrations: a folder of SQL files in order, or a command of the user's own."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from IntegrationLibrary.base.errors import ConfigurationError, EnvironmentFailure
from IntegrationLibrary.base.processes import RunCommand, run_command
from IntegrationLibrary.base.programs import NOT_OF_SERVICES, is_robots
from IntegrationLibrary.base.text import last_lines
from IntegrationLibrary.databases.postgres import Database, DatabaseError
from IntegrationLibrary.databases.scripts import statements

# No migration reads them, and they change more often than anything else.
_OTHERS = frozenset({".robot", ".resource", ".md", ".rst", ".log", ".png", ".jpg", ".sqlite", ".sqlite3", ".pyc"})
_MISSING_EXTENSION = "0A000"


@dataclass(frozen=True)
class MigrationCommand:
    """A program that brings the database to its newest schema; a file that changes in *folder* makes it run again."""

    command: tuple[str, ...]
    folder: str = "."
    environment: Mapping[str, str] = field(default_factory=dict)


Migrations = str | MigrationCommand


def run_migrations(migrations: Migrations, *, database_url: str, base: Path, run: RunCommand = run_command) -> None:
    """Bring the database to its newest schema.

    Raises:
        ConfigurationError: A statement of a file failed; file and line are in the text.
        EnvironmentFailure: The command failed; its last words are in the text.

    """
    if not isinstance(migrations, str):
        _run_command(migrations, database_url=database_url, folder=(base / migrations.folder).resolve(), run=run)
        return
    database = Database(database_url)
    try:
        for file in migration_files(base / migrations):
            _run_file(database, file)
    finally:
        database.close()


def migration_inputs(migrations: Migrations, *, base: Path) -> str:
    """Return the hash of all that the migrations are made of."""
    digest = hashlib.sha256(repr(migrations).encode())
    for file in _inputs(migrations, base):
        digest.update(f"\n{file.name}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _inputs(migrations: Migrations, base: Path) -> list[Path]:
    if isinstance(migrations, str):
        return migration_files(base / migrations)
    return sorted(_all_files(base / migrations.folder))


def migration_files(folder: Path) -> list[Path]:
    """Return the folder's SQL files in the order of their numbers, 2 before 10."""
    return sorted(folder.glob("*.sql"), key=lambda file: [_natural(part) for part in re.split(r"(\d+)", file.name)])


def _natural(part: str) -> tuple[int, str]:
    return (int(part), "") if part.isdigit() else (-1, part)


def _run_file(database: Database, file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    try:
        database.execute(text.encode())  # several statements sent as one are one transaction
    except DatabaseError as error:
        raise ConfigurationError(
            f"Migration '{file.name}' failed.",
            place=f"{file}:{_line(database, text, error)}",
            seen=error.seen,
            hint=_extension_hint(error),
        ) from error


def _line(database: Database, script: str, error: DatabaseError) -> int:
    """Return the line of the script that failed; PostgreSQL points at it for some errors only.

    For the others the script, of which nothing is left, runs once more, statement by statement, and is rolled back.
    """
    if error.has_position:
        return error.line(script)
    database.execute("BEGIN")
    try:
        for line, text in statements(script):
            try:
                database.execute(text.encode())
            except DatabaseError as again:
                return line if (again.sqlstate, again.detail) == (error.sqlstate, error.detail) else 1
    finally:
        database.execute("ROLLBACK")
    return 1


def _extension_hint(error: DatabaseError) -> str:
    if error.sqlstate != _MISSING_EXTENSION or "extension" not in error.detail:
        return ""
    return (
        "this server does not have the extension: gen_random_uuid() and sha256() need none since PostgreSQL 13, "
        "and the key binaries names another server's programs"
    )


def _run_command(migration: MigrationCommand, *, database_url: str, folder: Path, run: RunCommand) -> None:
    command = migration.command
    program = sys.executable if command[0] == "python" else command[0]
    try:
        variables = {**os.environ, "DATABASE_URL": database_url, **migration.environment}
        done = run([program, *command[1:]], folder=folder, environment=variables)
    except OSError as error:
        raise EnvironmentFailure(
            f"The migration command '{' '.join(command)}' cannot be run.",
            expected=f"a program '{program}', run in the folder '{folder}'",
            seen=f"{error.strerror}: {error.filename}",
        ) from error
    if done.returncode:
        raise EnvironmentFailure(
            f"The migration command '{' '.join(command)}' failed.",
            expected="exit code 0",
            seen=f"exit code {done.returncode}\n" + last_lines(done.stdout.splitlines()),
        )


def _all_files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in NOT_OF_SERVICES:
            continue
        if path.is_dir():
            yield from _all_files(path)
        elif path.is_file() and path.suffix not in _OTHERS and not is_robots(path):
            yield path
