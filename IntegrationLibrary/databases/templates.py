"""Template databases: built once, marked when complete, cloned for every slot."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable

from IntegrationLibrary.databases.postgres import Database, identifier, sql

_log = logging.getLogger(__name__)

_LONGEST_NAME = 63
_BUILD_LOCK = 7305812046  # any number, as long as all builders use the same


def template_name(database: str, inputs: str) -> str:
    """Return the name of the template that is made from these inputs."""
    return fitting(f"{database}_template_{inputs[:12]}")


def fitting(name: str) -> str:
    """Return *name*, cut to PostgreSQL's 63 bytes with a hash so that it stays the only one of its kind."""
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    return name.encode()[: _LONGEST_NAME - 13].decode(errors="ignore") + "_" + digest


def ensure_template(url_of: Callable[[str], str], database: str, inputs: str, *, build: Callable[[str], None]) -> str:
    """Return the name of a complete template; `build(url)` fills it when it is not there.

    The mark of completeness is PostgreSQL's own `datistemplate`, set last: one without it was left by a builder that
    was killed, and is built again.
    """
    name = template_name(database, inputs)
    admin = Database(url_of("postgres"))
    try:
        admin.execute("SELECT pg_advisory_lock(%s)", [_BUILD_LOCK])
        if admin.value("SELECT datistemplate FROM pg_database WHERE datname = %s", [name]):
            return name
        if admin.value("SELECT true FROM pg_database WHERE datname = %s", [name]):
            _log.warning("Template '%s' was left half-built and is built again.", name)
        _create(admin, name)
        build(url_of(name))
        admin.execute(sql("ALTER DATABASE {} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false", identifier(name)))
    finally:
        admin.close()
    return name


def clone(admin_url: str, template: str, name: str) -> None:
    """Make the database *name* from the template; one that is there already is dropped, whoever uses it."""
    admin = Database(admin_url)
    try:
        _create(admin, name, template=template)
    finally:
        admin.close()


def drop(admin_url: str, name: str) -> None:
    """Drop the database *name* if it is there, whoever uses it."""
    admin = Database(admin_url)
    try:
        admin.execute(sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", identifier(name)))
    finally:
        admin.close()


def _create(admin: Database, name: str, *, template: str = "template0") -> None:
    admin.execute(sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", identifier(name)))
    admin.execute(sql("CREATE DATABASE {} TEMPLATE {}", identifier(name), identifier(template)))
