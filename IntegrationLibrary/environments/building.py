"""Templates: migrations, seeds and what the isolation needs, put into an empty database in that order."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.processes import RunCommand, run_command
from IntegrationLibrary.databases.catalog import Catalog
from IntegrationLibrary.databases.migrations import MigrationCommand, Migrations, migration_inputs, run_migrations
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.environments.opening import isolation_for
from IntegrationLibrary.environments.references import resolve
from IntegrationLibrary.isolation.strategy import ISOLATIONS, Exactness, Isolation
from IntegrationLibrary.seeding.files import seed_inputs
from IntegrationLibrary.seeding.load import load_seed
from IntegrationLibrary.seeding.names import remember_names

_ISOLATION = Path(__file__).parent.parent / "isolation"


class EnvironmentBuilder:
    """What a database service is handed: it knows seeds and isolation, which the service must not."""

    def __init__(self, base: Path, *, run: RunCommand = run_command) -> None:
        self._base = base
        self._run = run

    def inputs(self, database: str, spec: Any) -> str:
        """Return the hash of all that the template is made from: migrations, seeds, isolation and its code."""
        parts = [database, spec.isolation, spec.sequences, spec.verify]
        if spec.migrations is not None:
            parts.append(migration_inputs(_migrations(spec, {}), base=self._base))
        parts.append(seed_inputs(seed_files(spec, self._base)))
        code = b"".join(file.read_bytes() for file in sorted(_ISOLATION.glob("*.sql")))
        parts.append(hashlib.sha256(code).hexdigest())
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def build(self, url: str, spec: Any, own: Mapping[str, Mapping[str, str]]) -> None:
        """Put migrations, seeds and what the isolation needs into the empty database at *url*."""
        if spec.migrations is not None:
            run_migrations(_migrations(spec, own), database_url=url, base=self._base, run=self._run)
        opened = Database(url)
        try:
            catalog = Catalog(opened)
            loaded = load_seed(opened, catalog, seed_files(spec, self._base))
            remember_names(opened, catalog, loaded.named)
            ISOLATIONS.get(spec.isolation).arm(opened, Exactness(spec.sequences, spec.verify))
        finally:
            opened.close()

    def renew(self, url: str, database: str, spec: Any) -> bool:
        """Bring the database at *url* back to its template's state; return False when only a new clone can."""
        with self._opened(url, database, spec) as isolation:
            return isolation.renew()

    def adopt(self, url: str, database: str, told: Any) -> None:
        """Take over a database that others made: what an earlier run left is undone, and seeds are put in."""
        with self._opened(url, database, told) as isolation:
            if told["spec"]["seeds"] and not isolation.undoes_seeds:
                raise EnvironmentFailure(
                    f"Seeds of the external database '{database}' would stay in it.",
                    seen=f"isolation '{isolation.name}' does not undo them",
                    next_step="set isolation: rollback, or put the rows in with keywords",
                )
            isolation.adopt()

    def release(self, url: str, database: str, told: Any) -> None:
        """Give the database back as it was found."""
        with self._opened(url, database, told) as isolation:
            isolation.release()

    @contextlib.contextmanager
    def _opened(self, url: str, database: str, told: Any) -> Iterator[Isolation]:
        opened = Database(url)
        try:
            yield isolation_for(opened, database, told, base=self._base, guard=None)
        finally:
            opened.close()


def seed_files(spec: Any, base: Path) -> Sequence[Path]:
    """Return the paths of the database's seed files."""
    return [base / seed for seed in spec.seeds]


def _migrations(spec: Any, own: Mapping[str, Mapping[str, str]]) -> Migrations:
    """Return the database's migrations, with references to the service's own fields resolved."""
    described = spec.migrations
    if isinstance(described, str):
        return described
    if isinstance(described, tuple):
        return MigrationCommand(described)
    variables = {name: str(value) for name, value in described.environment.items()}
    return MigrationCommand(described.command, described.folder, resolve(variables, own, {}))
