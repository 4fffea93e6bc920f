"""Service type `mongodb`: MongoDB in a container."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from IntegrationLibrary.services.container import ContainerService
from IntegrationLibrary.services.container_spec import ContainerSpec, Port
from IntegrationLibrary.services.service import ServiceSpec

# Not at localhost: the server that prepares the databases listens there, and is stopped again.
_CHECK = (
    'mongosh --quiet "mongodb://$HOSTNAME:27017/?serverSelectionTimeoutMS=2000"'
    " --eval 'quit(db.adminCommand({ping: 1}).ok ? 0 : 1)'"
)


class MongodbSpec(ContainerSpec):
    """The keys of a service of type `mongodb`."""

    told: ClassVar[Mapping[str, str]] = {"database": "MONGO_INITDB_DATABASE"}

    image: str | None = "mongo:8.0"
    port: Port | None = 27017
    url: str = "mongodb://{host}:{port}/{database}"
    environment: dict[str, str | int | float] = Field(default={"MONGO_INITDB_DATABASE": "test"})
    ready: dict[str, Any] = Field(default={"command": _CHECK})


class MongodbService(ContainerService):
    """MongoDB in a container: `db: {type: mongodb}`, and a service of its own finds it at `${db.url}`.

    Nobody needs a password. It is one server without a replica set, so it has neither transactions nor change streams.
    `${db.database}` is `test`: it follows the variable `MONGO_INITDB_DATABASE`.
    """

    name = "mongodb"
    spec_class: ClassVar[type[ServiceSpec]] = MongodbSpec
