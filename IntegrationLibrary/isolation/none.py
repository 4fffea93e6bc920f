"""Strategy `none`: nothing is undone."""

from __future__ import annotations

from typing import ClassVar

from IntegrationLibrary.isolation.strategy import LEFT_AS_IT_IS, Checkpoint, Isolation, RollbackReport, Story

_NO = "no"


class NoIsolation(Isolation):
    """Undoes nothing: for databases that are only read, or that the suite cares for itself."""

    name: ClassVar[str] = "none"
    not_promised: ClassVar[dict[Story, str]] = {story: _NO for story in Story if story is not Story.CONNECTIONS}

    def checkpoint(self, name: str) -> Checkpoint:
        """Return a checkpoint that means nothing."""
        return Checkpoint(name)

    def roll_back(self, checkpoint: Checkpoint) -> RollbackReport:
        """Leave everything as it is."""
        del checkpoint
        return RollbackReport(LEFT_AS_IT_IS, 0.0)

    def renew(self) -> bool:
        """A new worker gets a new clone."""
        return False
