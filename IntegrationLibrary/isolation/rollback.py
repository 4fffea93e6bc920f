"""Strategy `rollback`: undoes what was committed, from a journal of row images."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.text import listed, seconds
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.checks.changes import Counts
from IntegrationLibrary.databases.postgres import Database, DatabaseError, is_alive
from IntegrationLibrary.isolation.holders import READS, end_holders, holders
from IntegrationLibrary.isolation.strategy import (
    AS_USUAL,
    Checkpoint,
    Exactness,
    Isolation,
    LateWrite,
    RollbackReport,
    RowChange,
    Story,
)

_log = logging.getLogger(__name__)

_CHECKPOINT = (
    "SELECT moment::text, sequences::text, unnoted::text, rows::text, at FROM integration_library.checkpoint()"
)
_BASELINE = "SELECT moment::text, sequences::text, unnoted::text, rows::text FROM integration_library.baseline"
_ROLL_BACK = (
    "SELECT notes, different FROM integration_library.roll_back(%s, %s::pg_snapshot, %s::jsonb, %s::jsonb, %s::jsonb)"
)
_LACKS = "SELECT privilege, consequence FROM integration_library.lack ORDER BY privilege"
# Whether the template may lack what was there at the checkpoint; a journal that a crash has emptied cannot tell.
_KEPT = """
SELECT EXISTS (SELECT FROM (SELECT xid FROM integration_library.journal
                            UNION ALL SELECT xid FROM integration_library.schema_change) AS noted
                WHERE pg_visible_in_snapshot(xid, %s::pg_snapshot))
    OR NOT EXISTS (SELECT FROM integration_library.alive)
    OR NOT EXISTS (SELECT FROM integration_library.baseline WHERE unnoted = %s::jsonb)
"""
_SET_SEQUENCES_BACK = "SELECT integration_library.set_sequences_back(%s::jsonb)"
_CHANGES = "SELECT label, old, new FROM integration_library.changes(%s::pg_snapshot)"
_ALIVE = "SELECT EXISTS (SELECT FROM integration_library.alive)"
_LATE_WRITES = "SELECT * FROM integration_library.late_writes(%s::pg_snapshot, %s)"
_SCHEMA_CHANGES = "SELECT integration_library.schema_changes(%s::pg_snapshot, %s::jsonb)"
# What a role or a database may have as its default: each statement of a rollback must see what was committed before it.
_DEFAULTS = """
SELECT set_config('default_transaction_isolation', 'read committed', false),
       set_config('default_transaction_read_only', 'off', false), set_config('statement_timeout', '0', false)
"""
_HARMLESS: dict[str, tuple[str, ...]] = {"rows": READS, "tables": ()}
_DISARM = "SET LOCAL lock_timeout = '500ms'; DROP SCHEMA integration_library CASCADE"
_DEADLOCK, _LOCK_TIMEOUT, _ONLY_A_CLONE, _NOT_BY_ROWS = "40P01", "55P03", "IL001", "IL002"
_SERVER_TROUBLE = frozenset({"", "08", "53", "57", "58"})  # classes of SQLSTATE, PostgreSQL manual, appendix A
_LOST_STATES = frozenset({"42P01", "3F000", "42883", "42703"})


class Rollback(Isolation):
    """Undoes what was committed since the checkpoint, by whichever program over whichever connection.

    A journal in the database holds the exact image of every row that appeared or vanished; rolling back writes only
    those rows, and sets sequences back. The application keeps its connections. Where rows cannot be written back one by
    one (triggers that fire on replication too, a role without the right to `session_replication_role`), the touched
    tables are written again as a whole. A change of the schema is noticed, and the database is then cloned anew from
    its template. The log says which step was taken, and why.
    """

    name: ClassVar[str] = "rollback"
    not_promised: ClassVar[dict[Story, str]] = {}

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._prepared: Any = None

    @classmethod
    def arm(cls, database: Database, exactness: Exactness = AS_USUAL) -> None:
        """Make the journal and its triggers, all of them or none."""
        with database.transaction():
            database.execute("SET LOCAL lock_timeout = '500ms'")
            for script in ("journal.sql", "tables.sql", "verify.sql", "rollback.sql", "arming.sql"):
                database.execute((Path(__file__).parent / script).read_bytes())
            database.execute("SELECT integration_library.arm(%s, %s)", [exactness.sequences, exactness.verify])

    undoes_seeds: ClassVar[bool] = True

    def adopt(self) -> None:
        """Undo what a killed run left, arm the database as it is now, and put the seeds in.

        Raises:
            EnvironmentFailure: The database cannot be armed.

        """
        self.release()
        try:
            self._patiently(
                lambda: self.arm(self.database, self.isolated.exactness), "cannot be armed", (*READS, "RowShareLock")
            )
        except DatabaseError as error:
            raise EnvironmentFailure(
                f"Database '{self.isolated.name}' cannot be armed for isolation '{self.name}'.",
                expected="a role that owns all tables and may create a schema, or a superuser",
                seen=error.detail,
                next_step="connect as such a role, or set isolation: transaction for what keywords alone write",
            ) from error
        if self.isolated.reseed is not None:
            self.isolated.reseed()

    def release(self) -> None:
        """Undo all that was written since the database was armed, and take the journal with its triggers away."""
        if not self.database.value("SELECT to_regnamespace('integration_library') IS NOT NULL"):
            return
        if not self.renew():
            _log.warning("Database '%s' keeps what tests did to it: only a clone undoes that.", self.isolated.name)
        self._patiently(lambda: self.database.execute(_DISARM), "cannot be given back", ())

    def checkpoint(self, name: str) -> Checkpoint:
        """Return this moment: which transactions are over, and where the sequences are.

        Raises:
            EnvironmentFailure: A transaction that locked a sequence did not end in time; the text says whose it is.

        """
        *state, at = self._patiently(lambda: self.database.tuples(_CHECKPOINT), "has no checkpoint")[0]
        return Checkpoint(name, tuple(state), at)

    def roll_back(self, checkpoint: Checkpoint) -> RollbackReport:
        """Undo what was committed since; waits for transactions that have written and are not ended.

        The steps are tried in their order: rows, touched tables, a fresh clone; the report tells which it was, and why.

        Raises:
            EnvironmentFailure: A transaction did not end in time; the text says whose it is. Or something is not as it
                was at the checkpoint, if that is looked at; the text says what.

        """
        self.guard()
        begun = time.monotonic()
        try:
            step, notes = self._undo(checkpoint)
        except _DiffersError as error:
            raise EnvironmentFailure(
                f"Database '{self.isolated.name}' was rolled back, and is not as it was at the checkpoint.",
                expected="the same rows and sequences, since the environment file says verify: always",
                seen=str(error),
                next_step="look in the test for what writes into the schema integration_library, or report a defect; "
                + self._renewed(str(error), checkpoint),
            ) from error
        except _OnlyACloneUndoesError as error:
            self._clone_anew(str(error), checkpoint)
            step, notes = "cloned anew", (str(error), "the application must reconnect")
        return RollbackReport(step, time.monotonic() - begun, notes)

    def renew(self) -> bool:
        """Undo everything since the template was built."""
        try:
            self._undo(Checkpoint("template", self.database.tuples(_BASELINE)[0]))
        except _OnlyACloneUndoesError:
            return False
        except DatabaseError as error:
            if error.sqlstate in _LOST_STATES:
                return False
            raise
        return True

    def changes(self, checkpoint: Checkpoint) -> list[RowChange]:
        """Return the rows that differ from the checkpoint, in the order of their tables' names."""
        if not self.database.value(_ALIVE):
            raise EnvironmentFailure(
                f"What changed in database '{self.isolated.name}' is not known.",
                seen="the server recovered from a crash, and the journal is empty since",
            )
        found = self.database.tuples(_CHANGES, [checkpoint.state[0]])
        return [_row_change(label, old, new) for label, old, new in found]

    def late_writes(self, checkpoint: Checkpoint) -> list[LateWrite]:
        """Return what transactions wrote since the checkpoint that had begun before it."""
        found = self.database.tuples(_LATE_WRITES, [checkpoint.state[0], checkpoint.at])
        return [_late_write(*row) for row in found]

    def schema_changes(self, checkpoint: Checkpoint) -> list[str]:
        """Return what the journal's event triggers noted since."""
        moment, _, unnoted, _ = checkpoint.state
        return [row[0] for row in self.database.tuples(_SCHEMA_CHANGES, [moment, unnoted])]

    def lacks(self) -> list[str]:
        """Return what the role that armed the database had no right to, each with what that costs."""
        return [f"no right to {privilege}: {consequence}" for privilege, consequence in self.database.tuples(_LACKS)]

    def _undo(self, checkpoint: Checkpoint) -> tuple[str, tuple[str, ...]]:
        """Undo in one of the journal's ways; return the step that did it, and notes about it."""
        try:
            return "rolled back", self._roll_back("rows", checkpoint)
        except _NotByRowsError as error:
            return "tables restored", (str(error), *self._roll_back("tables", checkpoint))

    def _roll_back(self, step: str, checkpoint: Checkpoint) -> tuple[str, ...]:
        parameters = [step, *checkpoint.state]
        try:
            ((notes, different),) = self._patiently(
                lambda: self._undoing().tuples(_ROLL_BACK, parameters), "cannot be rolled back", _HARMLESS[step]
            )
        except DatabaseError as error:
            raise _lower_step(step, error) from error
        if different:
            raise _DiffersError(listed(different))
        return tuple(notes)

    def _patiently(self, action: Callable[[], Any], trouble: str, harmless: tuple[str, ...] = READS) -> Any:
        """Return what the action does, once no transaction keeps it from what it locks in other than harmless modes."""
        done: list[Any] = []

        def attempt() -> Answer:
            try:
                done.append(action())
            except DatabaseError as error:
                if error.sqlstate in {_DEADLOCK, _LOCK_TIMEOUT}:
                    return Answer.not_yet(error.detail)
                raise
            return Answer.ready()

        waited = wait_until(attempt, timeout=self.isolated.patience)
        if not waited.is_ready and self.isolated.ends_transactions:
            for holder in end_holders(self.database, harmless):
                _log.warning("A connection to database '%s' was ended: %s", self.isolated.name, holder)
            waited = wait_until(attempt, timeout=self.isolated.patience)
        if not waited.is_ready:
            raise EnvironmentFailure(
                f"Database '{self.isolated.name}' {trouble}: other transactions keep it locked.",
                expected=f"transactions that hold its tables end within {seconds(self.isolated.patience)}",
                seen=listed(holders(self.database, harmless), separator="\n") or waited.seen(),
                next_step="end them in the application, or wait in the test until they have ended",
            )
        return done[0]

    def _undoing(self) -> Database:
        """Return the connection that undoes: a replica for good, because becoming one forgets all plans."""
        second = self.database.second()
        if not is_alive(second.connection):  # the server may have been restarted since the last rollback
            second.close()
        if self._prepared is not second.connection:
            second.execute(_DEFAULTS)
            with contextlib.suppress(DatabaseError):  # the role may not, and each rollback says so
                second.execute("SET session_replication_role = replica")
            self._prepared = second.connection
        return second

    def _clone_anew(self, reason: str, checkpoint: Checkpoint) -> None:
        if not self._has_template:
            raise EnvironmentFailure(
                f"Database '{self.isolated.name}' cannot be rolled back.",
                seen=reason,
                next_step="it has no template to clone: bring it back to its first state by hand",
            )
        if self._loses_rows_of_the_suite(reason, checkpoint):
            raise IntegrationError(
                f"Database '{self.isolated.name}' lost what its suite had put in before the test.",
                seen=f"{reason}; the template was cloned anew, and it holds the environment's seeds only",
                next_step="change schemas in migrations, or in a test of a suite that seeds nothing itself",
            )

    def _renewed(self, reason: str, checkpoint: Checkpoint) -> str:
        """Clone the template again where there is one; return what is to be said of the database."""
        if not self._has_template:
            return "it has no template to clone, bring it back to its first state by hand"
        if self._loses_rows_of_the_suite(reason, checkpoint):
            return "it was cloned anew, without what its suite had put in: run the suite again"
        return "it was cloned anew, and its service must reconnect"

    @property
    def _has_template(self) -> bool:
        return self.isolated.fresh_clone is not None and self.isolated.template is not None

    def _loses_rows_of_the_suite(self, reason: str, checkpoint: Checkpoint) -> bool:
        """Clone the template again; return whether it lacks what was there at the checkpoint."""
        moment, sequences, unnoted, _ = checkpoint.state
        held_more_than_the_template = bool(self.database.value(_KEPT, [moment, unnoted]))
        _log.warning("Database '%s' is cloned anew: %s.", self.isolated.name, reason)
        self.clone()
        if not held_more_than_the_template:
            self.database.execute(_SET_SEQUENCES_BACK, [sequences])
        return held_more_than_the_template


class _NotByRowsError(Exception):
    """Rows cannot be written back one by one; the text is the reason."""


class _OnlyACloneUndoesError(Exception):
    """The journal cannot undo it; the text is the reason."""


class _DiffersError(_OnlyACloneUndoesError):
    """The journal was written back, and something is not as it was; the text says what."""


def _lower_step(step: str, error: DatabaseError) -> Exception:
    """Return the exception that leads to the next step, or the error itself when the server is the trouble."""
    if error.sqlstate[:2] in _SERVER_TROUBLE:
        return error
    if error.sqlstate == _ONLY_A_CLONE:
        return _OnlyACloneUndoesError(error.detail)
    if error.sqlstate == _NOT_BY_ROWS:
        return _NotByRowsError(error.detail)
    reason = f"{step} could not be written back: {error.detail}"
    return _NotByRowsError(reason) if step == "rows" else _OnlyACloneUndoesError(reason)


def _late_write(application: str, began: datetime, table: str, appeared: int, vanished: int) -> LateWrite:
    changed = min(appeared, vanished)  # an update is noted as a row that vanishes and one that appears
    return LateWrite(application, began, table, Counts(appeared - changed, changed, vanished - changed))


def _row_change(label: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> RowChange:
    if old is None:
        return RowChange(label, "added", None, new)
    if new is None:
        return RowChange(label, "removed", old, None)
    return RowChange(label, "changed", old, new)
