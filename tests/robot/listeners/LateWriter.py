"""A listener that writes when a test has ended, as the background work of a service may."""

from __future__ import annotations

from typing import Any

from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.session import current_session


class LateWriter:
    """Adds a book after each test whose tag asks for it."""

    ROBOT_LISTENER_API_VERSION = 3
    ROBOT_LISTENER_PRIORITY = -1  # after the library's own listener, which rolls the test back

    def end_test(self, data: Any, result: Any) -> None:
        """Write over a connection of its own."""
        del data
        if "writes late" in result.tags:
            database = Database(current_session().databases["shelf"].url)
            database.execute("INSERT INTO books (title) VALUES ('late')")
            database.close()
