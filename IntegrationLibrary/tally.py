"""Counts how the tests of one process of `rfintegration run` ended: --listener IntegrationLibrary.tally.Tally."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from robot.running.context import EXECUTION_CONTEXTS

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.tallies import FAILURE_TAG, FOLDER_VARIABLE, Count


class Tally:
    """Writes a file when the first suite of this process begins, and the counts into it when that has ended.

    A process that was killed in between leaves the file without counts.
    """

    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self) -> None:
        self._file = Path(os.environ[FOLDER_VARIABLE]) / f"{os.getpid()}-{time.time_ns()}.json"

    def start_suite(self, data: Any, result: Any) -> None:
        """Robot begins a suite."""
        del result
        if data.parent is None and not _is_dry_run():
            self._file.write_text("{}", encoding="utf-8")

    def end_suite(self, data: Any, result: Any) -> None:
        """Robot ends a suite; teardowns have had their say about its tests."""
        if data.parent is None and not _is_dry_run():
            count = Count.of([_how(test) for test in result.all_tests])
            self._file.write_text(json.dumps(count.__dict__), encoding="utf-8")


def _how(test: Any) -> str:
    is_of_environment = FAILURE_TAG in test.tags or EnvironmentFailure.prefix in test.message
    return "environment" if test.failed and is_of_environment else str(test.status)


def _is_dry_run() -> bool:
    """Pabot runs what was killed once more as a dry run, to have a result for it."""
    context = EXECUTION_CONTEXTS.current
    return context is None or bool(context.dry_run)
