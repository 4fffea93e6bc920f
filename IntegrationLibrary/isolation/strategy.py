"""What every isolation strategy is made of."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.registry import Registry
from IntegrationLibrary.checks.changes import Counts
from IntegrationLibrary.databases.postgres import Database

LEFT_AS_IT_IS = "left as it is"


class Story(enum.Enum):
    """What may happen to a database in a test; the contract tests tell each story to every strategy."""

    INSERT = "inserted rows vanish"
    UPDATE = "changed rows are as they were"
    DELETE = "deleted rows are back"
    CASCADE = "rows deleted by a cascade are back"
    UPSERT = "upserted rows are as they were"
    TRUNCATE = "truncated tables are full again"
    SEQUENCES = "sequences go on from where they were"
    COMMITTED_ELSEWHERE = "what another connection committed is undone"
    SCHEMA = "changes of the schema are undone"
    NESTED = "checkpoints nest"
    CHANGES = "changes are listed"
    CONNECTIONS = "the application keeps its connections"


@dataclass(frozen=True)
class Exactness:
    """What the environment file says of sequences and of verifying, in the words of a database's keys."""

    sequences: str = "auto"
    verify: str = "never"


AS_USUAL = Exactness()


@dataclass(frozen=True)
class Isolated:
    """One open database, and what a strategy may need around it."""

    database: Database
    name: str
    template: str | None = None
    admin_url: str | None = None
    reseed: Callable[[], None] | None = None
    fresh_clone: Callable[[], None] | None = None
    guard: Callable[[], None] | None = None
    patience: float = 5.0
    """How many seconds transactions of the application may take to end."""
    ends_transactions: bool = False
    """Whether the connections of those that do not end are ended."""
    exactness: Exactness = AS_USUAL


@dataclass(frozen=True)
class Checkpoint:
    """A moment that can be returned to; *state* is the strategy's own, *at* is the server's time, if it is known."""

    name: str
    state: Any = None
    at: datetime | None = None


@dataclass(frozen=True)
class RollbackReport:
    """What a rollback did: the *step* it took, how long that was in seconds, and what people should know."""

    step: str
    elapsed: float
    notes: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was undone."""
        return self.step == LEFT_AS_IT_IS


@dataclass(frozen=True)
class RowChange:
    """One row that was added, changed or removed."""

    table: str
    kind: Literal["added", "changed", "removed"]
    old: dict[str, Any] | None = field(default=None)
    new: dict[str, Any] | None = field(default=None)


@dataclass(frozen=True)
class LateWrite:
    """What a transaction wrote after a checkpoint that it had begun before."""

    application: str
    began: datetime
    table: str
    counts: Counts


class Isolation(ABC):
    """Keeps one test's data from the next. A subclass in a file of this package is a new strategy.

    The class docstring is the strategy's documentation; *not_promised* says what it does not do, and why.
    """

    name: ClassVar[str]
    not_promised: ClassVar[dict[Story, str]] = {}

    def __init__(self, isolated: Isolated) -> None:
        self.isolated = isolated
        self.database = isolated.database
        self.clones = 0
        """How often the database was cloned anew, which ends the application's connections."""

    @classmethod
    def arm(cls, database: Database, exactness: Exactness = AS_USUAL) -> None:
        """Put into the template what the strategy needs in the database, after migrations and seeds."""
        del database, exactness

    undoes_seeds: ClassVar[bool] = False
    """Whether seeds that `adopt` puts into an external database do not pile up there."""

    def adopt(self) -> None:  # noqa: B027 most strategies have nothing to do
        """Take over an external database: what a killed run left is undone, and seeds are put in."""

    def release(self) -> None:  # noqa: B027 see adopt
        """Give an external database back as it was found."""

    def lacks(self) -> list[str]:
        """Return what the role that armed the database had no right to, each with what that costs."""
        return []

    @abstractmethod
    def checkpoint(self, name: str) -> Checkpoint:
        """Return this moment."""

    @abstractmethod
    def roll_back(self, checkpoint: Checkpoint) -> RollbackReport:
        """Bring the database back to the checkpoint."""

    @abstractmethod
    def renew(self) -> bool:
        """Bring the database back to its template's state; return False when only a new clone can."""

    def clone(self) -> None:
        """Clone the template anew, where there is one."""
        if self.isolated.fresh_clone is not None:
            self.isolated.fresh_clone()
            self.clones += 1

    @property
    def keeps_changes(self) -> bool:
        """Whether it can tell what changed."""
        return Story.CHANGES not in self.not_promised

    @property
    def nests(self) -> bool:
        """Whether it can return to moments inside a test."""
        return Story.NESTED not in self.not_promised

    def changes(self, checkpoint: Checkpoint) -> list[RowChange]:
        """Return every row that is not as it was at the checkpoint."""
        del checkpoint
        raise IntegrationError(
            f"Isolation '{self.name}' of database '{self.isolated.name}' keeps no record of changes.",
            next_step="set isolation: rollback in the environment file",
        )

    def late_writes(self, checkpoint: Checkpoint) -> list[LateWrite]:
        """Return what older transactions wrote since the checkpoint, in the order of their beginnings."""
        del checkpoint
        return []

    def schema_changes(self, checkpoint: Checkpoint) -> list[str]:
        """Return what changed in the schema since the checkpoint, such as `DROP TABLE public.orders`."""
        del checkpoint
        return []

    def counts(self, checkpoint: Checkpoint) -> dict[str, Counts]:
        """Return for each table how many rows are not as they were at the checkpoint."""
        counts: dict[str, Counts] = {}
        for change in self.changes(checkpoint):
            before = counts.get(change.table, Counts())
            counts[change.table] = before.plus(change.kind)
        return counts

    def proxy_connection(self) -> Any:
        """Return the connection that DatabaseLibrary must use, or None when it may have one of its own."""
        return None

    def guard(self) -> None:
        """Refuse to change an external database that is no test database."""
        if self.isolated.guard is not None:
            self.isolated.guard()


ISOLATIONS: Registry[Isolation] = Registry(
    Isolation,  # type: ignore[type-abstract]  # the registry looks for its subclasses, it makes none
    kind="isolation",
    package="IntegrationLibrary.isolation",
)


def promises_table() -> str:
    """Return what each strategy promises, as a Markdown table."""
    strategies = ISOLATIONS.all()
    lines = ["| | " + " | ".join(f"`{each.name}`" for each in strategies) + " |", "|---" * (len(strategies) + 1) + "|"]
    for story in Story:
        cells = [each.not_promised.get(story, "yes") for each in strategies]
        lines.append(f"| {story.value} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
