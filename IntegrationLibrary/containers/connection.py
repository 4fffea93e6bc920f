"""A connection to a Docker engine, found where the docker command finds it; the only importer of its SDK."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.text import shortened
from IntegrationLibrary.containers.whereabouts import Whereabouts, sockets

TIMEOUT = 30
"""Seconds that an engine may take for one answer."""
_LONGEST_WORDS = 1000
_IN_USE = 409


class Connection:
    """The SDK's client of one engine, with our words for what it raises."""

    def __init__(self, client: Any, where: Whereabouts) -> None:
        self.client = client
        self.api = client.api
        self.where = where

    @contextlib.contextmanager
    def doing(self, headline: str) -> Iterator[None]:
        """Raise what goes wrong in the block as a failure with this headline.

        Raises:
            EnvironmentFailure: The engine refuses, or has gone.

        """
        import docker
        import urllib3

        try:
            yield
        except docker.errors.APIError as error:
            raise EnvironmentFailure(headline, seen=_words(error)) from error
        except (docker.errors.DockerException, urllib3.exceptions.HTTPError, OSError) as error:
            seen = f"the Docker engine at {self.where.url} has gone: {_words(error)}"
            raise EnvironmentFailure(headline, seen=seen) from error


def unless_absent() -> contextlib.AbstractContextManager[None]:
    """Leave a block quietly in which the engine does not find what it is asked for."""
    import docker

    return contextlib.suppress(docker.errors.NotFound)


@contextlib.contextmanager
def unless_in_use() -> Iterator[None]:
    """Leave a block quietly in which the engine does not remove what somebody uses."""
    import docker

    try:
        yield
    except docker.errors.APIError as error:
        if error.status_code != _IN_USE:
            raise


def connect(candidates: Iterable[tuple[Whereabouts, Any]], *, timeout: float) -> Connection:
    """Return a connection to the first engine that answers.

    Raises:
        EnvironmentFailure: None does.

    """
    import docker

    asked = []
    for where, tls in candidates:
        is_ssh = where.url.startswith("ssh:")
        try:
            client = docker.DockerClient(base_url=where.url, tls=tls, timeout=timeout, use_ssh_client=is_ssh)
            client.ping()
            return Connection(client, where)
        except (docker.errors.DockerException, OSError) as error:
            asked.append(f"{where.told_by} ({where.url}): {_words(error)}")
    raise EnvironmentFailure(
        "No Docker engine answers.",
        expected="one that DOCKER_HOST, docker's context or a known socket leads to",
        seen="\n".join(asked),
        next_step="start it, or name it with DOCKER_HOST (rfintegration doctor)",
    )


def candidates() -> Iterator[tuple[Whereabouts, Any]]:
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


def repository_and_tag(image: str) -> tuple[str, str]:
    """Return the two parts of an image's name; without a tag it is `latest`."""
    import docker

    repository, tag = docker.utils.parse_repository_tag(image)
    return repository, tag or "latest"


def lines_of(pieces: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of what the engine says while it works, and an empty one for each step of a progress bar.

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
        else:
            yield ""


def _is_told(line: str) -> bool:
    """Return whether a line of a build is of interest; what the engine calls its steps inside is not."""
    return bool(line.strip(" \x1b[0m")) and not line.startswith((" --->", "Removing intermediate container"))


def _words(error: Exception) -> str:
    """Return what the engine said, without the address of the request."""
    return shortened(str(getattr(error, "explanation", None) or error), _LONGEST_WORDS)
