"""Probe `exit` waits for one-shot jobs."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.probes.exit import ExitProbe
from IntegrationLibrary.probes.probe import Target


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        (0, 0, Answer.ready("ended with code 0")),
        ("3", 3, Answer.ready("ended with code 3")),
        (0, 3, Answer.never("ended with code 3")),
    ],
)
def test_a_job_that_has_ended_is_ready_or_never_will_be(value: Any, code: int, expected: Answer) -> None:
    """Another code is no reason to go on waiting."""
    process = subprocess.Popen([sys.executable, "-c", f"raise SystemExit({code})"])
    process.wait()

    assert ExitProbe(value, Target(exit_code=process.poll)).ask() == expected


def test_a_job_that_runs_is_not_yet() -> None:
    """It is asked again."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    answer = ExitProbe(0, Target(exit_code=process.poll)).ask()
    process.communicate(b"\n")

    assert answer == Answer.not_yet("still running")


def test_a_service_without_a_process_never_ends() -> None:
    """An external service is nobody's child."""
    assert ExitProbe(0, Target()).ask() == Answer.never("the service has no process of this run")


@pytest.mark.parametrize("value", ["success", True, 1.5, None], ids=repr)
def test_what_is_no_exit_code_is_refused(value: Any) -> None:
    """It is told when the probe is made."""
    with pytest.raises(IntegrationError, match="is no exit code"):
        ExitProbe(value, Target())
