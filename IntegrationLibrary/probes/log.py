"""Probe `log`."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.text import shortened
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.probes.probe import Probe, Target


class LogProbe(Probe):
    """Look for a line in the service's log: `{log: "Listening on"}`, a regular expression."""

    name: ClassVar[str] = "log"

    def __init__(self, value: Any, target: Target) -> None:
        super().__init__(value, target)
        try:
            self._pattern = re.compile(value)
        except (re.error, TypeError) as error:
            raise IntegrationError(f"'{value}' is no regular expression.", seen=str(error)) from None

    def ask(self) -> Answer:
        """Read the log."""
        log = self.target.log
        text = log.read_bytes() if log and log.exists() else b""
        begin = self.target.log_begin if self.target.log_begin <= len(text) else 0  # it was truncated
        lines = text[begin:].decode("utf-8", errors="replace").splitlines()
        for line in lines:
            if self._pattern.search(line):
                return Answer.ready(shortened(line))
        return Answer.not_yet(
            f"no such line, the last of {len(lines)} is: {shortened(lines[-1])}" if lines else "no line yet"
        )

    def expects(self) -> str:
        """Return the pattern."""
        return f"a line like '{self._pattern.pattern}' in the log"
