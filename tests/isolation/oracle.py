"""The oracle: it runs programs against a database, and knows what a rollback must bring back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fixtures.fingerprints import Fingerprint, fingerprint, taken
from fixtures.oracle import Tally
from hypothesis import note
from isolation.programs import Program, Step

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.databases.postgres import Database, DatabaseError
from IntegrationLibrary.isolation.rollback import Rollback
from IntegrationLibrary.isolation.strategy import Checkpoint, RollbackReport

_BEGIN = "RESET ROLE; RESET ALL; DISCARD TEMP; SET lock_timeout = '5ms'"
_EXCLUSIVE = """
SELECT count(*) FROM pg_locks WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock'
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_PREPARED = "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()"
_LOST = "lost what its suite had put in"
_REFRESHED, _AGAIN = "materialised view ", " was refreshed again"
_KEY, _DEFINITION = "SELECT 'view ' || %s::regclass", "SELECT rtrim(pg_get_viewdef(%s::regclass), ';')"
# What a fresh clone must bring back besides rows. An empty large object has no pages.
_SCHEMA = """
WITH own AS (SELECT c.oid::regclass AS name, c.* FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
              WHERE nspname NOT IN ('information_schema', 'integration_library') AND nspname !~ '^pg_')
SELECT 'schema', format('%s %s %s', name, relkind, pg_get_expr(relpartbound, oid)) FROM own
UNION ALL SELECT 'schema', format('%s %s %s %s', name, attname, format_type(atttypid, atttypmod), attisdropped)
            FROM own JOIN pg_attribute ON attrelid = own.oid
UNION ALL SELECT 'schema', format('%s %s', name, pg_get_constraintdef(k.oid))
            FROM own JOIN pg_constraint AS k ON conrelid = own.oid
UNION ALL SELECT 'schema', pg_get_indexdef(oid) FROM own WHERE relkind IN ('i', 'I')
UNION ALL SELECT 'schema', pg_get_triggerdef(t.oid) || tgenabled::text
            FROM own JOIN pg_trigger AS t ON tgrelid = own.oid
UNION ALL SELECT 'schema', 'large object ' || oid FROM pg_largeobject_metadata
"""


def everything(database: Database) -> Fingerprint:
    """Return the fingerprint of the database with its schema, which may have changed since the last one."""
    return fingerprint(database) | {"schema": taken(database, _SCHEMA)["schema"]}


@dataclass(frozen=True)
class Moment:
    """A checkpoint, what was there then, and how many views rollbacks had refreshed by then."""

    checkpoint: Checkpoint
    seen: Fingerprint
    refreshed: int


class Oracle:
    """A database that programs write to over two connections, which live on when it is rolled back."""

    def __init__(self, isolation: Rollback, tally: Tally, look: Callable[[Database], Fingerprint]) -> None:
        self.isolation = isolation
        self._tally = tally
        self._look = look
        self._database = isolation.database
        self._connections = [Database(self._database.url), Database(self._database.url)]
        self._refreshed: list[str] = []
        self._template = self.seen()

    def seen(self) -> Fingerprint:
        """All that the database holds."""
        return self._look(self._database)

    def moment(self, name: str) -> Moment:
        """Return this moment with all that must be there when it is returned to."""
        return Moment(self.isolation.checkpoint(name), self.seen(), len(self._refreshed))

    def ask(self, program: Program) -> None:
        """Run the program between a checkpoint and a rollback, with a second checkpoint in its middle."""
        first, half = self.moment("first"), len(program.steps) // 2
        self._begin()
        self._run(program.steps[:half])
        if not program.leaves_open or self._database.value(_EXCLUSIVE):
            self._end(program)
        second = self.moment("second")
        self._run(program.steps[half:])
        self._end(program)
        self.roll_back(second)
        self.roll_back(first)

    def write(self, program: Program) -> None:
        """Run the program, and leave what it writes."""
        self._begin()
        self._run(program.steps)
        self._end(program)

    def roll_back(self, moment: Moment) -> None:
        """Roll back, and compare what is there then with what was there then."""
        report, expected = self._rolled_back(moment)
        self._tally.steps[report.step] += 1
        note(f"{report.step} {report.notes}")
        views = [text.removeprefix(_REFRESHED) for text in report.notes if text.startswith(_REFRESHED)]
        self._refreshed += [self._database.value(_KEY, [text.removesuffix(_AGAIN)]) for text in views]
        # A materialised view that was refreshed again is what its query returns, if it was not so before.
        again = {view for view in self._refreshed[moment.refreshed :] if view}
        differences = _differences(self.seen(), expected | {view: self._made_of(view) for view in again})
        note(f"seen and expected: {differences}")

        assert not differences

    def _rolled_back(self, moment: Moment) -> tuple[RollbackReport, Fingerprint]:
        try:
            report, expected = self.isolation.roll_back(moment.checkpoint), moment.seen
        except IntegrationError as refusal:
            if _LOST not in str(refusal):
                raise
            report, expected = RollbackReport("refused with words", 0), self._template
        if report.step in {"cloned anew", "refused with words"}:
            self.close()  # they were ended with their database
            expected = expected | {view: self._template.get(view, []) for view in self._refreshed if view}
            self._refreshed = [""] * len(self._refreshed)
        return report, expected

    def close(self) -> None:
        """Close the programs' connections; their next use opens new ones."""
        for connection in self._connections:
            connection.close()

    def _begin(self) -> None:
        """Have both connections as new ones are, but for the statements that they have prepared."""
        for connection in self._connections:
            connection.execute(_BEGIN)

    def _run(self, steps: tuple[Step, ...]) -> None:
        for step in steps:
            note(f"{step.connection}: {step.statement} {step.rows or ''}")
            is_done = self._try(lambda step=step: self._do(step))
            (self._tally.executed if is_done else self._tally.refused)[step.kind] += 1

    def _do(self, step: Step) -> None:
        connection = self._connections[step.connection]
        if step.rows:
            connection.copy(step.statement, step.rows)
        else:
            connection.execute(step.statement)

    def _made_of(self, view: str) -> list[str]:
        """Return the rows that a materialised view must have when it is made from the tables as they are."""
        definition = self._database.value(_DEFINITION, [view.removeprefix("view ")])
        return sorted(text for (text,) in self._database.tuples(f"SELECT (v.*)::text FROM ({definition}) AS v"))

    def _end(self, program: Program) -> None:
        for connection in self._connections:
            self._try(lambda connection=connection: connection.execute("COMMIT"))
        if any(step.kind == "PREPARE TRANSACTION" for step in program.steps):
            for (name,) in self._database.tuples(_PREPARED):
                self._database.execute(f"{program.ending} PREPARED '{name}'")

    @staticmethod
    def _try(action: Callable[[], object]) -> bool:
        try:
            action()
        except DatabaseError:  # a refused statement is a part of the program
            return False
        return True


def _differences(seen: Fingerprint, expected: Fingerprint) -> dict[str, tuple[list[str], list[str]]]:
    """Return for each name the rows that are there and those that should be, where they are not the same."""
    names = [name for name in expected | seen if seen.get(name, []) != expected.get(name, [])]
    return {name: (seen.get(name, []), expected.get(name, [])) for name in names}
