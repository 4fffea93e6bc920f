"""The databases of slots on a server of the run's own: clones of templates, however that server is run."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from IntegrationLibrary.databases.postgres import url_parts
from IntegrationLibrary.databases.templates import clone, ensure_template, fitting, template_name
from IntegrationLibrary.services.service import Place

_log = logging.getLogger(__name__)

UrlOf = Callable[[str], str]
"""Returns the URL of a database of the server for its superuser, by the database's name."""


class Clones:
    """Templates on one server, and what each slot has of them."""

    def __init__(self, place: Place, databases: Mapping[str, Any], url_of: UrlOf) -> None:
        self._place = place
        self._databases = databases
        self._url_of = url_of
        self._templates: dict[str, str] = {}

    def inputs(self) -> dict[str, str]:
        """Return the hash of what each database's template is made from, as it is now."""
        inputs = {name: self._place.builder.inputs(name, database) for name, database in self._databases.items()}
        self._templates = {name: template_name(name, inputs[name]) for name in inputs}
        return inputs

    def build(self, inputs: Mapping[str, str]) -> None:
        """Build the templates that the server does not have."""
        for name, database in self._databases.items():
            self._build(name, inputs[name], database)

    def open_slot(self, slot: int) -> None:
        """Clone every database for the slot."""
        for name in self._databases:
            self._clone(name, slot)

    def renew_slot(self, slot: int) -> list[str]:
        """Roll every database of the slot back to its template's state, or clone it again; return those cloned."""
        return [name for name in self._databases if self._is_cloned_to_renew(name, slot)]

    def told(self, name: str, slot: int) -> dict[str, Any]:
        """Return where the slot's database is, and how it is made anew."""
        return {
            "url": self._url_of(_clone_name(name, slot)),
            "admin_url": self._url_of("postgres"),
            "database": _clone_name(name, slot),
            "template": self._templates[name],
        }

    def _is_cloned_to_renew(self, name: str, slot: int) -> bool:
        database = self._databases[name]
        told = self.told(name, slot)
        told |= {"isolation": database.isolation, "spec": database.model_dump(mode="json")}
        if self._place.builder.renew(told["url"], name, told):
            return False
        _log.info("Database '%s' of slot %s is cloned anew.", name, slot)
        self._clone(name, slot)
        return True

    def _clone(self, name: str, slot: int) -> None:
        clone(self._url_of("postgres"), self._templates[name], _clone_name(name, slot))

    def _build(self, name: str, inputs: str, database: Any) -> None:
        begun = time.monotonic()

        def build(url: str) -> None:
            parts = url_parts(url)
            fields = {"host": parts["host"], "port": parts["port"]} | {f"{name}.{key}": parts[key] for key in parts}
            self._place.builder.build(url, database, {self._place.service: fields})

        ensure_template(self._url_of, name, inputs, build=build)
        _log.info("Template of database '%s' was built in %.1f s.", name, time.monotonic() - begun)


def _clone_name(database: str, slot: int) -> str:
    return fitting(f"{database}_{slot}")
