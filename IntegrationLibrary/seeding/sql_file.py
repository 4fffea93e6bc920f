"""Reads an SQL file as single statements with their lines."""

from __future__ import annotations

import re
from pathlib import Path

from IntegrationLibrary.base.errors import ConfigurationError
from IntegrationLibrary.databases.scripts import statements
from IntegrationLibrary.seeding.seed import Seed, Statement

_ALREADY_DONE = frozenset({"BEGIN", "START", "COMMIT", "END"})
_ENDS_TRANSACTION = re.compile(
    r"ROLLBACK(?!\s+(WORK\s+|TRANSACTION\s+)?TO\b)|ABORT|PREPARE\s+TRANSACTION", re.IGNORECASE
)
_PSQL_ONLY = re.compile(r"\\|COPY\b.*\bFROM\s+STDIN\b", re.IGNORECASE | re.DOTALL)


def read_sql(path: Path) -> Seed:
    """Return the statements of an SQL file.

    Those that begin and commit a transaction are left out: a seed is loaded in one transaction as it is.

    Raises:
        ConfigurationError: It rolls a transaction back, or needs psql.

    """
    found = []
    for line, text in statements(path.read_text(encoding="utf-8-sig")):
        statement = Statement(text, f"{path}:{line}")
        _refuse_what_cannot_be(statement)
        if text.split(maxsplit=1)[0].upper() not in _ALREADY_DONE:
            found.append(statement)
    return Seed(path, statements=tuple(found))


def _refuse_what_cannot_be(statement: Statement) -> None:
    if _ENDS_TRANSACTION.match(statement.text):
        raise ConfigurationError(
            "A seed rolls its transaction back.", place=statement.place, expected="statements that put rows in"
        )
    if _PSQL_ONLY.match(statement.text):
        raise ConfigurationError(
            "A seed needs psql.",
            place=statement.place,
            expected="statements that PostgreSQL itself understands",
            seen=statement.text.splitlines()[0],
            hint="pg_dump writes them with --column-inserts",
        )
