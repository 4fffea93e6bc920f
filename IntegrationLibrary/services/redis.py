"""Service type `redis`: Redis in a container."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from IntegrationLibrary.services.container import ContainerService
from IntegrationLibrary.services.container_spec import ContainerSpec, Port
from IntegrationLibrary.services.service import ServiceSpec


class RedisSpec(ContainerSpec):
    """The keys of a service of type `redis`."""

    image: str | None = "redis:8"
    port: Port | None = 6379
    url: str = "redis://{host}:{port}/0"
    ready: dict[str, Any] = Field(default={"command": 'test "$(redis-cli ping)" = PONG'})


class RedisService(ContainerService):
    """Redis in a container: `cache: {type: redis}`, and a service of its own finds it at `${cache.url}`.

    Nobody needs a password. It has the keys of type `container`, such as `image: redis:7-alpine` or
    `command: [redis-server, --notify-keyspace-events, KEA]`.
    """

    name = "redis"
    spec_class: ClassVar[type[ServiceSpec]] = RedisSpec
