"""A listener that compares every database at the end of a run with what it was when the environment had started."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fixtures.fingerprints import Fingerprint, fingerprint

from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.session import current_session


class Fingerprints:
    """Writes the names of all databases into *file*, each with the parts of it that are not as they were."""

    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self, file: str) -> None:
        self._file = Path(file)
        self._before: dict[str, Fingerprint] = {}

    def end_keyword(self, data: Any, result: Any) -> None:
        """Look at the databases that an environment has brought."""
        del data
        if result.name == "Start Environment":
            for database in current_session().databases.values():
                if database.url not in self._before:
                    self._before[database.url] = self._look(database.url)

    def close(self) -> None:
        """Look again."""
        found = {url.rpartition("/")[2]: self._changed(url, before) for url, before in self._before.items()}
        self._file.write_text(json.dumps(found), encoding="utf-8")

    def _changed(self, url: str, before: Fingerprint) -> list[str]:
        after = self._look(url)
        return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))

    def _look(self, url: str) -> Fingerprint:
        database = Database(url)
        try:
            return fingerprint(database)
        finally:
            database.close()
