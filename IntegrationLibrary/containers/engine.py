"""The Docker engine, found where the docker command finds it; the only importer of its SDK."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.text import shortened

_TIMEOUT = 60
"""Seconds that the engine may take for one answer."""
_LONGEST_WORDS = 1000
_NOT_FOUND = 404


class Engine:
    """A connection to one engine."""

    def __init__(self, client: Any, where: str) -> None:
        self._client = client
        self.where = where

    @classmethod
    def find(cls) -> Engine:
        """Return a connection to the engine that `DOCKER_HOST`, the current context or the system's socket names.

        Raises:
            EnvironmentFailure: None answers there.

        """
        import docker

        where = os.environ.get("DOCKER_HOST") or "the current context of docker, or its socket"
        try:
            client = docker.from_env(timeout=_TIMEOUT)
            return cls(client, client.api.base_url)
        except docker.errors.DockerException as error:
            raise EnvironmentFailure(
                "No Docker engine answers.",
                expected=f"one at {where}",
                seen=_words(error),
                next_step="start it, or name it with DOCKER_HOST (rfintegration doctor)",
            ) from error

    def has_image(self, name: str) -> bool:
        """Return whether the engine has the image."""
        import docker

        with self._words(f"Image '{name}' cannot be looked for."):
            try:
                self._client.images.get(name)
            except docker.errors.ImageNotFound:
                return False
            return True

    def pull(self, name: str, platform: str | None) -> None:
        """Fetch the image from its registry."""
        with self._words(f"Image '{name}' cannot be pulled."):
            self._client.images.pull(name, platform=platform)

    def create(self, **keys: Any) -> str:
        """Create a container, and return its id. *keys* are those of the SDK."""
        with self._words(f"Container '{keys['name']}' cannot be made."):
            return str(self._client.containers.create(**keys).id)

    def start(self, container: str) -> None:
        """Start a container."""
        with self._words("The container cannot be started."):
            self._client.api.start(container)

    def state(self, container: str) -> dict[str, Any]:
        """Return what the engine says of a container's state."""
        with self._words("The container cannot be asked."):
            told: dict[str, Any] = self._client.api.inspect_container(container)["State"]
            return told

    def output(self, container: str) -> Iterator[bytes]:
        """Yield what the container prints, until it ends."""
        with self._words("The container's output cannot be read."):
            yield from self._client.api.logs(container, stream=True, follow=True)

    def end(self, container: str, *, grace: float) -> None:
        """Ask the container to end, and kill it after *grace* seconds."""
        with self._words("The container cannot be stopped."):
            self._client.api.stop(container, timeout=round(grace))

    def signal(self, container: str, action: str) -> None:
        """Do one of `kill`, `pause` and `unpause` to the container."""
        with self._words(f"The container did not follow '{action}'."):
            getattr(self._client.api, action)(container)

    def remove(self, container: str) -> None:
        """Remove a container, by its id or its name, with its own volumes, whatever it does. Idempotent."""
        import docker

        with self._words("The container cannot be removed."), contextlib.suppress(docker.errors.NotFound):
            self._client.api.remove_container(container, force=True, v=True)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    @contextlib.contextmanager
    def _words(self, headline: str) -> Iterator[None]:
        import docker
        import requests

        try:
            yield
        except docker.errors.APIError as error:
            raise EnvironmentFailure(headline, seen=_words(error)) from error
        except (docker.errors.DockerException, requests.RequestException) as error:
            raise EnvironmentFailure(
                headline, seen=f"the Docker engine at {self.where} has gone: {_words(error)}"
            ) from error


def _words(error: Exception) -> str:
    """Return what the engine said, without the address of the request."""
    return shortened(str(getattr(error, "explanation", None) or error), _LONGEST_WORDS)
