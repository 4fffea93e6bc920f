"""Strategy `template`: a fresh clone of the template for every test."""

from __future__ import annotations

import time
from typing import ClassVar

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.isolation.strategy import Checkpoint, Isolation, RollbackReport, Story


class FreshClone(Isolation):
    """Drops the database and clones its template again: undoes everything, the schema too, in 100 ms and more.

    All connections are ended, and the application must reconnect.
    """

    name: ClassVar[str] = "template"
    not_promised: ClassVar[dict[Story, str]] = {
        Story.NESTED: "no: always back to the template",
        Story.CHANGES: "no",
        Story.CONNECTIONS: "no: they are ended",
    }

    def checkpoint(self, name: str) -> Checkpoint:
        """Return a checkpoint; wherever it is, only the template can be returned to."""
        return Checkpoint(name)

    def roll_back(self, checkpoint: Checkpoint) -> RollbackReport:
        """Clone the template again."""
        del checkpoint
        if self.isolated.fresh_clone is None:
            raise EnvironmentFailure(f"Database '{self.isolated.name}' has no template to clone.")
        begun = time.monotonic()
        self.clone()
        return RollbackReport("cloned anew", time.monotonic() - begun)

    def renew(self) -> bool:
        """A new worker gets a new clone."""
        return False
