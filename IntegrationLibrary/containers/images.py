"""Images: had, pulled or built before a container is made of them; what that takes long for is told in a log."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.logs import end_of, tail
from IntegrationLibrary.base.programs import is_of_service
from IntegrationLibrary.base.redaction import mask_text
from IntegrationLibrary.base.text import last_lines, seconds
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.containers.connection import files_of_context
from IntegrationLibrary.containers.engine import Engine

Pull = Literal["missing", "never", "always"]

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_BUILT_FOR = "integrationlibrary.built-for"
"""The label of an image: the host and the user that have built it, and the folder that it was built from."""
_NO_TAG = re.compile(r"[^a-z0-9]+")
_OWN_TAGS = "integrationlibrary-built/"
_LONGEST_SILENCE = 120.0
"""Seconds that a registry may send nothing."""
_LONGEST_STEP = 900.0
"""Seconds that a step of a build may print nothing."""
_LONGEST_WORK = 3600.0
_PAUSE = 0.05
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

    def tag(self, service: str) -> str:
        """Return the name of its image: another one for each way to build it."""
        told = repr([str(self.context), self.dockerfile, sorted(self.args.items()), self.target, self.platform])
        name = _NO_TAG.sub("-", service.lower()).strip("-") or "service"
        return f"{_OWN_TAGS}{name}:{hashlib.sha256(told.encode()).hexdigest()[:12]}"

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


class Watch:
    """Whether the run has ended meanwhile for which something is done that takes long."""

    def __init__(self) -> None:
        self.is_interrupted = False

    def interrupt(self) -> None:
        """Let who waits give up."""
        self.is_interrupted = True

    def refuse_if_interrupted(self) -> None:
        """Begin nothing more.

        Raises:
            EnvironmentFailure: The run has ended.

        """
        if self.is_interrupted:
            raise EnvironmentFailure("The service is not started.", seen="the run has ended")


@dataclass(frozen=True)
class Wanted:
    """An image by its name, and when and for what platform it is fetched."""

    name: str
    pull: Pull
    platform: str | None


def get_image(engine: Engine, wanted: Wanted, *, place: Owner, watch: Watch) -> None:
    """Make sure that the engine has the image.

    Raises:
        EnvironmentFailure: It has not, and it cannot be pulled or must not be.

    """
    if wanted.pull != "always" and engine.images.has(wanted.name):
        return
    if wanted.pull == "never":
        raise EnvironmentFailure(
            f"Service '{place.service}' cannot be started: its image is not there.",
            expected=f"an image '{wanted.name}' on the engine at {engine.where}",
            next_step="build it, or let it be pulled (pull: missing)",
        )
    try:
        follow(engine.images.pull(wanted.name, wanted.platform), place.log, watch=watch, patience=_LONGEST_SILENCE)
    except EnvironmentFailure as error:
        raise EnvironmentFailure(
            f"Service '{place.service}' cannot be started: its image cannot be pulled.",
            expected=f"an image '{wanted.name}' on the engine at {engine.where}, or in its registry",
            seen=error.seen,
            next_step="look at the name; a private registry wants 'docker login', one's own image 'docker build'",
        ) from error


def build_image(engine: Engine, building: Building, *, place: Owner, watch: Watch) -> str:
    """Return the id of the image that is built; it is tagged, and the one that had the tag before goes.

    Raises:
        EnvironmentFailure: It cannot be built; the last lines of the build are in the text.

    """
    tag = building.tag(place.service)
    key = f"{engine.where} {tag} {building.inputs()}"
    with _BUILDING:
        if key not in _built or not engine.images.has(_built[key]):
            watch.refuse_if_interrupted()
            before = engine.images.id_of(tag)
            _built[key] = _build(engine, building, tag, place=place, watch=watch)
            _forget_old(engine, before if before != _built[key] else None)
        return _built[key]


def _build(engine: Engine, building: Building, tag: str, *, place: Owner, watch: Watch) -> str:
    begin = end_of(place.log)
    try:
        keys = {**building.keys(), "labels": {_BUILT_FOR: _here(building.context)}}
        lines = engine.images.build(tag=tag, path=str(building.context), **keys)
        follow(lines, place.log, watch=watch, patience=_LONGEST_STEP)
    except EnvironmentFailure as error:
        words = last_lines(tail(place.log, since=begin).lines)
        raise EnvironmentFailure(
            f"Service '{place.service}' cannot be started: its image cannot be built.",
            expected=f"an image of '{building.context / building.dockerfile}'",
            seen=f"{error.seen}\nlast lines of the build:\n{mask_text(words)}",
        ) from error
    return str(engine.images.id_of(tag))


def _forget_old(engine: Engine, replaced: str | None) -> None:
    """Remove the image that another one has replaced, and this user's that were built from folders that are gone."""
    for image, folder in engine.images.labelled(_BUILT_FOR).items():
        here, _, path = folder.rpartition(":")
        if image == replaced or (here == _here(Path()).rpartition(":")[0] and _is_gone(Path(path))):
            engine.images.remove(image, own=_OWN_TAGS)


def _is_gone(folder: Path) -> bool:
    try:
        folder.stat()
    except FileNotFoundError:
        return True
    except OSError:  # a folder above it is closed to this user
        return False
    return False


def _here(folder: Path) -> str:
    user = os.getuid() if hasattr(os, "getuid") else 0
    return f"{socket.gethostname()}:{user}:{folder}"


def follow(lines: Iterator[str], log: Path, *, watch: Watch, patience: float) -> None:
    """Log what the engine says while it works, until it is done: in a thread, for nobody can stop who waits for it.

    Raises:
        EnvironmentFailure: It says nothing for *patience* seconds, or the run has ended; and whatever *lines* raises.

    """
    work = _Work(lines, log)
    waited = wait_until(lambda: work.ask(watch, patience), timeout=_LONGEST_WORK)
    if work.failure is not None:
        raise work.failure
    if not waited.is_ready:
        raise EnvironmentFailure("The engine is not done.", seen=waited.last.text)


class _Work:
    """What the engine does, and says of it."""

    def __init__(self, lines: Iterator[str], log: Path) -> None:
        self._lines = lines
        self._log = log
        self._heard_at = time.monotonic()
        self.failure: Exception | None = None
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def ask(self, watch: Watch, patience: float) -> Answer:
        """Return whether it is done."""
        self._thread.join(_PAUSE)
        if not self._thread.is_alive():
            return Answer.ready()
        if watch.is_interrupted:
            return Answer.never("the run has ended")
        if time.monotonic() - self._heard_at > patience:
            return Answer.never(f"the engine has said nothing for {seconds(patience)}")
        return Answer.not_yet("the engine is at it")

    def _follow(self) -> None:
        try:
            with self._log.open("a", buffering=1, encoding="utf-8") as file:  # whoever waits reads it meanwhile
                for line in self._lines:
                    self._heard_at = time.monotonic()
                    if line:
                        file.write(f"{_COLOURS.sub('', line)}\n")
        except Exception as error:  # noqa: BLE001 raised again in the thread that waits
            self.failure = error


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
