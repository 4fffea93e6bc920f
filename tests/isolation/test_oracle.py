"""The oracle: whatever a random program does to a random schema, a rollback brings everything back, or says so."""

from __future__ import annotations

import contextlib
import functools
import os

import pytest
from fixtures.fingerprints import question, taken
from fixtures.isolation import armed
from fixtures.oracle import Tally
from fixtures.postgres import empty_database
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from isolation.oracle import Oracle, everything
from isolation.programs import kinds, programs, programs_that_change_the_schema, rows
from isolation.schemas import GRANTS, PRELUDE, Table, schemas

from IntegrationLibrary.databases.embedded import EmbeddedServer
from IntegrationLibrary.databases.postgres import Database, DatabaseError

_PROGRAMS_PER_SCHEMA = 12
_SERVERS = 2
_ASKED = os.environ.get("ORACLE_PROGRAMS")
_PROGRAMS = int(_ASKED or 1000)
_LONG = 20_000
_LARGE_OBJECT = "SELECT lo_from_bytea(4711, 'one')"


def test_whatever_a_program_does_is_undone(each_server: EmbeddedServer, tally: Tally) -> None:
    """All rows and all sequences are as they were, or the rollback says which lower step it took."""
    _ask(server=each_server, tally=tally)

    assert tally.programs


@pytest.mark.skipif(_PROGRAMS < _LONG, reason="a short run's programs need not hold them all: make oracle")
def test_programs_hold_every_kind_of_statement(tallies: list[Tally]) -> None:
    """What the servers have executed together is every kind that there is."""
    asked = {kind for tally in tallies for kind in kinds(tally.major)}

    assert asked == {kind for tally in tallies for kind in tally.executed}


@settings(
    max_examples=_PROGRAMS // _PROGRAMS_PER_SCHEMA // _SERVERS,
    derandomize=_ASKED is None,  # the same programs in every `make test`, others in every `make oracle`
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
@given(data=st.data())
def _ask(data: st.DataObject, server: EmbeddedServer, tally: Tally) -> None:
    """Ask some programs of one schema: few schemas are for programs that make the database be cloned anew."""
    is_changed = data.draw(st.integers(0, 7)) == 1
    tables = data.draw(schemas(tally.major))
    with empty_database(server) as database:
        _fill(database, data, tables)
        tally.features.update(feature for table in tables for feature in table.features)
        some = programs(tables, tally.major)
        if is_changed:
            database.execute(_LARGE_OBJECT)
            some = st.one_of(some, some, programs_that_change_the_schema(tables, tally.major))
        # Without a template, a lower step than writing tables again is a failure.
        with armed(database, server, clones=is_changed, close=database.close) as isolation:
            look = everything if is_changed else functools.partial(taken, query=question(database))
            oracle = Oracle(isolation, tally, look)
            outer = oracle.moment("outer")
            for _ in range(_PROGRAMS_PER_SCHEMA):
                oracle.ask(data.draw(some))
                tally.programs += 1
            oracle.write(data.draw(some))
            oracle.roll_back(outer)
            oracle.close()


def _fill(database: Database, data: st.DataObject, tables: list[Table]) -> None:
    database.execute(PRELUDE)
    for statement in (statement for table in tables for statement in table.statements):
        note(statement)
        database.execute(statement)
    database.execute(GRANTS)
    for insert in [data.draw(rows(table)) for table in tables for _ in range(3)]:
        note(insert)
        with contextlib.suppress(DatabaseError):  # there may be such a row already
            database.execute(insert)
    for table in tables:
        if table.view == "materialised":
            database.execute(f"REFRESH MATERIALIZED VIEW {table.sibling('seen')}")
