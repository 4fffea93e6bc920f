"""Folders of this library outside the project: the cache that is kept, and the runs that are removed."""

from __future__ import annotations

import getpass
import os
import stat
import tempfile
from pathlib import Path

from IntegrationLibrary.base.errors import EnvironmentFailure

_NAME = "integrationlibrary"


def cache_folder() -> Path:
    """Return the folder of what is kept between runs: initialised data folders and built templates.

    `INTEGRATIONLIBRARY_CACHE` names another one.
    """
    named = os.environ.get("INTEGRATIONLIBRARY_CACHE")
    if named:
        folder = Path(named)
    else:
        from platformdirs import user_cache_path

        folder = user_cache_path(_NAME)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def runs_folder() -> Path:
    """Return the folder that holds one folder per run, short enough for sockets in it (108 bytes, unix(7)).

    Only this user can read it. Root's can be passed through by others, because PostgreSQL refuses to run as root and
    its own user must reach its data folder; it cannot be listed, and what is secret in it is closed file by file.
    """
    return users_folder(Path(tempfile.gettempdir()))


def users_folder(place: Path) -> Path:
    """Return this user's own folder in a place that all users can write to.

    Raises:
        EnvironmentFailure: Someone else has made it.

    """
    folder = place / f"{_NAME}-{_user()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    _refuse_if_not_ours(folder)  # before anything else is done to it
    folder.chmod(0o711 if is_root() else 0o700)
    return folder


def make_passable(folder: Path) -> None:
    """Make a folder of this user's, when it is not there; others can pass through that of root, and do no more."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o711 if is_root() else 0o700)


def private(path: str, flags: int) -> int:
    """Open a file that only this user can read, whatever the umask is: an opener for `open`."""
    return os.open(path, flags, 0o600)


def is_root() -> bool:
    """Return whether this process may do everything, and PostgreSQL therefore refuses to run as its user."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else getpass.getuser()


def _refuse_if_not_ours(folder: Path) -> None:
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or (hasattr(os, "getuid") and status.st_uid != os.getuid()):
        raise EnvironmentFailure(
            f"Folder '{folder}' does not belong to this user.",
            seen="someone else made it, and could read what runs keep in it",
            next_step=f"remove '{folder}', or set TMPDIR to a folder of your own",
        )
