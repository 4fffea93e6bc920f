"""PostgreSQL `run: embedded`: a server of the run's own, with templates that are built once and cached."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.databases.embedded import (
    Binaries,
    EmbeddedServer,
    copy_data,
    find_binaries,
    initialised_data,
    publish,
    version_cache,
)
from IntegrationLibrary.databases.postgres import url_parts
from IntegrationLibrary.databases.templates import clone, ensure_template, fitting, template_name
from IntegrationLibrary.services.service import Place

_log = logging.getLogger(__name__)

_KEPT_TEMPLATES = 8


class EmbeddedDatabases:
    """Starts a server on a copy of the cached data folder that holds all templates; slots get clones of them."""

    def __init__(self, place: Place, databases: Mapping[str, Any], *, binaries: str | None, settings: Any) -> None:
        self._place = place
        self._databases = databases
        self._named_binaries = place.base / binaries if binaries else None
        self._settings = {name: str(value) for name, value in settings.items()}
        self._server: EmbeddedServer | None = None
        self._templates: dict[str, str] = {}

    def start(self) -> None:
        """Start the server; templates that are not cached are built first."""
        binaries = find_binaries(self._named_binaries)
        inputs = {name: self._place.builder.inputs(name, database) for name, database in self._databases.items()}
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
        return self._server.ask() if self._server else Answer.not_yet("not started")

    def stop(self) -> None:
        """Stop the server; its data folder goes with it, also one that was only half-built."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        shutil.rmtree(self._data, ignore_errors=True)

    def open_slot(self, slot: int) -> None:
        """Clone every database for the slot."""
        for name in self._templates:
            self._clone(name, slot)

    def renew_slot(self, slot: int) -> list[str]:
        """Roll every database of the slot back to its template's state, or clone it again."""
        cloned = []
        for name, database in self._databases.items():
            told = self.told(name, slot) | {"isolation": database.isolation, "spec": database.model_dump(mode="json")}
            if not self._place.builder.renew(told["url"], name, told):
                _log.info("Database '%s' of slot %s is cloned anew.", name, slot)
                self._clone(name, slot)
                cloned.append(name)
        return cloned

    def told(self, name: str, slot: int) -> dict[str, Any]:
        """Return where the slot's database is, and how it is made anew."""
        return {
            "url": self._running().url(_clone_name(name, slot)),
            "admin_url": self._running().url("postgres"),
            "database": _clone_name(name, slot),
            "template": self._templates[name],
        }

    def _clone(self, name: str, slot: int) -> None:
        clone(self._running().url("postgres"), self._templates[name], _clone_name(name, slot))

    def _build(self, binaries: Binaries, inputs: dict[str, str], cached: Path) -> None:
        """Build all templates on a server of their own, and publish its data folder once it is stopped."""
        copy_data(initialised_data(binaries, self._place.folder), self._data)
        self._run_server(binaries)
        server = self._running()
        try:
            for name, database in self._databases.items():
                _build_template(self._place, server, name, inputs[name], database)
        finally:
            server.stop()
            self._server = None
        publish(self._data, cached)
        _forget_old(cached.parent)

    def _run_server(self, binaries: Binaries) -> None:
        self._server = EmbeddedServer(
            binaries, self._data, log=self._place.log, spawner=self._place.spawner, settings=self._settings
        )
        identity = self._server.start()
        self._place.record("process", {"pid": identity.pid, "created": identity.created})

    @property
    def _data(self) -> Path:
        return self._place.folder / "data"

    def _running(self) -> EmbeddedServer:
        if self._server is None:
            raise EnvironmentFailure(f"Service '{self._place.service}' is not started.")
        return self._server


def _build_template(place: Place, server: EmbeddedServer, name: str, inputs: str, database: Any) -> None:
    begun = time.monotonic()

    def build(url: str) -> None:
        parts = url_parts(url)
        fields = {"host": parts["host"], "port": parts["port"]} | {f"{name}.{key}": parts[key] for key in parts}
        place.builder.build(url, database, {place.service: fields})

    ensure_template(server.url, name, inputs, build=build)
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
