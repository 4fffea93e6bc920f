"""Probe `exit`."""

from __future__ import annotations

from typing import ClassVar

from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.probes.probe import Probe


class ExitProbe(Probe):
    """Wait for a one-shot job to end: `{exit: 0}`; another exit code is told at once."""

    name: ClassVar[str] = "exit"
    outlives_process: ClassVar[bool] = True

    def ask(self) -> Answer:
        """Look whether it has ended."""
        code = self.target.exit_code() if self.target.exit_code else None
        if code is None:
            return Answer.not_yet("still running")
        return (
            Answer.ready(f"ended with code {code}") if code == self.value else Answer.never(f"ended with code {code}")
        )

    def expects(self) -> str:
        """Return the code."""
        return f"a process that ends with code {self.value}"
