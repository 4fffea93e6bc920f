"""Probe `log`."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.logs import LogReader
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
        self._reader = LogReader(target.log, target.log_begin) if target.log else None
        self._last = ""
        self._found: str | None = None

    def ask(self) -> Answer:
        """Read what is new in the log; a line that was found stays found."""
        if self._found is None:
            self._look()
        if self._found is not None:
            return Answer.ready(shortened(self._found))
        if self._reader is None or not self._reader.count:
            return Answer.not_yet("no line yet")
        return Answer.not_yet(f"no such line, the last of {self._reader.count} is: {shortened(self._last)}")

    def _look(self) -> None:
        for line in self._reader.lines() if self._reader else ():
            self._last = line
            if self._pattern.search(line):
                self._found = line
                return

    def expects(self) -> str:
        """Return the pattern."""
        return f"a line like '{self._pattern.pattern}' in the log"
