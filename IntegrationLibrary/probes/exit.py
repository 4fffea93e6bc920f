"""Probe `exit`."""

from __future__ import annotations

from typing import Any, ClassVar

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.probes.probe import Probe, Target


class ExitProbe(Probe):
    """Wait for a one-shot job to end: `{exit: 0}`; another exit code is told at once."""

    name: ClassVar[str] = "exit"
    outlives_process: ClassVar[bool] = True

    def __init__(self, value: Any, target: Target) -> None:
        super().__init__(value, target)
        if isinstance(value, bool) or not str(value).removeprefix("-").isdecimal():
            raise IntegrationError(f"'{value}' is no exit code.", expected="a number such as 0")
        self._code = int(value)

    def ask(self) -> Answer:
        """Look whether it has ended."""
        if self.target.exit_code is None:
            return Answer.never("the service has no process of this run")
        code = self.target.exit_code()
        if code is None:
            return Answer.not_yet("still running")
        text = f"ended with code {code}"
        return Answer.ready(text) if code == self._code else Answer.never(text)

    def expects(self) -> str:
        """Return the code."""
        return f"a process that ends with code {self._code}"
