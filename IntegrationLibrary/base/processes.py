"""Processes: they end with their owner, are told apart by pid and start time, and stopped with their children."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

from IntegrationLibrary.base.waiting import Answer, wait_until

_log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class ProcessIdentity:
    """One process for good: pids are used again, a pid with its start time is not."""

    pid: int
    created: float

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity:
        """Return the identity of the process that has this pid now."""
        return cls(pid, _created(pid))

    def is_alive(self) -> bool:
        """Return whether this very process still runs; a zombie does not."""
        process = self.find()
        if process is None:
            return False
        try:
            return process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def is_child_of(self, other: ProcessIdentity) -> bool:
        """Return whether *other* has started this process, and both still run."""
        process = self.find()
        try:
            return process is not None and process.ppid() == other.pid and other.is_alive()
        except psutil.NoSuchProcess:
            return False

    def find(self) -> psutil.Process | None:
        """Return the process, or None when it has ended."""
        try:
            # The kernel counts start times in ticks of 10 ms.
            same = abs(_created(self.pid) - self.created) < 0.005  # noqa: PLR2004 half a tick
            return psutil.Process(self.pid) if same else None
        except psutil.NoSuchProcess:
            return None


def _created(pid: int) -> float:
    """Return when the process began, in seconds since the machine did: the clock on the wall may be set meanwhile.

    Only Linux tells; elsewhere it is the clock's time.
    """
    stat = Path(f"/proc/{pid}/stat")
    if sys.platform != "linux":
        return psutil.Process(pid).create_time()
    try:
        after_the_name = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError as error:
        raise psutil.NoSuchProcess(pid) from error
    return int(after_the_name[19]) / os.sysconf("SC_CLK_TCK")  # starttime, proc(5)


class Spawner:
    """Starts processes that the kernel ends with this one (Linux), and that keep nothing of this one's open.

    The parent-death signal is sent when the *thread* that forked ends, so all forks come from one thread that
    lives as long as the spawner. Elsewhere than on Linux the ledger and the sweep do this work.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")

    def start(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        log: Path,
        environment: Mapping[str, str] | None = None,
        user: int | None = None,
        death_signal: signal.Signals = signal.SIGTERM,
    ) -> subprocess.Popen[bytes]:
        """Start *command* in its own session, its output appended to *log*.

        *user* is the numeric user to run as (its own group goes along); only root may give it. *death_signal* is
        what the process gets when this one ends without having stopped it.

        Raises:
            OSError: The command could not be started.

        """
        return self._thread.submit(
            _spawn, command, folder=folder, log=log, environment=environment, user=user, death_signal=death_signal
        ).result()


def _spawn(
    command: Sequence[str],
    *,
    folder: Path,
    log: Path,
    environment: Mapping[str, str] | None,
    user: int | None,
    death_signal: signal.Signals,
) -> subprocess.Popen[bytes]:
    def end_with_owner() -> None:  # runs between fork and exec: one system call through a library loaded before
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)

    with log.open("ab") as output:
        return subprocess.Popen(
            list(command),
            cwd=folder,
            env=dict(environment) if environment is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
            group=_group_of(user),
            extra_groups=None if user is None else [],
            preexec_fn=end_with_owner if _libc is not None else None,  # noqa: PLW1509 see end_with_owner
        )


def _group_of(user: int | None) -> int | None:
    if user is None:
        return None
    import pwd

    return pwd.getpwuid(user).pw_gid


def stop_process(
    process: subprocess.Popen[bytes], *, grace: float = 5.0, first: signal.Signals = signal.SIGTERM
) -> None:
    """Stop the process with all its children: *first* is sent, and SIGKILL after *grace* seconds. Idempotent."""
    family = family_of(process.pid)
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(first)
        ended = wait_until(lambda: _has_ended(process), timeout=grace)
        if not ended.is_ready:
            _log.info("Process %s did not end within %s s and is killed.", process.pid, grace)
            process.kill()
        process.wait()
    kill_all(family)


def end_all(processes: Sequence[psutil.Process], *, grace: float) -> None:
    """Ask the processes to end, and kill those that have not after *grace* seconds."""
    for each in processes:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            each.terminate()
    _, alive = psutil.wait_procs(processes, timeout=grace)
    kill_all(alive)


def kill_all(processes: Sequence[psutil.Process]) -> None:
    """Kill what is still there of *processes*."""
    for each in processes:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            each.kill()
    psutil.wait_procs(processes, timeout=5)


def family_of(pid: int) -> list[psutil.Process]:
    """Return the descendants of *pid* and all others of its session, itself left out."""
    try:
        family = set(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        family = set()
    return list(family | set(session_of(pid)))


def session_of(session: int) -> list[psutil.Process]:
    """Return the processes of the POSIX session that *session* leads, the leader left out; empty on Windows."""
    if not hasattr(os, "getsid"):
        return []
    found = []
    for each in psutil.process_iter():
        with contextlib.suppress(OSError, psutil.Error):
            if each.pid != session and os.getsid(each.pid) == session:
                found.append(each)
    return found


def _has_ended(process: subprocess.Popen[bytes]) -> Answer:
    code = process.poll()
    return Answer.not_yet("still running") if code is None else Answer.ready(f"ended with code {code}")
