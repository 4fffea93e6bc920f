"""Service type `minio`: MinIO, an object store with the interface of S3, in a container."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from IntegrationLibrary.services.container import ContainerService
from IntegrationLibrary.services.container_spec import ContainerSpec, Port
from IntegrationLibrary.services.service import ServiceSpec


class MinioSpec(ContainerSpec):
    """The keys of a service of type `minio`."""

    told: ClassVar[Mapping[str, str]] = {"access_key": "MINIO_ROOT_USER", "secret_key": "MINIO_ROOT_PASSWORD"}

    image: str | None = "pgsty/minio:RELEASE.2026-08-04T00-00-00Z"
    command: tuple[str, ...] = ("server", "/data", "--console-address", ":9001")
    port: Port | None = 9000
    ports: dict[str, Port] = Field(default={"console": 9001})
    environment: dict[str, str | int | float] = Field(default=dict.fromkeys(told.values(), "minioadmin"))
    ready: dict[str, Any] = Field(default={"http": "/minio/health/ready"})


class MinioService(ContainerService):
    """MinIO, a store like S3, in a container: `store: {type: minio}`, and clients of S3 find it at `${store.url}`.

    `${store.access_key}` and `${store.secret_key}` are `minioadmin`: they follow the variables of the container. People
    look into it at `${store.console.url}`. It has no buckets at first. MinIO's own images are withdrawn from the
    registries: the image is that of a fork which goes on with it.
    """

    name = "minio"
    spec_class: ClassVar[type[ServiceSpec]] = MinioSpec
