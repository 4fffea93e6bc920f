"""Probe `command`."""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Sequence
from typing import Any, ClassVar

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.text import last_lines, seconds
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.probes.probe import Execute, Probe, Target

_NO_PROGRAM = frozenset({126, 127})
_FRESH = 2.0
"""Seconds for which a success holds: checks cost up to a second of CPU, and several may ask in a row."""
_PATIENCE = 30.0
"""Seconds after which a run is given up, and another one begun."""


class CommandProbe(Probe):
    """Run a command in the container, such as `{command: [redis-cli, ping]}`; a text is run by its shell.

    Ready when it ends with code 0; that holds for two seconds, then it is run again when somebody asks.
    """

    name: ClassVar[str] = "command"

    def __init__(self, value: Any, target: Target) -> None:
        super().__init__(value, target)
        self._command = ["/bin/sh", "-c", value] if isinstance(value, str) else value
        if not value or not _is_command(self._command):
            raise IntegrationError(f"'{value}' is no command.", expected="a list such as [redis-cli, ping], or a text")
        self._lock = threading.Lock()
        self._run: _Run | None = None

    def ask(self) -> Answer:
        """Run it, unless it is running or has just been; one that takes long is looked at again when next asked."""
        if self.target.execute is None:
            return Answer.never("the service is no container: there is nothing to run a command in")
        with self._lock:
            if self._run is None or not self._run.is_fresh():
                self._run = _Run(self.target.execute, self._command)
            run = self._run
        run.thread.join(self.target.patience)
        if run.thread.is_alive():
            return Answer.not_yet(f"no answer within {seconds(self.target.patience)}")
        if run.code in _NO_PROGRAM and self._command is self.value:
            return Answer.never(run.text)
        return Answer.ready(run.text) if run.code == 0 else Answer.not_yet(run.text)

    def expects(self) -> str:
        """Return the command."""
        shown = self.value if isinstance(self.value, str) else shlex.join(self._command)
        return f"code 0 from '{shown}' inside"


class _Run:
    """The command as it runs or has run, in a thread: what hangs holds up nobody who asks."""

    def __init__(self, execute: Execute, command: Sequence[str]) -> None:
        self.begun = time.monotonic()
        self.code: int | None = None
        self.text = "no answer"
        self.thread = threading.Thread(target=self._execute, args=(execute, command), daemon=True)
        self.thread.start()

    def is_fresh(self) -> bool:
        """Return whether another run would tell nothing new."""
        age = time.monotonic() - self.begun
        return age < _PATIENCE if self.thread.is_alive() else self.code == 0 and age < _FRESH

    def _execute(self, execute: Execute, command: Sequence[str]) -> None:
        try:
            code, output = execute(command)
            said = last_lines(output.splitlines())
            self.text = f"code {code}: {said}" if said else f"code {code}"
            self.code = code
        except EnvironmentFailure as error:
            self.text = error.seen or error.headline


def _is_command(words: Any) -> bool:
    return isinstance(words, list | tuple) and bool(words) and all(isinstance(each, str) and each for each in words)
