"""What a worker sees of an environment that it has attached to: services it can ask, databases it can isolate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.logs import Tail, end_of, tail
from IntegrationLibrary.base.waiting import Answer, Readiness

if TYPE_CHECKING:  # imported when an environment is started: not every process that imports the library does
    from IntegrationLibrary.isolation.strategy import Checkpoint, Isolation, RowChange
    from IntegrationLibrary.supervisor.client import Client


class OpenService:
    """A service of an environment that this process has attached to."""

    def __init__(self, name: str, told: Mapping[str, Any], *, key: str, client: Client) -> None:
        self.name = name
        self.fields: dict[str, str] = told["fields"]
        self.actions: list[str] = told["actions"]
        self.log = Path(told["log"])
        self.may_use: list[str] = told["may_use"]
        self.after_rollback: str | None = told.get("after_rollback")
        self.restart_after_clone = bool(told.get("restart_after_clone"))
        self._key = key
        self._client = client

    @property
    def url(self) -> str | None:
        """Its HTTP URL, if it has one."""
        url = self.fields.get("url", "")
        return url if url.startswith("http") else None

    def ask(self) -> tuple[Answer, str]:
        """Ask the service whether it is ready; also returns what readiness means."""
        told = self._client.call("ask", key=self._key, service=self.name)
        return Answer(Readiness(told["readiness"]), told["text"]), told["expects"]

    def ending(self) -> str | None:
        """Return how the service has ended; None when it has not, or when a test wanted it so."""
        told = self._client.call("ask", key=self._key, service=self.name)
        is_over = Readiness(told["readiness"]) is Readiness.NEVER and not told["is_on_purpose"]
        return str(told["text"]) if is_over else None

    def act(self, action: str, **arguments: Any) -> Any:
        """Have the service do what only its type can."""
        return self._client.call("act", key=self._key, service=self.name, action=action, arguments=arguments)

    def restart(self) -> bool:
        """Have the service started again, and wait until it is ready; one that a test has stopped stays so."""
        return bool(self._client.call("restart", key=self._key, service=self.name))

    def mark_faults(self) -> dict[str, Any]:
        """Return what brings the service back to how it is now."""
        mark: dict[str, Any] = self._client.call("mark_faults", key=self._key, service=self.name)
        return mark

    def make_fault(self, fault: str, **arguments: Any) -> None:
        """Do to the service what a test wants."""
        self._client.call("make_fault", key=self._key, service=self.name, fault=fault, arguments=arguments)

    def undo_faults(self, marks: Mapping[str, Any]) -> list[list[str]]:
        """Bring those services of its environment that have marks back to them; return what was done, by service."""
        told: list[list[str]] = self._client.call("undo_faults", key=self._key, marks=dict(marks))
        return told

    @property
    def environment(self) -> str:
        """What tells its environment from other open ones."""
        return self._key

    def log_since(self, position: int) -> Tail:
        """Return the newest lines that the service has printed since *position*, in bytes."""
        return tail(self.log, since=position)

    def log_position(self) -> int:
        """Return where the log ends now, in bytes."""
        return end_of(self.log)


class OpenDatabase:
    """A worker's own database with the strategy that isolates its tests."""

    def __init__(self, name: str, told: Mapping[str, Any], *, base: Path) -> None:
        from IntegrationLibrary.databases.catalog import Catalog
        from IntegrationLibrary.databases.postgres import Database
        from IntegrationLibrary.environments.opening import isolation_for

        self.name = name
        self.url: str = told["url"]
        self.database = Database(self.url)
        self.catalog = Catalog(self.database)
        self._allowed: list[str] | None = told.get("test_databases")
        self.isolation: Isolation = isolation_for(self.database, name, told, base=base, guard=self.guard)
        self._armed = self.isolation

    def guard(self) -> None:
        """Refuse to change an external database that is not named as a test database."""
        if self._allowed is not None:
            from IntegrationLibrary.databases.safety import refuse_unless_test_database

            refuse_unless_test_database(self.url, self._allowed)

    def changes(self, checkpoint: Checkpoint) -> list[RowChange]:
        """Return every row that is not as it was at the checkpoint, its columns in the table's order, the key first."""
        changes = self.isolation.changes(checkpoint)
        orders = {table: self._order(table) for table in {change.table for change in changes}}
        return [
            replace(change, old=_ordered(change.old, names), new=_ordered(change.new, names))
            for change in changes
            for names in [orders[change.table]]
        ]

    def key(self, table: str) -> tuple[str, ...]:
        """Return the columns of a table's primary key; none when it has no key or is no longer there."""
        try:
            return self.catalog.table(table).key
        except IntegrationError:
            return ()

    def disarm(self) -> None:
        """Give the database back as it was found; nothing is undone in it until it is armed again.

        Raises:
            IntegrationError: It is a clone of the library's own, or it is disarmed.

        """
        from IntegrationLibrary.isolation.none import NoIsolation

        if self._allowed is None:
            raise IntegrationError(
                f"Database '{self.name}' is armed as long as it is there.",
                expected="an external database: others are clones of the library's own, and are dropped",
            )
        self._refuse_if(armed=False)
        self.guard()
        self.isolation.release()
        self._armed, self.isolation = self.isolation, NoIsolation(self.isolation.isolated)

    def arm(self) -> None:
        """Arm the database again, as it is now, and put its seeds in.

        Raises:
            IntegrationError: It is armed.

        """
        self._refuse_if(armed=True)
        self.guard()
        self._armed.adopt()
        self.isolation = self._armed

    def _refuse_if(self, *, armed: bool) -> None:
        if (self.isolation is self._armed) is armed:
            raise IntegrationError(f"Database '{self.name}' is {'armed' if armed else 'disarmed'} already.")

    def _order(self, table: str) -> list[str]:
        try:
            found = self.catalog.table(table)
        except IntegrationError:  # it is no longer there
            return []
        return [*found.key, *(name for name in found.column_names() if name not in found.key)]

    def close(self) -> None:
        """Close the connections. Idempotent."""
        self.database.close()


def _ordered(row: dict[str, Any] | None, names: list[str]) -> dict[str, Any] | None:
    if row is None:
        return None
    return {name: row[name] for name in [*names, *row] if name in row}
