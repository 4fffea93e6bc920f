"""PostgreSQL `run: external`: a database that exists once, taken over for the run and given back as it was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.databases.postgres import Database, ask_connection
from IntegrationLibrary.databases.safety import refuse_unless_test_database
from IntegrationLibrary.services.service import Address, Place

_LOCK = 7305812047  # any number, as long as all runs use the same


def claim(url: str, service: str) -> Database:
    """Return a connection that keeps other runs from the database at *url* until it is closed.

    Raises:
        EnvironmentFailure: Another run has it.

    """
    lock = Database(url)
    if lock.value("SELECT pg_try_advisory_lock(%s)", [_LOCK]):
        return lock
    lock.close()
    raise EnvironmentFailure(
        f"The external database of service '{service}' exists once, and another run has it.",
        next_step="wait until that run has ended, or use run: embedded",
    )


class ExternalDatabase:
    """Hands the one database to one worker at a time, of one run at a time."""

    def __init__(self, place: Place, name: str, spec: Any, *, url: str, test_databases: tuple[str, ...]) -> None:
        self._place = place
        self._name = name
        self._spec = spec
        self._url = url
        self._test_databases = test_databases
        self._slot: int | None = None
        self._lock: Database | None = None

    def start(self) -> None:
        """It runs already."""

    def ask(self) -> Answer:
        """Return whether it takes connections."""
        return ask_connection(self._url, "SELECT true")

    def stop(self) -> None:
        """Give the database back as it was found. Idempotent."""
        if self._lock is None:
            return
        try:
            self._place.builder.release(self._url, self._name, self._told())
        finally:
            self._lock.close()  # which ends the lock
            self._lock = None
            self._slot = None

    def interrupt(self) -> None:
        """Nothing is built."""

    def open_slot(self, slot: int) -> None:
        """Take the database over for the slot.

        Raises:
            EnvironmentFailure: It is no test database, or another worker or run has it.

        """
        refuse_unless_test_database(self._url, self._test_databases)
        if self._slot not in {None, slot}:
            raise EnvironmentFailure(
                f"The external database of service '{self._place.service}' exists once, and another worker has it.",
                expected="one worker at a time: what a test writes there can be told apart from nobody else's",
                next_step="run these suites with one worker (pabot --processes 1), or use run: embedded",
            )
        self._take()
        self._slot = slot

    def _take(self) -> None:
        lock = claim(self._url, self._place.service)
        try:
            self._place.builder.adopt(self._url, self._name, self._told())
        except IntegrationError:
            lock.close()
            raise
        self._lock = lock

    def renew_slot(self, slot: int) -> list[str]:
        """Bring it back to what it was when it was taken over, seeds included."""
        del slot
        self._place.builder.adopt(self._url, self._name, self._told())
        return []

    def inside(self) -> Mapping[Address, Address]:
        """It is where its URL says, for everybody."""
        return {}

    def told(self, name: str, slot: int) -> dict[str, Any]:
        """Return where it is, and which databases may be changed."""
        del name, slot
        return {"url": self._url, "test_databases": list(self._test_databases)}

    def _told(self) -> dict[str, Any]:
        return {
            **self.told(self._name, 0),
            "isolation": self._spec.isolation,
            "spec": self._spec.model_dump(mode="json"),
        }
