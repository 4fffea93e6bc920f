"""Every hard case of PostgreSQL: each file of `cases/` is a schema and a program that is undone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fixtures.fingerprints import fingerprint
from fixtures.postgres import empty_database

from IntegrationLibrary.databases.embedded import EmbeddedServer
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.databases.templates import clone, drop
from IntegrationLibrary.isolation.rollback import Rollback
from IntegrationLibrary.isolation.strategy import Isolated

CASES = sorted((Path(__file__).parent / "cases").glob("*.sql"))


@dataclass(frozen=True)
class Case:
    """A schema with rows, a program of an application, the step a rollback must take, and what the server needs."""

    schema: str
    program: str
    step: str
    needs: str

    @classmethod
    def read(cls, file: Path) -> Case:
        """Return the case that *file* describes."""
        text = file.read_text(encoding="utf-8")
        schema, _, program = text.partition("-- program\n")
        return cls(schema, program, _said(text, "step") or "rolled back", _said(text, "needs") or "SELECT true")


def _said(text: str, word: str) -> str:
    found = [line for line in text.splitlines() if line.startswith(f"-- {word}: ")]
    return found[0].removeprefix(f"-- {word}: ") if found else ""


@pytest.fixture
def database(each_server: EmbeddedServer) -> Iterator[Database]:
    """An empty database on each version of PostgreSQL."""
    with empty_database(each_server) as opened:
        yield opened


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_a_program_is_undone(file: Path, database: Database, each_server: EmbeddedServer) -> None:
    """All rows, sequences, large objects and materialised views are as they were, and the step is the expected one."""
    case = Case.read(file)
    if not database.value(case.needs):
        pytest.skip(f"this server does not answer with true to {case.needs}")
    database.execute(case.schema)
    with armed(database, each_server) as isolation:
        before = fingerprint(database)
        for _ in range(2):  # what the first rollback leaves behind, the second one meets
            application = Database(database.url)
            checkpoint = isolation.checkpoint("test")
            application.execute(case.program)
            assert fingerprint(database) != before, "the program has no effect"
            report = isolation.roll_back(checkpoint)
            application.close()

            assert (report.step, fingerprint(database)) == (case.step, before)


@contextlib.contextmanager
def armed(database: Database, server: EmbeddedServer) -> Iterator[Rollback]:
    """The strategy on a database that was armed, with a template of it."""
    Rollback.arm(database)
    name, admin_url = database.value("SELECT current_database()"), server.url("postgres")
    template = f"{name}_template"
    database.close()
    clone(admin_url, name, template)

    def fresh_clone() -> None:
        database.close()
        clone(admin_url, template, name)

    yield Rollback(Isolated(database, name, template, admin_url, None, fresh_clone))
    drop(admin_url, template)
