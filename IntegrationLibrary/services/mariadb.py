"""Service type `mariadb`: MariaDB in a container."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from IntegrationLibrary.services.container import ContainerService
from IntegrationLibrary.services.container_spec import ContainerSpec, Port
from IntegrationLibrary.services.service import ServiceSpec

# Over the network, where the server is not that prepares the databases, and as the user who is made last.
_CHECK = (
    'mariadb --host=127.0.0.1 --user="$MARIADB_USER" --password="$MARIADB_PASSWORD" --execute="SELECT 1"'
    ' "$MARIADB_DATABASE"'
)


class MariadbSpec(ContainerSpec):
    """The keys of a service of type `mariadb`."""

    told: ClassVar[Mapping[str, str]] = {
        "user": "MARIADB_USER",
        "password": "MARIADB_PASSWORD",
        "database": "MARIADB_DATABASE",
        "root_password": "MARIADB_ROOT_PASSWORD",
    }

    image: str | None = "mariadb:11.8"
    port: Port | None = 3306
    url: str = "mysql://{user}:{password}@{host}:{port}/{database}"
    environment: dict[str, str | int | float] = Field(default=dict.fromkeys(told.values(), "test"))
    ready: dict[str, Any] = Field(default={"command": _CHECK})


class MariadbService(ContainerService):
    """MariaDB in a container: `db: {type: mariadb}`, and a service of its own finds it at `${db.url}`.

    `${db.user}`, `${db.password}`, `${db.database}` and `${db.root_password}` are `test`: they follow the variables of
    the container, such as `environment: {MARIADB_DATABASE: shop}`. SQL files are run before it is ready with
    `files: {/docker-entrypoint-initdb.d/1.sql: schema.sql}`.
    """

    name = "mariadb"
    spec_class: ClassVar[type[ServiceSpec]] = MariadbSpec
