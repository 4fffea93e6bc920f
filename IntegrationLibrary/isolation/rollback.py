"""Strategy `rollback`: undoes what was committed, from a journal of row images."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any, ClassVar

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.databases.postgres import Database, DatabaseError
from IntegrationLibrary.isolation.strategy import Checkpoint, Isolation, RollbackReport, RowChange, Story

_log = logging.getLogger(__name__)

_TIMEOUT = 5.0
_CHECKPOINT = "SELECT moment::text, sequences::text FROM integration_library.checkpoint()"
_BASELINE = "SELECT moment::text, sequences::text FROM integration_library.baseline"
_ROLL_BACK = "SELECT integration_library.roll_back(%s::pg_snapshot, %s::jsonb)"
_CHANGES = "SELECT label, old, new FROM integration_library.changes(%s::pg_snapshot)"
# Ours is to be the victim of a deadlock, and to wait no longer than a try lasts (PostgreSQL manual, 20.11 and 20.12).
_PATIENCE = "SELECT set_config('lock_timeout', '1s', false), set_config('deadlock_timeout', '50ms', false)"
_HOLDERS = """
SELECT format('%%s (pid %%s, %%s for %%s): %%s', coalesce(nullif(a.application_name, ''), 'an application'),
              a.pid, a.state,
              date_trunc('milliseconds', clock_timestamp() - a.xact_start), left(a.query, 200))
  FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
 WHERE l.relation = 'integration_library.journal'::regclass AND l.granted AND a.pid <> pg_backend_pid()
"""
_DEADLOCK, _LOCK_TIMEOUT, _JOURNAL_MISMATCH = "40P01", "55P03", "IL001"
_LOST_STATES = frozenset({"42P01", "3F000", "42883"})


class Rollback(Isolation):
    """Undoes what was committed since the checkpoint, by whichever program over whichever connection.

    A journal in the database holds the exact image of every row that appeared or vanished; rolling back writes only
    those rows, and sets sequences back. The application keeps its connections. A change of the schema is noticed, and
    the database is then cloned anew from its template.
    """

    name: ClassVar[str] = "rollback"
    not_promised: ClassVar[dict[Story, str]] = {}

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._patient: Any = None
        self._kept = False  # whether what was there at the last checkpoint is more than the template holds

    @classmethod
    def arm(cls, database: Database) -> None:
        """Make the journal and its triggers."""
        database.execute((Path(__file__).parent / "journal.sql").read_bytes())
        database.execute("SELECT integration_library.arm()")

    def checkpoint(self, name: str) -> Checkpoint:
        """Return this moment: which transactions are over, and where the sequences are."""
        return Checkpoint(name, self.database.tuples(_CHECKPOINT)[0])

    def roll_back(self, checkpoint: Checkpoint) -> RollbackReport:
        """Undo what was committed since; waits for transactions that have written and are not ended.

        Raises:
            EnvironmentFailure: A transaction did not end in time; the text says whose it is.

        """
        self.guard()
        begun = time.monotonic()
        lost = self._undo(checkpoint)
        if lost is None:
            return RollbackReport("rolled back", time.monotonic() - begun)
        self._clone_anew(lost)
        if self._kept:
            raise IntegrationError(
                f"Database '{self.isolated.name}' lost what its suite had put in before the test.",
                seen=f"{lost}; the template was cloned anew, and it holds the environment's seeds only",
                next_step="change schemas in migrations, or in a test of a suite that seeds nothing itself",
            )
        return RollbackReport("cloned anew", time.monotonic() - begun, (lost, "the application must reconnect"))

    def renew(self) -> bool:
        """Undo everything since the template was built."""
        try:
            baseline = self.database.tuples(_BASELINE)[0]
            return self._undo(Checkpoint("template", baseline)) is None
        except DatabaseError as error:
            if error.sqlstate in _LOST_STATES:
                return False
            raise

    def changes(self, checkpoint: Checkpoint) -> list[RowChange]:
        """Return the rows that differ from the checkpoint, in the order of their tables' names."""
        moment, _ = checkpoint.state
        found = self.database.tuples(_CHANGES, [moment])
        return [_row_change(label, old, new) for label, old, new in found]

    def _undo(self, checkpoint: Checkpoint) -> str | None:
        """Undo in the journal's way; return why it cannot, if only a fresh clone can."""
        self._be_patient()
        moment, sequences = checkpoint.state
        results: list[dict[str, Any]] = []

        def attempt() -> Answer:
            try:
                results.append(self.database.value(_ROLL_BACK, [moment, sequences]))
            except DatabaseError as error:
                if error.sqlstate in {_DEADLOCK, _LOCK_TIMEOUT}:
                    return Answer.not_yet(error.detail)
                if error.sqlstate == _JOURNAL_MISMATCH:
                    results.append({"lost": error.detail})
                    return Answer.ready()
                raise
            return Answer.ready()

        waited = wait_until(attempt, timeout=_TIMEOUT)
        if not waited.is_ready:
            raise EnvironmentFailure(
                f"Database '{self.isolated.name}' cannot be rolled back: a transaction that has written does not end.",
                seen="\n".join(row[0] for row in self.database.tuples(_HOLDERS, [])) or waited.seen(),
                next_step="end the transaction in the application, or wait in the test until it has",
            )
        self._kept = bool(results[0].get("kept"))
        lost: str | None = results[0].get("lost")
        return lost

    def _be_patient(self) -> None:
        connection = self.database.connection
        if self._patient is not connection:
            self.database.execute(_PATIENCE)
            self._patient = connection

    def _clone_anew(self, reason: str) -> None:
        if self.isolated.fresh_clone is None or self.isolated.template is None:
            raise EnvironmentFailure(
                f"Database '{self.isolated.name}' cannot be rolled back.",
                seen=reason,
                next_step="it has no template to clone: bring it back to its first state by hand",
            )
        _log.warning("Database '%s' is cloned anew: %s.", self.isolated.name, reason)
        self.isolated.fresh_clone()


def _row_change(label: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> RowChange:
    if old is None:
        return RowChange(label, "added", None, new)
    if new is None:
        return RowChange(label, "removed", old, None)
    return RowChange(label, "changed", old, new)
