"""PostgreSQL `run: container`: a server from an image that keeps the contract of the official one."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.logs import last_words
from IntegrationLibrary.base.ports import free_port
from IntegrationLibrary.base.redaction import mask_text
from IntegrationLibrary.base.waiting import Answer, Readiness, wait_until
from IntegrationLibrary.containers.container import Container, Making
from IntegrationLibrary.containers.engine import Engine
from IntegrationLibrary.containers.images import Pull, Wanted, Watch, get_image
from IntegrationLibrary.databases.postgres import ask_connection, postgres_url
from IntegrationLibrary.databases.settings import FOR_TESTS, as_arguments
from IntegrationLibrary.services.container import container_name, networks_of, run_container
from IntegrationLibrary.services.postgres_clones import Clones
from IntegrationLibrary.services.service import Address, Place

_SUPERUSER = "postgres"
_PORT = 5432
_FOLDER = "/integrationlibrary"
_GRACE = 10.0
_IS_FINAL = "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1) = '1'"
"""Whether the server is the container's own process: the entrypoint's first one, which is stopped again, never is."""


class ContainerDatabases:
    """Starts the server and builds the templates in it; slots get clones of them."""

    def __init__(
        self,
        place: Place,
        databases: Mapping[str, Any],
        *,
        image: str,
        pull: Pull,
        storage: str,
        settings: Mapping[str, Any],
        timeout: float,
    ) -> None:
        self._place = place
        self._image = image
        self._pull = pull
        self._is_in_memory = storage == "auto"
        self._settings = {name: str(value) for name, value in settings.items()}
        self._timeout = timeout
        self._clones = Clones(place, databases, self._url)
        self._password = secrets.token_urlsafe(24)
        self._host, self._port = "", 0
        self._is_building = False
        self._watch = Watch()
        self._engine: Engine | None = None
        self._container: Container | None = None

    def start(self) -> None:
        """Start the server, and build the templates in it.

        Raises:
            EnvironmentFailure: It does not start, or a template cannot be built.

        """
        inputs = self._clones.inputs()
        self._engine = engine = Engine.find()
        get_image(engine, Wanted(self._image, self._pull, None), place=self._place, watch=self._watch)
        self._host, self._port = engine.reach.ports_at.host, free_port()
        self._watch.refuse_if_interrupted()
        self._container = run_container(engine, self._making(), self._place)
        waited = wait_until(self._ask_until_interrupted, timeout=self._timeout)
        if not waited.is_ready:
            raise EnvironmentFailure(
                f"PostgreSQL of service '{self._place.service}' did not start.",
                expected=f"a server of image '{self._image}' that takes connections",
                seen=f"{waited.seen()}\nlast lines of its log:\n{mask_text(last_words(self._place.log))}",
            )
        self._is_building = True
        self._clones.build(inputs)
        self._is_building = False

    def _making(self) -> Making:
        return Making(
            name=container_name(self._place),
            image=self._image,
            command=("postgres", *as_arguments(FOR_TESTS | self._settings)),
            environment={
                "POSTGRES_USER": _SUPERUSER,
                "POSTGRES_PASSWORD": self._password,
                "POSTGRES_INITDB_ARGS": "--no-sync",
                "PGDATA": f"{_FOLDER}/data",
            },
            ports={_PORT: self._port},
            aliases=(self._place.service,),
            networks=networks_of(self._place),
            files={},
            labels={},
            more={"tmpfs": {_FOLDER: ""} if self._is_in_memory else {}, "init": False},
        )

    def _ask_until_interrupted(self) -> Answer:
        return Answer.never("the run has ended") if self._watch.is_interrupted else self.ask()

    def ask(self) -> Answer:
        """Return whether the server takes connections, the one that stays."""
        if self._container is None:
            return Answer.not_yet("not started")
        running = self._container.ask()
        if running.readiness is Readiness.NEVER:
            return running
        return ask_connection(self._url("postgres"), _IS_FINAL)

    def stop(self) -> None:
        """Remove the server with its data. Idempotent."""
        if self._container is not None:
            self._container.remove(grace=_GRACE)
            self._container = None
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def interrupt(self) -> None:
        """Give up building: what waits for the server's answers gets an error."""
        self._watch.interrupt()
        if self._container is not None and self._is_building:
            self._container.kill()

    def open_slot(self, slot: int) -> None:
        """Clone every database for the slot."""
        self._clones.open_slot(slot)

    def renew_slot(self, slot: int) -> list[str]:
        """Roll every database of the slot back to its template's state, or clone it again."""
        return self._clones.renew_slot(slot)

    def told(self, name: str, slot: int) -> dict[str, Any]:
        """Return where the slot's database is, and how it is made anew."""
        return self._clones.told(name, slot)

    def inside(self) -> Mapping[Address, Address]:
        """Containers find it under the service's name."""
        return {(self._host, self._port): (self._place.service, _PORT)}

    def _url(self, database: str) -> str:
        return postgres_url(
            host=self._host, port=self._port, user=_SUPERUSER, password=self._password, database=database
        )
