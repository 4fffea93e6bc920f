"""One container: made, written down before, its output in a file, asked, ended, removed."""

from __future__ import annotations

import contextlib
import io
import logging
import tarfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.text import last_lines
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.containers.engine import Engine
from IntegrationLibrary.containers.owners import owned

_log = logging.getLogger(__name__)

CONTAINER = "container"
"""The kind of entry in the ledger: {"name": the container's name, "engine": the URL of its engine}."""
_KILLED = 137
_LAST_WORDS = 2.0  # seconds until all that it printed is in the log
_LONGEST_RESTART = 120.0  # the engine waits twice as long before each restart, and a minute at most
Record = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True)
class Making:
    """What a container is made from."""

    name: str
    image: str
    command: tuple[str, ...]
    environment: dict[str, str]
    ports: dict[int, int]
    """Ports of this machine's loopback interface, by those of the container."""
    aliases: tuple[str, ...]
    """The names by which others in its networks find it."""
    networks: tuple[str, ...]
    """The networks that it is in; without one it is where the engine puts those that name none."""
    files: dict[str, Path]
    """Files that are copied in, by their paths inside."""
    labels: dict[str, str]
    more: dict[str, Any]
    """Further keys, as the SDK has them."""


class Container:
    """A container that was started; it ends with `remove`."""

    def __init__(self, engine: Engine, making: Making, *, log: Path, record: Record) -> None:
        self._engine = engine
        record(CONTAINER, {"name": making.name, "engine": engine.where})
        engine.remove(making.name)  # left by a start that was killed
        self._id = engine.create(
            name=making.name,
            image=making.image,
            command=list(making.command) or None,
            environment=making.environment,
            ports={
                f"{inside}/tcp": (engine.reach.ports_at.bound_to, outside) for inside, outside in making.ports.items()
            },
            **_in_first_network(engine, making),
            labels={**making.labels, **owned(engine, making.name)},
            **making.more,
        )
        self._follower = threading.Thread(target=self._follow, args=(log,), daemon=True)
        try:
            for network in making.networks[1:]:
                engine.join(self._id, network)
            for inside, file in making.files.items():
                engine.put(self._id, *_packed(PurePosixPath(inside), file))
            engine.start(self._id)
        except (EnvironmentFailure, OSError) as error:
            engine.remove(self._id)
            if isinstance(error, OSError):
                raise EnvironmentFailure("A file cannot be copied in.", seen=str(error)) from error
            raise
        self._follower.start()

    def ask(self) -> Answer:
        """Return whether it runs, and is healthy where its image says how that is found out."""
        try:
            state = self._engine.state(self._id)
        except EnvironmentFailure as error:
            return Answer.never(error.seen or error.headline)
        if state.get("Restarting"):
            return Answer.not_yet(f"{_ended(state)}, and is started again")
        if not state["Running"]:
            self._follower.join(timeout=_LAST_WORDS)
            return Answer.never(_ended(state))
        if state.get("Paused"):  # it counts as running, and a check that succeeded before still holds
            return Answer.not_yet("paused")
        health = state.get("Health") or {"Status": "healthy"}
        if health["Status"] in {"healthy", "none"}:
            return Answer.ready("running")
        said = [check["Output"] for check in health.get("Log") or [] if check["Output"].strip()]
        return Answer.not_yet(f"{health['Status']}: {last_lines(said[-1].splitlines())}" if said else health["Status"])

    def execute(self, command: Sequence[str]) -> tuple[int, str]:
        """Run a command in it, until that ends; return its exit code and what it printed."""
        return self._engine.execute(self._id, command)

    def exit_code(self) -> int | None:
        """Return with what code it ended; None while it runs, or when the engine has gone."""
        with contextlib.suppress(EnvironmentFailure):
            state = self._engine.state(self._id)
            return None if state["Running"] else int(state["ExitCode"])
        return None

    def kill(self) -> None:
        """End it without asking it. Idempotent."""
        if self.exit_code() is None:
            self._engine.signal(self._id, "kill")

    def pause(self) -> None:
        """Hold all its processes."""
        self._engine.signal(self._id, "pause")

    def resume(self) -> None:
        """Let them go on. Idempotent."""
        if self._engine.state(self._id)["Paused"]:
            self._engine.signal(self._id, "unpause")

    def remove(self, *, grace: float) -> None:
        """End it, and remove it with what it wrote. Its last words are in its log by then."""
        try:
            self._engine.end(self._id, grace=grace)
        except EnvironmentFailure as error:
            _log.warning("%s", error)
        self._follower.join(timeout=grace)
        self._engine.remove(self._id)

    def _follow(self, log: Path) -> None:
        """Write what it prints into the log; also after restarts, at each of which the engine ends its output."""
        written = 0
        with log.open("ab", buffering=0) as file, contextlib.suppress(EnvironmentFailure):
            while True:
                read = 0
                for piece in self._engine.output(self._id):
                    file.write(piece[max(0, written - read) :])
                    read += len(piece)
                written = max(written, read)
                if not wait_until(self._goes_on, timeout=_LONGEST_RESTART).is_ready:
                    return

    def _goes_on(self) -> Answer:
        state = self._engine.state(self._id)
        if state.get("Restarting"):
            return Answer.not_yet("it is started again")
        return Answer.ready() if state["Running"] else Answer.never("it has ended")


def _packed(inside: PurePosixPath, file: Path) -> tuple[str, bytes]:
    """Return the root folder and a tar archive with the file at its path, which makes the folders above it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(file, str(inside).lstrip("/"), filter=_of_nobody)
    return "/", packed.getvalue()


def _of_nobody(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Return the entry as root's in the container: the users of this machine mean nothing there."""
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    return info


def _in_first_network(engine: Engine, making: Making) -> dict[str, Any]:
    if not making.networks:
        return {}
    first = making.networks[0]
    return {"network": first, "networking_config": engine.known_as(making.aliases, first)}


def _ended(state: dict[str, Any]) -> str:
    code = state["ExitCode"]
    if state.get("OOMKilled"):
        return "the container was killed: it took more memory than its limit"
    if state.get("Error"):
        return f"the container did not start: {state['Error']}"
    return "the container was killed" if code == _KILLED else f"the container ended with code {code}"
