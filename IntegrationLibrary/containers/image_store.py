"""The images of an engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from IntegrationLibrary.containers.connection import (
    Connection,
    lines_of,
    repository_and_tag,
    unless_absent,
    unless_in_use,
)


class ImageStore:
    """What an engine has of images, and how it gets more."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def id_of(self, name: str) -> str | None:
        """Return the id of an image; None when the engine has none of this name."""
        with self._connection.doing(f"Image '{name}' cannot be looked for."), unless_absent():
            return str(self._connection.client.images.get(name).id)
        return None

    def health_check(self, image: str) -> list[str]:
        """Return the command with which an image finds out whether a container of it is healthy; empty without one."""
        with self._connection.doing(f"Image '{image}' cannot be looked for."):
            config = self._connection.client.images.get(image).attrs["Config"] or {}
        kind, *words = (config.get("Healthcheck") or {}).get("Test") or ["NONE"]
        if kind == "CMD-SHELL":
            return [*(config.get("Shell") or ["/bin/sh", "-c"]), *words]
        return words if kind == "CMD" else []

    def exposed(self, image: str) -> list[int]:
        """Return the TCP ports that an image says it listens on."""
        with self._connection.doing(f"Image '{image}' cannot be looked for."):
            config = self._connection.client.images.get(image).attrs["Config"] or {}
        ports = [each.partition("/") for each in config.get("ExposedPorts") or {}]
        return [int(port) for port, _, kind in ports if kind in {"", "tcp"}]

    def has(self, name: str) -> bool:
        """Return whether the engine has the image."""
        return self.id_of(name) is not None

    def pull(self, name: str, platform: str | None) -> Iterator[str]:
        """Fetch the image from its registry, as whoever the docker command has logged in there; yield what it says."""
        repository, tag = repository_and_tag(name)
        with self._connection.doing(f"Image '{name}' cannot be pulled."):
            yield from lines_of(
                self._connection.api.pull(repository, tag=tag, platform=platform, stream=True, decode=True)
            )

    def build(self, **keys: Any) -> Iterator[str]:
        """Build an image; yield what that says. *keys* are those of the SDK."""
        with self._connection.doing(f"Image '{keys['tag']}' cannot be built."):
            yield from lines_of(self._connection.api.build(rm=True, forcerm=True, decode=True, **keys))

    def labelled(self, label: str) -> dict[str, str]:
        """Return the ids of the images that have the label, each with its value."""
        with self._connection.doing("Images cannot be looked for."):
            images = self._connection.api.images(filters={"label": label})
            return {str(image["Id"]): str(image["Labels"][label]) for image in images}

    def remove(self, image: str, *, own: str) -> None:
        """Remove an image with its names that begin with *own*; one that is used, or has other names, stays."""
        with self._connection.doing(f"Image '{image}' cannot be removed."), unless_absent(), unless_in_use():
            names = self._connection.client.images.get(image).tags
            for name in [each for each in names if each.startswith(own)]:
                self._connection.api.remove_image(name)
            if not names:
                self._connection.api.remove_image(image)
