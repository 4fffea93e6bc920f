"""PostgreSQL `run: embedded`: a server of the run's own, with templates that are built once and cached."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.waiting import Answer, Readiness, wait_until
from IntegrationLibrary.databases.embedded import (
    Binaries,
    EmbeddedServer,
    copy_data,
    copy_initialised,
    find_binaries,
    publish,
    version_cache,
)
from IntegrationLibrary.services.postgres_clones import Clones
from IntegrationLibrary.services.postgres_storage import Storage
from IntegrationLibrary.services.service import Address, Place

_log = logging.getLogger(__name__)

_KEPT_TEMPLATES = 8
_LONGEST_BUILD = 1800.0  # seconds that another run may take to build the same templates


class EmbeddedDatabases:
    """Starts a server on a copy of the cached data folder that holds all templates; slots get clones of them."""

    def __init__(
        self, place: Place, databases: Mapping[str, Any], *, binaries: str | None, storage: str, settings: Any
    ) -> None:
        self._place = place
        self._storage = Storage(place, storage)
        self._named_binaries = place.base / binaries if binaries else None
        self._settings = {name: str(value) for name, value in settings.items()}
        self._server: EmbeddedServer | None = None
        self._clones = Clones(place, databases, lambda name: self._running().url(name))
        self._is_building = False
        self._is_interrupted = False

    def start(self) -> None:
        """Start the server, on the disk if memory is too small; templates that are not cached are built first."""
        try:
            self._start()
        except (IntegrationError, OSError) as error:
            if not self._storage.is_full(str(error)):
                raise
            self._end_server()
            self._storage.leave_memory()
            self._start()

    def _start(self) -> None:
        binaries = find_binaries(self._named_binaries, scratch=self._place.folder)
        inputs = self._clones.inputs()
        cached = version_cache(binaries) / "templates" / _key(inputs, binaries)
        cached.parent.mkdir(exist_ok=True)
        with self._lock_of(cached):
            self._storage.choose(_size(cached))
            if not cached.exists():
                self._build(binaries, inputs, cached)
            copy_data(cached, self._storage.data)
            cached.touch()
        self._run_server(binaries)

    @contextlib.contextmanager
    def _lock_of(self, cached: Path) -> Iterator[None]:
        """Have the lock for the block: another run may build the same templates just now, for as long as it takes."""
        lock = FileLock(f"{cached}.lock")

        def take() -> Answer:
            if self._is_interrupted:
                return Answer.never("the run has ended")
            try:
                lock.acquire(timeout=0)
            except Timeout:
                return Answer.not_yet("another run builds the templates")
            return Answer.ready()

        waited = wait_until(take, timeout=_LONGEST_BUILD)
        if not waited.is_ready:
            raise EnvironmentFailure("The templates of the databases could not be had.", seen=waited.seen())
        try:
            yield
        finally:
            lock.release()

    def interrupt(self) -> None:
        """Give up building: what waits for the server's answers gets an error."""
        self._is_interrupted = True
        if self._is_building and self._server is not None:
            self._server.kill()

    def ask(self) -> Answer:
        """Return whether the server takes connections."""
        if self._server is None:
            return Answer.not_yet("not started")
        answer = self._server.ask()
        if answer.readiness is Readiness.NEVER and self._storage.is_full(answer.text):
            return Answer.never(f"{answer.text}: its data has outgrown memory (add the key 'storage: disk')")
        return answer

    def stop(self) -> None:
        """Stop the server; its data folder goes with it, also one that was only half-built."""
        self._end_server()
        self._storage.remove()

    def open_slot(self, slot: int) -> None:
        """Clone every database for the slot."""
        with self._storage.told_when_full():
            self._clones.open_slot(slot)

    def renew_slot(self, slot: int) -> list[str]:
        """Roll every database of the slot back to its template's state, or clone it again."""
        with self._storage.told_when_full():
            return self._clones.renew_slot(slot)

    def told(self, name: str, slot: int) -> dict[str, Any]:
        """Return where the slot's database is, and how it is made anew."""
        return self._clones.told(name, slot)

    def inside(self) -> Mapping[Address, Address]:
        """It is on this machine only."""
        return {}

    def _build(self, binaries: Binaries, inputs: dict[str, str], cached: Path) -> None:
        """Build all templates on a server of their own, and publish its data folder once it is stopped."""
        copy_initialised(binaries, self._storage.data, record=self._place.record)
        self._is_building = True
        try:
            self._run_server(binaries)
            self._clones.build(inputs)
        finally:
            self._is_building = False
            self._end_server()
        publish(self._storage.data, cached, record=self._place.record)
        forget_old(cached.parent)

    def _run_server(self, binaries: Binaries) -> None:
        self._server = EmbeddedServer(
            binaries,
            self._storage.data,
            log=self._place.log,
            spawner=self._place.spawner,
            settings=self._storage.settings | self._settings,
        )
        self._server.start()

    def _end_server(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    def _running(self) -> EmbeddedServer:
        if self._server is None:
            raise EnvironmentFailure(f"Service '{self._place.service}' is not started.")
        return self._server


def _size(folder: Path) -> int:
    """Return the bytes of all files in a folder; 0 when it is not there yet."""
    return sum(path.lstat().st_size for path in folder.rglob("*")) if folder.exists() else 0


def _key(inputs: dict[str, str], binaries: Binaries) -> str:
    return hashlib.sha256(json.dumps([binaries.version, inputs], sort_keys=True).encode()).hexdigest()[:24]


def forget_old(folder: Path) -> None:
    """Remove the data folders that were not used for longest, with their locks, and what is only half there.

    Those that another run builds or copies just now stay: it has their lock.
    """
    names = {path.name.partition(".")[0] for path in folder.iterdir()}
    whole = sorted((each for each in names if (folder / each).is_dir()), key=lambda each: _used(folder / each))
    for name in names.difference(whole[-_KEPT_TEMPLATES:]):
        _forget(folder / name)


def _used(folder: Path) -> float:
    """Return when it was used last; another run may just have removed it."""
    return folder.stat().st_mtime if folder.exists() else 0.0


def _forget(cached: Path) -> None:
    lock = FileLock(f"{cached}.lock")
    try:
        with lock.acquire(timeout=0):
            for path in (cached, *cached.parent.glob(f"{cached.name}.half-*")):
                shutil.rmtree(path, ignore_errors=True)
            Path(lock.lock_file).unlink(missing_ok=True)  # who waits for it takes another one
    except Timeout:
        _log.debug("Template %s is in use.", cached.name)
