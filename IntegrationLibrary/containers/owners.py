"""Whose things on an engine are: labels that tell, also when the ledger has gone, whether their maker still lives."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.containers.engine import Engine

LABEL = "integrationlibrary"
"""The label of everything that was made for a run: its name."""
_MAKER = "integrationlibrary.maker"
"""The label with the maker's process: machine, boot, pid and start time."""
_HOME = "integrationlibrary.home"
"""The label with the container that the maker runs in, if that is on the same engine."""


def owned(engine: Engine, name: str) -> dict[str, str]:
    """Return the labels of what this process makes on the engine."""
    own = ProcessIdentity.of(os.getpid())
    labels = {LABEL: name, _MAKER: f"{_machine()} {_boot()} {own.pid} {own.created}"}
    return labels | ({_HOME: engine.reach.home} if engine.reach.home else {})


def remove_orphans(engine: Engine) -> list[str]:
    """Remove what makers have left that do not live any more, and return the names.

    What was made on another machine stays: from here nobody can tell.

    Raises:
        EnvironmentFailure: The engine does not answer.

    """
    removed = []
    for kind, remove in (
        ("containers", engine.remove),
        ("networks", engine.remove_network),
        ("volumes", engine.remove_volume),
    ):
        for name, labels in engine.labelled(kind, LABEL).items():
            if _is_orphan(engine, labels):
                remove(name)
                removed.append(name)
    return removed


def _is_orphan(engine: Engine, labels: Mapping[str, str]) -> bool:
    home, told = labels.get(_HOME), labels.get(_MAKER, "").split(" ")
    if home is not None and home != engine.reach.home:
        return not _runs(engine, home)
    if len(told) != len(("machine", "boot", "pid", "created")) or told[0] != _machine():
        return False
    _, boot, pid, created = told
    return boot != _boot() or not ProcessIdentity(int(pid), float(created)).is_alive()


def _runs(engine: Engine, container: str) -> bool:
    try:
        return bool(engine.state(container)["Running"])
    except EnvironmentFailure as error:
        return "No such container" not in str(error.seen)


@cache
def _machine() -> str:
    """Return what tells this machine from others that use the same engine, and its process numbers from theirs."""
    return f"{socket.gethostname()}/{_first_line('/etc/machine-id')}/{_namespace()}"


@cache
def _boot() -> str:
    return _first_line("/proc/sys/kernel/random/boot_id") or "-"


def _namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")  # noqa: PTH115 what it names is no path
    except OSError:
        return ""


def _first_line(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").partition("\n")[0]
    except OSError:
        return ""
