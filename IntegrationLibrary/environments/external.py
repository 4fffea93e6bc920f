"""The external databases of an environment file, armed and disarmed without a run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.redaction import mask_urls
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.databases.safety import refuse_unless_test_database
from IntegrationLibrary.environments.loader import load_environment
from IntegrationLibrary.environments.opening import isolation_for
from IntegrationLibrary.environments.references import resolve
from IntegrationLibrary.isolation.strategy import Isolation
from IntegrationLibrary.services.postgres import DatabaseSpec, PostgresSpec
from IntegrationLibrary.services.postgres_external import claim


@dataclass(frozen=True)
class ExternalDatabase:
    """One database that exists once, and how its tests are isolated."""

    name: str
    service: str
    url: str
    spec: DatabaseSpec
    test_databases: tuple[str, ...]


def arm(file: Path) -> Iterator[str]:
    """Arm each external database of the environment *file*; yield a sentence about each, and what it lacks.

    What an earlier run left is undone first. Seeds are not put in: a run does that.

    Raises:
        IntegrationError: The file has none, or one cannot be armed, is no test database, or is used by a run.

    """
    for external in _external_databases(file):
        with closing(claim(external.url, external.service)) as database:
            isolation = _isolation(external, database, file)
            isolation.adopt()
            yield f"Database '{external.name}' at {mask_urls(external.url)} is armed for isolation '{isolation.name}'."
            yield from (f"  {lack}" for lack in isolation.lacks())


def disarm(file: Path) -> Iterator[str]:
    """Give each external database of the environment *file* back as it was found; yield a sentence about each.

    Raises:
        IntegrationError: The file has none, or one is no test database, or is used by a run.

    """
    for external in _external_databases(file):
        with closing(claim(external.url, external.service)) as database:
            _isolation(external, database, file).release()
            yield f"Database '{external.name}' at {mask_urls(external.url)} is as it was before it was armed."


def _external_databases(file: Path) -> list[ExternalDatabase]:
    found = []
    for service in load_environment(file).services.values():
        spec = service.spec(resolve(service.raw, {}, os.environ)) if service.type == "postgres" else None
        if isinstance(spec, PostgresSpec) and spec.run == "external":
            found += [
                ExternalDatabase(name, service.name, str(spec.url), database, spec.test_databases)
                for name, database in spec.databases.items()
            ]
    if not found:
        raise IntegrationError(
            f"Environment file '{file}' has no external database.",
            next_step="nothing: databases of run: embedded are armed when they are made",
        )
    return found


def _isolation(external: ExternalDatabase, database: Database, file: Path) -> Isolation:
    refuse_unless_test_database(external.url, external.test_databases)
    told = {"isolation": external.spec.isolation, "spec": external.spec.model_dump(mode="json") | {"seeds": []}}
    return isolation_for(database, external.name, told, base=file.parent, guard=None)
