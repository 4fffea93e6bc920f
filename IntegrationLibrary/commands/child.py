"""The one child of a command: it gets the signals that end the command, and time to end by itself."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

import psutil

from IntegrationLibrary.base.processes import end_all

_LOOKS = 1.0
_GRACE = 10.0
_KILL_GRACE = 2.0
_ENDS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def run_child(command: list[str], environment: Mapping[str, str]) -> int:
    """Run the command to its end and return its exit code.

    Whatever ends this process ends the child as Ctrl-C does, so that it writes its results; if it takes too long it is
    killed with all its children.
    """
    at_a_terminal = sys.stdin is not None and sys.stdin.isatty()
    child = subprocess.Popen(command, env=dict(environment), start_new_session=not at_a_terminal)
    ending = _Ending(child, gets_interrupts=at_a_terminal)
    with _signals_to(ending):
        return ending.wait()


class _Ending:
    """Ends the child when told to, at the latest some seconds after that."""

    def __init__(self, child: subprocess.Popen[bytes], *, gets_interrupts: bool) -> None:
        self._child = child
        self._gets_interrupts = gets_interrupts
        self._deadline: float | None = None

    def tell(self, number: int, _: FrameType | None) -> None:
        if not (self._gets_interrupts and number == signal.SIGINT):  # a terminal tells its child by itself
            self._child.send_signal(signal.SIGINT)
        if number != signal.SIGINT and self._deadline is None:
            self._deadline = time.monotonic() + _GRACE

    def wait(self) -> int:
        while True:
            try:
                return self._child.wait(timeout=_LOOKS)
            except subprocess.TimeoutExpired:
                if self._deadline is not None and time.monotonic() > self._deadline:
                    self._kill()

    def _kill(self) -> None:
        try:
            process = psutil.Process(self._child.pid)
            end_all([process, *process.children(recursive=True)], grace=_KILL_GRACE)
        except psutil.NoSuchProcess:
            return


@contextmanager
def _signals_to(ending: _Ending) -> Iterator[None]:
    before = [(number, signal.signal(number, ending.tell)) for number in _ENDS]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
