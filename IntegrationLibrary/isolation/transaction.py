"""Strategy `transaction`: what keywords write is never committed."""

from __future__ import annotations

import itertools
import time
from typing import Any, ClassVar

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.databases.postgres import Database, DatabaseError, identifier, sql
from IntegrationLibrary.isolation.strategy import Checkpoint, Isolation, RollbackReport, Story

# PostgreSQL manual, appendix A: no_active_sql_transaction, invalid_savepoint_specification.
_ENDED = frozenset({"25P01", "3B001"})


class HeldTransaction(Isolation):
    """Keeps what keywords write in one transaction that is never committed; checkpoints are its savepoints.

    For databases that only keywords write to: no other program sees what they write. DatabaseLibrary's connection is
    in the same transaction.
    """

    name: ClassVar[str] = "transaction"
    not_promised: ClassVar[dict[Story, str]] = {
        Story.SEQUENCES: "no: a number that was drawn is gone",
        Story.COMMITTED_ELSEWHERE: "no: for what keywords write only",
        Story.CHANGES: "no",
    }

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._numbers = itertools.count(1)
        self._client = ClientConnection(self.database)

    def checkpoint(self, name: str) -> Checkpoint:
        """Set a savepoint, in a transaction that is begun if none is held."""
        self._client.commit()
        if not self.database.is_held:
            self.database.hold()
        savepoint = identifier(f"il_{next(self._numbers)}")
        self.database.control(sql("SAVEPOINT {}", savepoint))
        return Checkpoint(name, (self.database.connection, savepoint))

    def roll_back(self, checkpoint: Checkpoint) -> RollbackReport:
        """Return to the savepoint.

        Raises:
            IntegrationError: The transaction was ended, or its connection lost.

        """
        begun = time.monotonic()
        connection, savepoint = checkpoint.state
        if self.database.connection is not connection:
            raise self._has_ended("its connection was lost, and with it all that keywords had written")
        self._client.forget()
        try:
            self.database.control(sql("ROLLBACK TO SAVEPOINT {}", savepoint))
        except DatabaseError as error:
            if error.sqlstate in _ENDED:
                self.database.close()
                raise self._has_ended(error.detail) from error
            raise
        return RollbackReport("taken back", time.monotonic() - begun)

    def renew(self) -> bool:
        """A new worker gets a new clone."""
        return False

    def proxy_connection(self) -> Any:
        """Return what commits into the held transaction."""
        return self._client

    def _has_ended(self, why: str) -> IntegrationError:
        return IntegrationError(
            f"Database '{self.isolated.name}' cannot be rolled back: its transaction was ended in the test.",
            seen=why,
            next_step="leave COMMIT and ROLLBACK out of the SQL, or set isolation: rollback in the environment file",
        )


class ClientConnection:
    """What DatabaseLibrary is given: a connection whose transactions are savepoints inside the held one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._begun: Any = None
        self.autocommit = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database.connection, name)

    def cursor(self, *arguments: Any, **options: Any) -> Any:
        """Return a cursor; the client's transaction begins with it."""
        connection = self._database.connection
        if self._begun is not connection:
            self._database.control("SAVEPOINT il_client")
            self._begun = connection
        return connection.cursor(*arguments, **options)

    def commit(self) -> None:
        """End the client's transaction; what it wrote stays until the next rollback of the test."""
        if self._is_open():
            self._database.control("RELEASE SAVEPOINT il_client")
        self.forget()

    def rollback(self) -> None:
        """Undo what the client wrote since its last commit."""
        if self._is_open():
            self._database.control("ROLLBACK TO SAVEPOINT il_client")
            self._database.control("RELEASE SAVEPOINT il_client")
        self.forget()

    def close(self) -> None:
        """Undo what is not committed; the connection itself is not the client's."""
        self.rollback()

    def forget(self) -> None:
        """Know of no transaction of the client: a return to an earlier savepoint has ended it."""
        self._begun = None

    def _is_open(self) -> bool:
        return self._begun is not None and self._begun is self._database.connection
