"""Makes the environment's services known to RequestsLibrary and DatabaseLibrary, under their own names."""

from __future__ import annotations

from typing import Any, cast

from robot.libraries.BuiltIn import BuiltIn
from robot.running.context import EXECUTION_CONTEXTS

from IntegrationLibrary.api.sessions import open_session
from IntegrationLibrary.databases.postgres import abandon, connect, is_alive
from IntegrationLibrary.session import Session


class Neighbours:
    """Introduces each service to each library that the current suite has imported, and again when that has lost it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sessions: set[tuple[int, str]] = set()
        self._connections: dict[tuple[int, str], Any] = {}

    def introduce(self) -> None:
        """Make sessions and connections in those libraries that the current suite imports."""
        if EXECUTION_CONTEXTS.current is None:
            return
        imported = cast("dict[str, Any]", BuiltIn().get_library_instance(all=True))
        if "RequestsLibrary" in imported:
            self._introduce_services(imported["RequestsLibrary"])
        if "DatabaseLibrary" in imported:
            self._introduce_databases(imported["DatabaseLibrary"])

    def settle(self) -> None:
        """Undo what DatabaseLibrary has not committed: nobody else has seen it, and a rollback would wait for it."""
        for connection in self._connections.values():
            abandon(connection)

    def _introduce_services(self, library: Any) -> None:
        for service in self._session.services.values():
            known = (id(library), service.name)
            if service.url is None or (known in self._sessions and library.session_exists(service.name)):
                continue
            open_session(library.create_session, service.name, service.url, self._session.recorder)
            self._sessions.add(known)

    def _introduce_databases(self, library: Any) -> None:
        store = library.connection_store
        for database in self._session.databases.values():
            known = (id(library), database.name)
            ours, there = self._connections.get(known), _registered(store, database.name)
            if there is not None and (there is not ours or is_alive(ours)):
                continue
            store.pop_connection(database.name)
            connection = database.isolation.proxy_connection() or connect(database.url)
            connection.autocommit = False  # as after DatabaseLibrary's own 'Connect To Database'
            store.register_connection(connection, "psycopg", database.name)
            self._connections[known] = connection


def _registered(store: Any, alias: str) -> Any:
    try:
        return store.get_connection(alias).client
    except ValueError:
        return None
