"""Processes: they end with their owner, are told apart by pid and start time, and stopped with their children."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import psutil

from IntegrationLibrary.base.errors import EnvironmentFailure
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


Note = Callable[[ProcessIdentity], None]


def runs_python(pid: int) -> bool:
    """Return whether the process is a Python program's: pabot is, what adopts the children of a killed one is not."""
    try:
        program = Path(psutil.Process(pid).exe()).name.lower()
    except psutil.Error:  # it has ended, or is somebody else's
        return False
    return program.startswith(("python", "pypy"))


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

    *umask* is what programs get, when that of this process is not for them.

    *note* writes a process down. On Linux it is called in the new process itself, before that becomes the program: a
    program that runs is known, whenever this process is killed, and whatever the program does to its environment.
    """

    def __init__(self, note: Note | None = None, *, umask: int = -1) -> None:
        self._note: Note = note or (lambda _: None)
        self._umask = umask
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")
        self._lock = threading.Lock()
        self._awaited: set[subprocess.Popen[bytes]] = set()
        self._is_interrupted = False

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
        with log.open("ab") as output:
            return self._spawn(_Launch(command, folder, output, environment, user, death_signal, self._umask))

    def run(
        self,
        command: Sequence[str],
        /,
        *,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        user: int | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run *command* to its end and return what it printed; `interrupt` kills it.

        Raises:
            EnvironmentFailure: It was interrupted.
            OSError: The command could not be started.

        """
        launch = _Launch(command, folder, subprocess.PIPE, environment, user, signal.SIGTERM, self._umask)
        with self._lock:
            self._refuse_if_interrupted(command)
            process = self._spawn(launch)
            self._awaited.add(process)
        output, _ = process.communicate()
        with self._lock:
            self._awaited.discard(process)
            self._refuse_if_interrupted(command)
        return subprocess.CompletedProcess(command, process.returncode, output.decode(errors="replace"))

    def interrupt(self) -> None:
        """Kill what `run` waits for, with its children, and let nothing run any more: who waits must be free to end."""
        with self._lock:
            self._is_interrupted = True
            for process in self._awaited:
                family = family_of(process)
                process.kill()
                kill_all(family)

    def _refuse_if_interrupted(self, command: Sequence[str]) -> None:
        if self._is_interrupted:
            raise EnvironmentFailure(f"'{' '.join(command)}' was interrupted.", seen="the run has ended")

    def _spawn(self, launch: _Launch) -> subprocess.Popen[bytes]:
        process = self._thread.submit(launch, self._note).result()
        if _libc is None:
            self._note(ProcessIdentity.of(process.pid))
        return process


@dataclass(frozen=True)
class _Launch:
    """A process to be."""

    command: Sequence[str]
    folder: Path
    output: IO[bytes] | int
    environment: Mapping[str, str] | None
    user: int | None
    death_signal: signal.Signals
    umask: int

    def __call__(self, note: Note) -> subprocess.Popen[bytes]:
        owner = os.getpid()

        def begin() -> None:  # runs between fork and exec, through modules loaded before
            if _libc is None:
                return
            _libc.prctl(_PR_SET_PDEATHSIG, int(self.death_signal), 0, 0, 0)
            if os.getppid() != owner:  # it ended before the kernel was told to watch it
                os._exit(1)
            note(ProcessIdentity.of(os.getpid()))

        return subprocess.Popen(
            list(self.command),
            cwd=self.folder,
            env=dict(self.environment) if self.environment is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=self.user,
            group=_group_of(self.user),
            extra_groups=None if self.user is None else [],
            umask=self.umask,
            preexec_fn=begin if _libc is not None else None,  # noqa: PLW1509 see begin
        )


class RunCommand(Protocol):
    """Runs a command to its end: `run_command`, or a spawner's `run`."""

    def __call__(
        self, command: Sequence[str], /, *, folder: Path, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Return the code and what was printed."""


def run_command(
    command: Sequence[str], /, *, folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run *command* to its end as a child that nobody owns but this process, and return what it printed."""
    return subprocess.run(
        list(command),
        cwd=folder,
        env=dict(environment) if environment is not None else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
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
    family = family_of(process)
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


def family_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Return the descendants of the process and all others of its session, itself left out."""
    if process.poll() is not None:
        # Its pid is not given out again as long as its session has members: who has it now is a stranger.
        return [] if psutil.pid_exists(process.pid) else session_of(process.pid)
    return list({*psutil.Process(process.pid).children(recursive=True), *session_of(process.pid)})


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
