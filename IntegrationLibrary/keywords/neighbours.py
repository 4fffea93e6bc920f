"""Makes the environment's services known to RequestsLibrary and DatabaseLibrary, under their own names."""

from __future__ import annotations

from typing import Any, cast

from robot.libraries.BuiltIn import BuiltIn
from robot.running.context import EXECUTION_CONTEXTS

from IntegrationLibrary.api.sessions import open_session
from IntegrationLibrary.databases.postgres import connect
from IntegrationLibrary.session import Session


class Neighbours:
    """Introduces each service once to each library that the current suite has imported."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: set[tuple[int, str]] = set()

    def introduce(self) -> None:
        """Make sessions and connections in those libraries that the current suite imports."""
        if EXECUTION_CONTEXTS.current is None:
            return
        imported = cast("dict[str, Any]", BuiltIn().get_library_instance(all=True))
        if "RequestsLibrary" in imported:
            self._introduce_services(imported["RequestsLibrary"])
        if "DatabaseLibrary" in imported:
            self._introduce_databases(imported["DatabaseLibrary"])

    def _introduce_services(self, library: Any) -> None:
        for service in self._session.services.values():
            if service.url is not None and self._is_new(library, service.name):
                open_session(library.create_session, service.name, service.url, self._session.recorder)

    def _introduce_databases(self, library: Any) -> None:
        for database in self._session.databases.values():
            if self._is_new(library, database.name):
                connection = database.isolation.proxy_connection() or connect(database.url)
                connection.autocommit = False  # as after DatabaseLibrary's own 'Connect To Database'
                library.connection_store.register_connection(connection, "psycopg", database.name)

    def _is_new(self, library: Any, name: str) -> bool:
        known = (id(library), name)
        if known in self._known:
            return False
        self._known.add(known)
        return True
