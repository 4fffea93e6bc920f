"""A worker's end of the control connection; the first one of a run starts the supervisor."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.logs import last_words
from IntegrationLibrary.base.paths import private
from IntegrationLibrary.base.ports import LOOPBACK
from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.databases.postgres import import_meanwhile
from IntegrationLibrary.supervisor.runs import RUN_VARIABLE, Control, RunFolder
from IntegrationLibrary.supervisor.wire import error_from_json

_START_TIMEOUT = 20.0


class Client:
    """One open connection to a supervisor. What was leased over it is free again when it ends."""

    def __init__(self, run: RunFolder, control: Control) -> None:
        self._run = run
        self._socket = socket.create_connection((LOOPBACK, control.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines = self._socket.makefile("rb")
        self._key = control.key
        self._numbers = itertools.count(1)
        self.is_waiting = False
        """Whether the last call was interrupted: the supervisor is still at it, and answers nothing else until then."""

    def call(self, action: str, /, **arguments: Any) -> Any:
        """Have the supervisor do *action* and return its answer.

        Raises:
            IntegrationError: What the supervisor raised.
            EnvironmentFailure: The supervisor is gone.

        """
        number = next(self._numbers)
        request = json.dumps({"key": self._key, "number": number, "action": action, "arguments": arguments})
        self.is_waiting = True
        answer = self._answer(request, number)
        self.is_waiting = False
        if answer is None:
            raise EnvironmentFailure("The supervisor of this run has ended.", seen=self._last_words())
        if "error" in answer:
            raise error_from_json(answer["error"], log=str(self._run.log))
        return answer["result"]

    def _answer(self, request: str, number: int) -> dict[str, Any] | None:
        """Return the answer of this number: Robot's timeouts may have left an earlier one, or its rest, unread."""
        with contextlib.suppress(OSError):
            self._socket.sendall(request.encode() + b"\n")
            while line := self._lines.readline():
                with contextlib.suppress(ValueError):
                    answer: dict[str, Any] = json.loads(line)
                    if answer["number"] == number:
                        return answer
        return None

    def close(self) -> None:
        """End the connection, and with it the leases. Idempotent."""
        self._lines.close()
        self._socket.close()

    def _last_words(self) -> str:
        if not self._run.log.exists():
            return "its folder is gone too"
        return last_words(self._run.log)


def reach_supervisor(root: ProcessIdentity) -> Client:
    """Return a connection to the supervisor of the run that *root* is the root of; it is started if need be.

    Raises:
        EnvironmentFailure: It does not start.

    """
    run = RunFolder.of(root)
    return connect(run) or start_supervisor(run, str(root.pid), repr(root.created))


def connect(run: RunFolder) -> Client | None:
    """Return a connection to the supervisor of the run; None when it has none that lives."""
    control = run.read_control()
    if control is None or not control.supervisor.is_alive():
        return None
    try:
        return Client(run, control)
    except OSError:
        return None


def start_supervisor(run: RunFolder, *root: str, make: Callable[[], None] | None = None) -> Client:
    """Start the run's supervisor, if nobody else just has, and return a connection to it.

    *root* is the pid and the start time of the process whose end is the end of the run; without it there is none.
    *make* makes the run's folder, while nobody else may start it or sweep it.

    Raises:
        EnvironmentFailure: It does not start.

    """
    from filelock import FileLock

    with FileLock(run.lock, mode=0o600):
        (make or run.make)()
        return connect(run) or _start(run, root)


def _start(run: RunFolder, root: tuple[str, ...]) -> Client:
    with open(run.log, "ab", opener=private) as log:
        # A descriptor of ours kept open would keep pabot, which reads its workers' output to the end, waiting.
        process = subprocess.Popen(
            [sys.executable, "-m", "IntegrationLibrary.supervisor", str(run.path), *root],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, RUN_VARIABLE: run.path.name},
        )
    import_meanwhile()
    waited = wait_until(lambda: _has_control(run, process), timeout=_START_TIMEOUT)
    client = connect(run) if waited.is_ready else None
    if client is None:
        process.kill()
        raise EnvironmentFailure("The supervisor did not start.", seen=f"{waited.seen()}\n{last_words(run.log)}")
    return client


def _has_control(run: RunFolder, process: subprocess.Popen[bytes]) -> Answer:
    if process.poll() is not None:
        return Answer.never(f"it ended with code {process.returncode}")
    control = run.read_control()
    if control is None or control.supervisor.pid != process.pid:
        return Answer.not_yet("it has not said where it listens")
    return Answer.ready()
