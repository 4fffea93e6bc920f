"""Strategy `truncate`: empties the tables, then seeds again."""

from __future__ import annotations

import time
from typing import ClassVar

from IntegrationLibrary.databases.catalog import Catalog
from IntegrationLibrary.databases.postgres import comma_separated, sql
from IntegrationLibrary.isolation.strategy import Checkpoint, Isolation, RollbackReport, Story

_RESTART = """
SELECT setval(seqrelid, seqstart, false) FROM pg_sequence JOIN pg_class ON oid = seqrelid WHERE relpersistence <> 't'
"""


class Truncate(Isolation):
    """Empties every table and loads the environment's seeds again; rows that migrations put in are gone for good."""

    name: ClassVar[str] = "truncate"
    not_promised: ClassVar[dict[Story, str]] = {
        Story.SCHEMA: "no",
        Story.NESTED: "no: always back to the seeds",
        Story.CHANGES: "no",
    }

    undoes_seeds: ClassVar[bool] = True

    def adopt(self) -> None:
        """Empty the tables, and seed."""
        self.roll_back(self.checkpoint("adopted"))

    def checkpoint(self, name: str) -> Checkpoint:
        """Return a checkpoint; wherever it is, only the seeds can be returned to."""
        return Checkpoint(name)

    def roll_back(self, checkpoint: Checkpoint) -> RollbackReport:
        """Empty all tables, set their sequences back, and seed."""
        del checkpoint
        self.guard()
        begun = time.monotonic()
        tables = [table.identifier for table in Catalog(self.database).tables.values()]
        if tables:
            self.database.execute(sql("TRUNCATE {} CASCADE", comma_separated(tables)))
        self.database.execute(_RESTART)
        if self.isolated.reseed is not None:
            self.isolated.reseed()
        return RollbackReport("emptied and seeded", time.monotonic() - begun)

    def renew(self) -> bool:
        """A new worker gets a new clone."""
        return False
