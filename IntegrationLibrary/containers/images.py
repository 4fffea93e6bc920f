"""Images: had, pulled or built before a container is made of them; what that takes long for is told in a log."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.logs import end_of, tail
from IntegrationLibrary.base.programs import is_of_service
from IntegrationLibrary.base.redaction import mask_text
from IntegrationLibrary.base.text import last_lines
from IntegrationLibrary.containers.connection import files_of_context
from IntegrationLibrary.containers.engine import Engine

Pull = Literal["missing", "never", "always"]

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_BUILT_FOR = "integrationlibrary.built-for"
"""The label of an image: the host and the folder that it was built from."""
_BUILDING = threading.Lock()
_built: dict[str, str] = {}
"""The images that this process has built, by the hashes of what they are made from: each worker needs the same one."""


@dataclass(frozen=True)
class Building:
    """What an image is built from."""

    context: Path
    dockerfile: str = "Dockerfile"
    args: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    network: str | None = None
    platform: str | None = None

    def keys(self) -> dict[str, Any]:
        """Return how it is built, as the SDK has it."""
        return {
            "dockerfile": self.dockerfile,
            "buildargs": dict(self.args),
            "target": self.target,
            "network_mode": self.network,
            "platform": self.platform,
        }

    def inputs(self) -> str:
        """Return the hash of all that it is built from but the images that it begins with.

        Raises:
            OSError: A file cannot be read.

        """
        told = [self.dockerfile, sorted(self.args.items()), self.target, self.platform]
        digest = hashlib.sha256(repr(told).encode())
        for name in sorted(files_of_context(self.context, self.dockerfile)):
            path = self.context / name
            if not is_of_service(path, self.context):
                continue  # it is sent all the same; the engine's cache knows whether it counts
            digest.update(f"{name} {path.lstat().st_mode}\n".encode())
            digest.update(os.fsencode(path.readlink()) if path.is_symlink() else _content(path))
        digest.update(_content(self.context / self.dockerfile))  # it may be outside
        return digest.hexdigest()


class Owner(Protocol):
    """The service that an image is for, and where it is told what that takes long for."""

    @property
    def service(self) -> str:
        """The service's name."""

    @property
    def log(self) -> Path:
        """Its log."""


def get_image(engine: Engine, name: str, *, pull: Pull, platform: str | None, place: Owner) -> None:
    """Make sure that the engine has the image.

    Raises:
        EnvironmentFailure: It has not, and it cannot be pulled or must not be.

    """
    if pull != "always" and engine.images.has(name):
        return
    if pull == "never":
        raise EnvironmentFailure(
            f"Service '{place.service}' cannot be started: its image is not there.",
            expected=f"an image '{name}' on the engine at {engine.where}",
            next_step="build it, or let it be pulled (pull: missing)",
        )
    try:
        _log_lines(engine.images.pull(name, platform), place.log)
    except EnvironmentFailure as error:
        raise EnvironmentFailure(
            f"Service '{place.service}' cannot be started: its image cannot be pulled.",
            expected=f"an image '{name}' on the engine at {engine.where}, or in its registry",
            seen=error.seen,
            next_step="look at the name; a private registry wants 'docker login', one's own image 'docker build'",
        ) from error


def build_image(engine: Engine, building: Building, *, tag: str, place: Owner) -> str:
    """Return the id of the image that is built; it is tagged, and the one that had the tag before goes.

    Raises:
        EnvironmentFailure: It cannot be built; the last lines of the build are in the text.

    """
    key = f"{engine.where} {tag} {building.inputs()}"
    with _BUILDING:
        if key not in _built or not engine.images.has(_built[key]):
            before = engine.images.id_of(tag)
            _built[key] = _build(engine, building, tag, place)
            _forget_old(engine, before if before != _built[key] else None)
        return _built[key]


def _build(engine: Engine, building: Building, tag: str, place: Owner) -> str:
    begin = end_of(place.log)
    try:
        labels = {_BUILT_FOR: _here(building.context)}
        _log_lines(
            engine.images.build(tag=tag, path=str(building.context), labels=labels, **building.keys()), place.log
        )
    except EnvironmentFailure as error:
        words = last_lines(tail(place.log, since=begin).lines)
        raise EnvironmentFailure(
            f"Service '{place.service}' cannot be started: its image cannot be built.",
            expected=f"an image of '{building.context / building.dockerfile}'",
            seen=f"{error.seen}\nlast lines of the build:\n{mask_text(words)}",
        ) from error
    return str(engine.images.id_of(tag))


def _forget_old(engine: Engine, replaced: str | None) -> None:
    """Remove the image that another one has replaced, and those that were built from folders that are gone."""
    for image, folder in engine.images.labelled(_BUILT_FOR).items():
        host, _, path = folder.partition(":")
        if image == replaced or (host == socket.gethostname() and not Path(path).exists()):
            engine.images.remove(image)


def _here(folder: Path) -> str:
    return f"{socket.gethostname()}:{folder}"


def _log_lines(lines: Iterable[str], log: Path) -> None:
    with log.open("a", buffering=1, encoding="utf-8") as file:  # whoever waits reads it meanwhile
        for line in lines:
            file.write(f"{_COLOURS.sub('', line)}\n")


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
