"""PostgreSQL starts anywhere, for anyone, and ends with its owner."""

from __future__ import annotations

from IntegrationLibrary.databases.embedded import EmbeddedServer
from IntegrationLibrary.databases.postgres import Database


def test_a_server_answers_over_tcp(postgres_server: EmbeddedServer, database: Database) -> None:
    """The server of the session runs and a test's own database is empty."""
    assert postgres_server.ask().readiness.value == "ready"
    assert database.value("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
