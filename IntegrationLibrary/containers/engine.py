"""The Docker engine, found where the docker command finds it; the only importer of its SDK."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.ports import LOOPBACK
from IntegrationLibrary.base.text import shortened
from IntegrationLibrary.containers.whereabouts import Whereabouts, is_own_address, own_address, own_container, sockets

_TIMEOUT = 60
"""Seconds that the engine may take for one answer."""
_LONGEST_WORDS = 1000
_NOT_FOUND = 404
_IN_USE = 409


@dataclass(frozen=True)
class Ports:
    """Where something listens, and the address that others reach it at."""

    bound_to: str
    host: str


class Engine:
    """A connection to one engine."""

    def __init__(self, client: Any, where: Whereabouts) -> None:
        self._client = client
        self.where = where.url
        self._remote_host = where.remote_host
        self._home = None if where.remote_host else self._find_home()
        self._shares_network = self._home is not None and self._home["HostConfig"]["NetworkMode"] == "host"

    @classmethod
    def find(cls, *, timeout: float = _TIMEOUT) -> Engine:
        """Return a connection to the engine that `DOCKER_HOST`, docker's context or a known socket leads to.

        Args:
            timeout: Seconds that the engine may take for one answer.

        Raises:
            EnvironmentFailure: None answers there.

        """
        return cls._first(_candidates(), timeout=timeout)

    @classmethod
    def at(cls, url: str) -> Engine:
        """Return a connection to the engine that was found at *url* before.

        Raises:
            EnvironmentFailure: It does not answer there.

        """
        known = [candidate for candidate in _candidates() if candidate[0].url == url]
        return cls._first(known or [(Whereabouts(url, "the ledger"), False)], timeout=_TIMEOUT)

    @classmethod
    def _first(cls, candidates: Iterable[tuple[Whereabouts, Any]], *, timeout: float) -> Engine:
        import docker

        asked = []
        for where, tls in candidates:
            is_ssh = where.url.startswith("ssh:")
            try:
                client = docker.DockerClient(base_url=where.url, tls=tls, timeout=timeout, use_ssh_client=is_ssh)
                client.ping()
                return cls(client, where)
            except (docker.errors.DockerException, OSError) as error:
                asked.append(f"{where.told_by} ({where.url}): {_words(error)}")
        raise EnvironmentFailure(
            "No Docker engine answers.",
            expected="one that DOCKER_HOST, docker's context or a known socket leads to",
            seen="\n".join(asked),
            next_step="start it, or name it with DOCKER_HOST (rfintegration doctor)",
        )

    def _find_home(self) -> dict[str, Any] | None:
        """Return the container that this process runs in, as its engine describes it; None outside of one."""
        import docker

        name = own_container()
        if name is None:
            return None
        with contextlib.suppress(docker.errors.NotFound):
            found: dict[str, Any] = self._client.api.inspect_container(name)
            return found
        return None

    @property
    def home(self) -> str | None:
        """The id of the container of this engine that this process runs in; None outside of one."""
        return str(self._home["Id"]) if self._home else None

    @property
    def is_remote(self) -> bool:
        """Whether it runs on another machine, which has no files of this one."""
        return self._remote_host is not None

    def version(self) -> str:
        """Return its name and version in words."""
        with self._words("The engine does not tell its version."):
            told = self._client.version()
            name = next((str(each["Name"]) for each in told.get("Components", [])), "Engine")
            return f"{name} {told['Version']}"

    @property
    def ports_at(self) -> Ports:
        """Where the ports of containers are: the address that the engine binds, and the one that leads there."""
        if self._remote_host is not None:
            return Ports("0.0.0.0", self._remote_host)
        if self._home is not None and not self._shares_network:
            networks = self._home["NetworkSettings"]["Networks"].values()
            gateway = next((each["Gateway"] for each in networks if each["Gateway"]), LOOPBACK)
            return Ports(gateway, gateway)
        return Ports(LOOPBACK, LOOPBACK)

    def this_machine(self, network: str) -> Ports:
        """Where programs of this machine listen for the containers of a network, and the address that leads there."""
        if self._home is not None and not self._shares_network:
            return self._in_network(self._home["Id"], network)
        if self._client.info()["OperatingSystem"] == "Docker Desktop":
            return Ports(LOOPBACK, "host.docker.internal")
        gateway = str(self._client.networks.get(network).attrs["IPAM"]["Config"][0].get("Gateway"))
        if self._remote_host is None and is_own_address(gateway):
            return Ports(gateway, gateway)
        return Ports(*[own_address(self._remote_host)] * 2)

    def _in_network(self, home: str, network: str) -> Ports:
        """Join the network with the container that this process runs in: others there reach it in no other way."""
        self.join(home, network)
        address = self._client.api.inspect_container(home)["NetworkSettings"]["Networks"][network]["IPAddress"]
        return Ports(address, address)

    def image_id(self, name: str) -> str | None:
        """Return the id of an image; None when the engine has none of this name."""
        import docker

        with self._words(f"Image '{name}' cannot be looked for."), contextlib.suppress(docker.errors.ImageNotFound):
            return str(self._client.images.get(name).id)
        return None

    def health_check(self, image: str) -> list[str]:
        """Return the command with which an image finds out whether a container of it is healthy; empty without one."""
        with self._words(f"Image '{image}' cannot be looked for."):
            config = self._client.images.get(image).attrs["Config"] or {}
        kind, *words = (config.get("Healthcheck") or {}).get("Test") or ["NONE"]
        if kind == "CMD-SHELL":
            return [*(config.get("Shell") or ["/bin/sh", "-c"]), *words]
        return words if kind == "CMD" else []

    def has_image(self, name: str) -> bool:
        """Return whether the engine has the image."""
        return self.image_id(name) is not None

    def pull(self, name: str, platform: str | None) -> Iterator[str]:
        """Fetch the image from its registry, as whoever the docker command has logged in there; yield what it says."""
        import docker

        repository, tag = docker.utils.parse_repository_tag(name)
        with self._words(f"Image '{name}' cannot be pulled."):
            yield from _told(
                self._client.api.pull(repository, tag=tag or "latest", platform=platform, stream=True, decode=True)
            )

    def build(self, **keys: Any) -> Iterator[str]:
        """Build an image; yield what that says. *keys* are those of the SDK."""
        with self._words(f"Image '{keys['tag']}' cannot be built."):
            yield from _told(self._client.api.build(rm=True, forcerm=True, decode=True, **keys))

    def images_with(self, label: str) -> dict[str, str]:
        """Return the ids of the images that have the label, each with its value."""
        with self._words("Images cannot be looked for."):
            images = self._client.api.images(filters={"label": label})
            return {str(image["Id"]): str(image["Labels"][label]) for image in images}

    def remove_image(self, image: str) -> None:
        """Remove an image that nobody uses; one that is used stays."""
        import docker

        with contextlib.suppress(docker.errors.APIError):
            self._client.api.remove_image(
                image, force=not self._client.api.containers(filters={"ancestor": image}, all=True)
            )

    def put(self, container: str, folder: str, files: bytes) -> None:
        """Copy files into a container: a tar archive, unpacked in a folder there."""
        with self._words(f"Files cannot be copied to '{folder}' of the container."):
            self._client.api.put_archive(container, folder, files)

    def create(self, **keys: Any) -> str:
        """Create a container, and return its id. *keys* are those of the SDK."""
        with self._words(f"Container '{keys['name']}' cannot be made."):
            return str(self._client.containers.create(**keys).id)

    def known_as(self, aliases: Sequence[str], network: str) -> dict[str, Any]:
        """Return the key of the SDK for a container that others in the network find under these names."""
        return {network: self._client.api.create_endpoint_config(aliases=list(aliases))}

    def start(self, container: str) -> None:
        """Start a container."""
        with self._words("The container cannot be started."):
            self._client.api.start(container)

    def state(self, container: str) -> dict[str, Any]:
        """Return what the engine says of a container's state."""
        with self._words("The container cannot be asked."):
            told: dict[str, Any] = self._client.api.inspect_container(container)["State"]
            return told

    def execute(self, container: str, command: Sequence[str]) -> tuple[int, str]:
        """Run a command in a container, until it ends; return its exit code and what it printed."""
        with self._words("A command cannot be run in the container."):
            run = self._client.api.exec_create(container, list(command))["Id"]
            output = self._client.api.exec_start(run)
            return self._client.api.exec_inspect(run)["ExitCode"], output.decode(errors="replace")

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

    def create_network(self, name: str, labels: dict[str, str]) -> None:
        """Create a network."""
        with self._words(f"Network '{name}' cannot be made."):
            self._client.networks.create(name, driver="bridge", labels=labels)

    def join(self, container: str, network: str) -> None:
        """Let a container be in one more network."""
        with self._words(f"The container cannot join network '{network}'."):
            self._client.api.connect_container_to_network(container, network)

    def remove_network(self, name: str) -> None:
        """Remove a network, by its name. Idempotent."""
        import docker

        with self._words(f"Network '{name}' cannot be removed."), contextlib.suppress(docker.errors.NotFound):
            if self._home is not None:
                with contextlib.suppress(docker.errors.APIError):  # it is not in it
                    self._client.api.disconnect_container_from_network(self._home["Id"], name)
            self._client.api.remove_network(name)

    def create_volume(self, name: str, labels: dict[str, str]) -> None:
        """Create a volume."""
        with self._words(f"Volume '{name}' cannot be made."):
            self._client.api.create_volume(name, labels=labels)

    def labelled(self, kind: str, label: str) -> dict[str, dict[str, str]]:
        """Return the names of the containers, networks or volumes (*kind*) with a label, each with all its labels."""
        filters = {"label": label}
        with self._words(f"The {kind} cannot be listed."):
            if kind == "containers":
                found = self._client.api.containers(all=True, filters=filters)
                return {each["Names"][0].lstrip("/"): each["Labels"] for each in found}
            found = self._client.api.networks(filters=filters) if kind == "networks" else self._volumes(filters)
            return {each["Name"]: each["Labels"] for each in found}

    def _volumes(self, filters: dict[str, str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] | None = self._client.api.volumes(filters=filters)["Volumes"]
        return found or []

    def remove_volume(self, name: str) -> None:
        """Remove a volume that no container has any more; one that another one has stays. Idempotent."""
        import docker

        with self._words(f"Volume '{name}' cannot be removed."):
            try:
                self._client.api.remove_volume(name)
            except docker.errors.APIError as error:
                if error.status_code not in {_NOT_FOUND, _IN_USE}:
                    raise

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
        import urllib3

        try:
            yield
        except docker.errors.APIError as error:
            raise EnvironmentFailure(headline, seen=_words(error)) from error
        except (docker.errors.DockerException, urllib3.exceptions.HTTPError, OSError) as error:
            raise EnvironmentFailure(
                headline, seen=f"the Docker engine at {self.where} has gone: {_words(error)}"
            ) from error


def _candidates() -> Iterator[tuple[Whereabouts, Any]]:
    """Yield where an engine may be, each with what proves who asks: one that is named is the only one."""
    import docker

    named = os.environ.get("DOCKER_HOST")
    if named:
        keys = docker.utils.kwargs_from_env()
        yield Whereabouts(named, "DOCKER_HOST"), keys.get("tls", False)
        return
    chosen = os.environ.get("DOCKER_CONTEXT")
    context = docker.context.ContextAPI.get_context(chosen)
    if context is None:
        raise EnvironmentFailure(
            f"There is no docker context '{chosen or 'of that name'}'.",
            expected="one that 'docker context ls' lists",
            seen="DOCKER_CONTEXT names it" if chosen else "docker's configuration names it as the current one",
        )
    if context.name != "default":
        yield Whereabouts(context.Host, f"context '{context.name}' of docker"), context.TLSConfig or False
        return
    for where in sockets():
        if where.url.startswith("unix:///var/run/") or Path(where.url.removeprefix("unix://")).exists():
            yield where, False


def files_of_context(context: Path, dockerfile: str) -> set[str]:
    """Return the names of the files that a build sends to the engine: those that .dockerignore does not leave out."""
    import docker  # not its inner modules: threads that import those and it at the same time get half of it

    ignored = context / ".dockerignore"
    lines = ignored.read_text(encoding="utf-8").splitlines() if ignored.exists() else []
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return set(docker.utils.exclude_paths(str(context), patterns, dockerfile=dockerfile))


def _told(pieces: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of what the engine says while it works; progress bars are left out.

    Raises:
        EnvironmentFailure: It says that it has failed.

    """
    import docker

    for piece in pieces:
        if "error" in piece:
            raise docker.errors.APIError(piece["error"], explanation=piece["error"])
        if piece.get("stream", "").strip():
            yield from filter(_is_told, str(piece["stream"]).splitlines())
        elif "status" in piece and not piece.get("progressDetail"):
            yield f"{piece['id']}: {piece['status']}" if "id" in piece else str(piece["status"])


def _is_told(line: str) -> bool:
    """Return whether a line of a build is of interest; what the engine calls its steps inside is not."""
    return bool(line.strip(" \x1b[0m")) and not line.startswith((" --->", "Removing intermediate container"))


def _words(error: Exception) -> str:
    """Return what the engine said, without the address of the request."""
    return shortened(str(getattr(error, "explanation", None) or error), _LONGEST_WORDS)
