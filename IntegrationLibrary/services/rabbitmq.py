"""Service type `rabbitmq`: RabbitMQ in a container."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from IntegrationLibrary.services.container import ContainerService
from IntegrationLibrary.services.container_spec import ContainerSpec, Port
from IntegrationLibrary.services.service import ServiceSpec


class RabbitmqSpec(ContainerSpec):
    """The keys of a service of type `rabbitmq`."""

    told: ClassVar[Mapping[str, str]] = {
        "user": "RABBITMQ_DEFAULT_USER",
        "password": "RABBITMQ_DEFAULT_PASS",
        "vhost": "RABBITMQ_DEFAULT_VHOST",
    }

    image: str | None = "rabbitmq:4"
    port: Port | None = 5672
    url: str = "amqp://{user}:{password}@{host}:{port}/{vhost}"
    environment: dict[str, str | int | float] = Field(
        default={"RABBITMQ_DEFAULT_USER": "guest", "RABBITMQ_DEFAULT_PASS": "guest", "RABBITMQ_DEFAULT_VHOST": "/"}
    )
    # A ping is answered seconds before anybody can connect.
    ready: dict[str, Any] = Field(default={"command": ["rabbitmq-diagnostics", "-q", "check_port_connectivity"]})


class RabbitmqService(ContainerService):
    """RabbitMQ in a container: `broker: {type: rabbitmq}`, and a service of its own finds it at `${broker.url}`.

    `${broker.user}` and `${broker.password}` are `guest`, `${broker.vhost}` is `/`: they follow the variables of the
    container. With `image: rabbitmq:4-management` and `ports: {management: 15672}` its pages and its API are at
    `${broker.management.url}`.
    """

    name = "rabbitmq"
    spec_class: ClassVar[type[ServiceSpec]] = RabbitmqSpec
