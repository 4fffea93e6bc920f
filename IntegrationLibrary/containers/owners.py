"""Whose things on an engine are: labels that tell, also when the ledger has gone, whether their maker still lives."""

from __future__ import annotations

import getpass
import hashlib
import logging
import os
import socket
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.containers.engine import Engine

_log = logging.getLogger(__name__)

LABEL = "integrationlibrary"
"""The label of everything that was made for a run: its name."""
_MAKER = "integrationlibrary.maker"
"""The label with the maker's process: machine, user, boot, pid and start time."""
_HOME = "integrationlibrary.home"
"""The label with the container that the maker runs in, if that is on the same engine."""


def owned(engine: Engine, name: str) -> dict[str, str]:
    """Return the labels of what this process makes on the engine."""
    own = ProcessIdentity.of(os.getpid())
    labels = {LABEL: name, _MAKER: f"{_machine()} {_user()} {_boot()} {own.pid} {own.created}"}
    return labels | ({_HOME: engine.reach.home} if engine.reach.home else {})


def remove_orphans(engine: Engine) -> list[str]:
    """Remove what makers have left that do not live any more, and return the names.

    What was made on another machine stays, and what another user has made: from here nobody can tell. Neither is
    anything judged on a remote engine, where machines that were copied from one another may meet.

    Raises:
        EnvironmentFailure: The engine does not answer.

    """
    removed: list[str] = []
    if engine.reach.is_remote:
        return removed
    for kind, remove in (
        ("containers", engine.remove),
        ("networks", engine.remove_network),
        ("volumes", engine.remove_volume),
    ):
        for name, labels in engine.labelled(kind, LABEL).items():
            # A person may have made something of a container of ours, which then has its labels.
            if labels[LABEL] == name and _is_orphan(engine, labels):
                removed += _removed(name, remove)
    return removed


def _removed(name: str, remove: Callable[[str], None]) -> list[str]:
    try:
        remove(name)
    except EnvironmentFailure as error:
        _log.warning("What a dead maker has left stays: %s: %s", name, error)
        return []
    return [name]


def _is_orphan(engine: Engine, labels: Mapping[str, str]) -> bool:
    home, told = labels.get(_HOME), labels.get(_MAKER, "").split(" ")
    if home is not None and home != engine.reach.home:
        return not _runs(engine, home)
    if len(told) != len(("machine", "user", "boot", "pid", "created")) or told[:2] != [_machine(), _user()]:
        return False
    _, _, boot, pid, created = told
    try:
        maker = ProcessIdentity(int(pid), float(created))
    except ValueError:  # no label of ours
        return False
    return boot != _boot() or not maker.is_alive()


def _runs(engine: Engine, container: str) -> bool:
    try:
        return bool(engine.state(container)["Running"])
    except EnvironmentFailure as error:
        return "no such container" not in str(error.seen).lower()


def name_prefix(run: Path) -> str:
    """Return how the names of all begin that is made for a run: two folders may have one name, elsewhere."""
    told = f"{_machine()} {_user()} {run}"
    return f"integrationlibrary-{hashlib.sha256(told.encode()).hexdigest()[:8]}-{run.name}"


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else getpass.getuser()


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
