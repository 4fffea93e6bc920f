"""Probe `sql`."""

from __future__ import annotations

from typing import Any, ClassVar

from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.databases.postgres import ask_connection
from IntegrationLibrary.probes.probe import Probe, Target


class SqlProbe(Probe):
    """Run a query on PostgreSQL, such as `{sql: {url: "${postgres.main.url}", query: SELECT true}}`.

    Ready when the first value of the first row is true; a wrong password is told at once.
    """

    name: ClassVar[str] = "sql"
    options: ClassVar[frozenset[str]] = frozenset({"query", "url"})

    def __init__(self, value: Any, target: Target) -> None:
        super().__init__(value, target)
        options = value if isinstance(value, dict) else {"query": value}
        self._query = str(options["query"])
        self._url = str(options.get("url") or target.database_url)

    def ask(self) -> Answer:
        """Connect and run the query."""
        return ask_connection(self._url, self._query.encode())

    def expects(self) -> str:
        """Return the query."""
        return f"a true value from {self._query}"
