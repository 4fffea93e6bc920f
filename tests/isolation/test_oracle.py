"""The oracle: whatever a random program does to a random schema, a rollback brings everything back."""

from __future__ import annotations

import os
from contextlib import suppress

from fixtures.fingerprints import Fingerprint, question, taken
from fixtures.postgres import empty_database
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from isolation.oracle import PRELUDE, Step, programs, rows, schemas

from IntegrationLibrary.databases.embedded import EmbeddedServer
from IntegrationLibrary.databases.postgres import Database, DatabaseError
from IntegrationLibrary.isolation.rollback import Rollback
from IntegrationLibrary.isolation.strategy import Isolated

_PROGRAMS_PER_SCHEMA = 8
_SERVERS = 2
_ASKED = os.environ.get("ORACLE_PROGRAMS")
_PROGRAMS = int(_ASKED or 1000)


@settings(
    max_examples=_PROGRAMS // _PROGRAMS_PER_SCHEMA // _SERVERS,
    derandomize=_ASKED is None,  # the same programs in every `make test`, others in every `make oracle`
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
@given(data=st.data())
def test_whatever_a_program_does_is_undone(data: st.DataObject, each_server: EmbeddedServer) -> None:
    """All rows of all tables and all sequences are as they were, after every program and after all of them."""
    tables = data.draw(schemas())
    with empty_database(each_server) as database:
        database.execute(PRELUDE)
        for table in tables:
            for statement in table.statements:
                database.execute(statement)
            for _ in range(3):
                _try(database, data.draw(rows(table, count=2)))
        Rollback.arm(database)
        oracle = Oracle(database)
        before, outer = oracle.fingerprint(), oracle.isolation.checkpoint("outer")
        for _ in range(_PROGRAMS_PER_SCHEMA):
            oracle.ask(data.draw(programs(tables)))
        oracle.run(data.draw(programs(tables)))
        oracle.isolation.roll_back(outer)
        oracle.close()

        assert oracle.fingerprint() == before


class Oracle:
    """A database that programs write to over two connections, which live on when it is rolled back."""

    def __init__(self, database: Database) -> None:
        self.isolation = Rollback(Isolated(database, "oracle"))
        self._database = database
        self._question = question(database)
        self._connections = [Database(database.url), Database(database.url)]

    def fingerprint(self) -> Fingerprint:
        """All that the database holds."""
        return taken(self._database, self._question)

    def ask(self, program: list[Step]) -> None:
        """Run the program between a checkpoint and a rollback, with a second checkpoint in its middle."""
        before, first = self.fingerprint(), self.isolation.checkpoint("first")
        half = len(program) // 2
        self.run(program[:half])
        between, second = self.fingerprint(), self.isolation.checkpoint("second")
        self.run(program[half:])
        self.isolation.roll_back(second)

        assert self.fingerprint() == between

        self.isolation.roll_back(first)

        assert self.fingerprint() == before

    def run(self, program: list[Step]) -> None:
        """Run the program, and end the transactions that it left open."""
        for connection in self._connections:
            connection.execute("RESET ALL; SET lock_timeout = '5ms'")
        for step in program:
            note(f"{step.connection}: {step.statement}")
            _try(self._connections[step.connection], step.statement)
        for connection in self._connections:
            _try(connection, "COMMIT")

    def close(self) -> None:
        """Close the programs' connections."""
        for connection in self._connections:
            connection.close()


def _try(connection: Database, statement: str) -> None:
    with suppress(DatabaseError):  # a refused statement is a part of the program
        connection.execute(statement)
