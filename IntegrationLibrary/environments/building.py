"""Templates: migrations, seeds and what the isolation needs, put into an empty database in that order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from IntegrationLibrary.databases.catalog import Catalog
from IntegrationLibrary.databases.migrations import migration_inputs, run_migrations
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.environments.opening import isolation_for
from IntegrationLibrary.isolation.strategy import ISOLATIONS
from IntegrationLibrary.seeding.files import seed_inputs
from IntegrationLibrary.seeding.load import load_seed
from IntegrationLibrary.seeding.names import remember_names

_ISOLATION = Path(__file__).parent.parent / "isolation"


class EnvironmentBuilder:
    """What a database service is handed: it knows seeds and isolation, which the service must not."""

    def __init__(self, base: Path) -> None:
        self._base = base

    def inputs(self, database: str, spec: Any) -> str:
        """Return the hash of all that the template is made from: migrations, seeds, isolation and its code."""
        parts = [database, spec.isolation]
        if spec.migrations is not None:
            parts.append(migration_inputs(spec.migrations, base=self._base))
        parts.append(seed_inputs(seed_files(spec, self._base)))
        code = b"".join(file.read_bytes() for file in sorted(_ISOLATION.glob("*.sql")))
        parts.append(hashlib.sha256(code).hexdigest())
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def build(self, url: str, database: str, spec: Any) -> None:
        """Put migrations, seeds and what the isolation needs into the empty database at *url*."""
        del database
        if spec.migrations is not None:
            run_migrations(spec.migrations, database_url=url, base=self._base)
        opened = Database(url)
        try:
            catalog = Catalog(opened)
            loaded = load_seed(opened, catalog, seed_files(spec, self._base))
            remember_names(opened, catalog, loaded.named)
            ISOLATIONS.get(spec.isolation).arm(opened)
        finally:
            opened.close()

    def renew(self, url: str, database: str, spec: Any) -> bool:
        """Bring the database at *url* back to its template's state; return False when only a new clone can."""
        opened = Database(url)
        try:
            return isolation_for(opened, database, spec, base=self._base, guard=None).renew()
        finally:
            opened.close()


def seed_files(spec: Any, base: Path) -> Sequence[Path]:
    """Return the paths of the database's seed files."""
    return [base / seed for seed in spec.seeds]
