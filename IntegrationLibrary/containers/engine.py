"""A Docker engine: its containers, networks and volumes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.containers.connection import (
    TIMEOUT,
    Connection,
    candidates,
    connect,
    unless_absent,
    unless_in_use,
)
from IntegrationLibrary.containers.image_store import ImageStore
from IntegrationLibrary.containers.reach import Reach
from IntegrationLibrary.containers.whereabouts import Whereabouts

_LONGEST_REMOVAL = 30.0


class Engine:
    """One engine that answers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.where = connection.where.url
        self.images = ImageStore(connection)
        self.reach = Reach(connection)

    @classmethod
    def find(cls, *, timeout: float = TIMEOUT) -> Engine:
        """Return a connection to the engine that `DOCKER_HOST`, docker's context or a known socket leads to.

        Args:
            timeout: Seconds that the engine may take for one answer.

        Raises:
            EnvironmentFailure: None answers there.

        """
        return cls(connect(candidates(), timeout=timeout))

    @classmethod
    def at(cls, url: str, *, timeout: float) -> Engine:
        """Return a connection to the engine that was found at *url* before.

        Args:
            url: Where it was.
            timeout: Seconds that it may take for one answer.

        Raises:
            EnvironmentFailure: It does not answer there.

        """
        known = [candidate for candidate in candidates() if candidate[0].url == url]
        return cls(connect(known or [(Whereabouts(url, "the ledger"), False)], timeout=timeout))

    def version(self) -> str:
        """Return its name and version in words."""
        with self._connection.doing("The engine does not tell its version."):
            told = self._connection.client.version()
            name = next((str(each["Name"]) for each in told.get("Components", [])), "Engine")
            return f"{name} {told['Version']}"

    def put(self, container: str, folder: str, files: bytes) -> None:
        """Copy files into a container: a tar archive, unpacked in a folder there."""
        with self._connection.doing(f"Files cannot be copied to '{folder}' of the container."):
            self._connection.api.put_archive(container, folder, files)

    def create(self, **keys: Any) -> str:
        """Create a container, and return its id. *keys* are those of the SDK."""
        with self._connection.doing(f"Container '{keys['name']}' cannot be made."):
            return str(self._connection.client.containers.create(**keys).id)

    def known_as(self, aliases: Sequence[str], network: str) -> dict[str, Any]:
        """Return the key of the SDK for a container that others in the network find under these names."""
        return {network: self._connection.api.create_endpoint_config(aliases=list(aliases))}

    def start(self, container: str) -> None:
        """Start a container."""
        with self._connection.doing("The container cannot be started."):
            self._connection.api.start(container)

    def state(self, container: str) -> dict[str, Any]:
        """Return what the engine says of a container's state."""
        with self._connection.doing("The container cannot be asked."):
            told: dict[str, Any] = self._connection.api.inspect_container(container)["State"]
            return told

    def execute(self, container: str, command: Sequence[str]) -> tuple[int, str]:
        """Run a command in a container, until it ends; return its exit code and what it printed."""
        with self._connection.doing("A command cannot be run in the container."):
            run = self._connection.api.exec_create(container, list(command))["Id"]
            output = self._connection.api.exec_start(run)
            return self._connection.api.exec_inspect(run)["ExitCode"], output.decode(errors="replace")

    def output(self, container: str) -> Iterator[bytes]:
        """Yield what the container prints, until it ends."""
        with self._connection.doing("The container's output cannot be read."):
            yield from self._connection.api.logs(container, stream=True, follow=True)

    def end(self, container: str, *, grace: float) -> None:
        """Ask the container to end, and kill it after *grace* seconds."""
        with self._connection.doing("The container cannot be stopped."):
            self._connection.api.stop(container, timeout=round(grace))

    def signal(self, container: str, action: str) -> None:
        """Do one of `kill`, `pause` and `unpause` to the container."""
        with self._connection.doing(f"The container did not follow '{action}'."):
            getattr(self._connection.client.api, action)(container)

    def create_network(self, name: str, labels: dict[str, str]) -> None:
        """Create a network."""
        with self._connection.doing(f"Network '{name}' cannot be made."):
            self._connection.client.networks.create(name, driver="bridge", labels=labels)

    def join(self, container: str, network: str) -> None:
        """Let a container be in one more network."""
        with self._connection.doing(f"The container cannot join network '{network}'."):
            self._connection.api.connect_container_to_network(container, network)

    def remove_network(self, name: str) -> None:
        """Remove a network, by its name. Idempotent."""
        with self._connection.doing(f"Network '{name}' cannot be removed."), unless_absent():
            if self.reach.home is not None:
                with contextlib.suppress(EnvironmentFailure), self._connection.doing("It is not in it."):
                    self._connection.api.disconnect_container_from_network(self.reach.home, name)
            self._connection.api.remove_network(name)

    def create_volume(self, name: str, labels: dict[str, str]) -> None:
        """Create a volume."""
        with self._connection.doing(f"Volume '{name}' cannot be made."):
            self._connection.api.create_volume(name, labels=labels)

    def labelled(self, kind: str, label: str) -> dict[str, dict[str, str]]:
        """Return the names of the containers, networks or volumes (*kind*) with a label, each with all its labels."""
        filters = {"label": label}
        with self._connection.doing(f"The {kind} cannot be listed."):
            if kind == "containers":
                found = self._connection.api.containers(all=True, filters=filters)
                return {each["Names"][0].lstrip("/"): each["Labels"] for each in found}
            found = self._connection.api.networks(filters=filters) if kind == "networks" else self._volumes(filters)
            return {each["Name"]: each["Labels"] for each in found}

    def _volumes(self, filters: dict[str, str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] | None = self._connection.api.volumes(filters=filters)["Volumes"]
        return found or []

    def remove_volume(self, name: str) -> None:
        """Remove a volume that no container has any more; one that another one has stays. Idempotent."""
        with self._connection.doing(f"Volume '{name}' cannot be removed."), unless_absent(), unless_in_use():
            self._connection.api.remove_volume(name)

    def remove(self, container: str) -> None:
        """Remove a container, by its id or its name, with its own volumes, whatever it does. Idempotent."""
        with self._connection.doing("The container cannot be removed."), unless_absent(), unless_in_use():
            self._connection.api.remove_container(container, force=True, v=True)
        waited = wait_until(lambda: self._is_gone(container), timeout=_LONGEST_REMOVAL)  # somebody else may be at it
        if not waited.is_ready:
            raise EnvironmentFailure("The container cannot be removed.", seen=waited.seen())

    def _is_gone(self, container: str) -> Answer:
        with self._connection.doing("The container cannot be asked."), unless_absent():
            status = self._connection.api.inspect_container(container)["State"]["Status"]
            return Answer.not_yet(f"it is {status}")
        return Answer.ready()

    def close(self) -> None:
        """Close the connection."""
        self._connection.client.close()
