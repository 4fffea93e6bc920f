"""The last lines and the exit code of a run tell failures of the product from failures of the environment."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from IntegrationLibrary.base.tallies import Count, gathered
from IntegrationLibrary.commands.verdict import exit_code, verdict

RUNS = {
    "all_passed": (Count(passed=3, processes=1), 0, 0),
    "product_failures": (Count(passed=3, product=1, skipped=2, processes=1), 1, 1),
    "both_failures": (Count(passed=3, product=2, environment=1, processes=2), 3, 3),
    "environment_failures": (Count(passed=3, environment=2, processes=2), 2, 254),
    "a_process_killed": (Count(passed=3, lost=1, processes=2), 252, 254),
    "a_process_killed_and_a_product_failure": (Count(product=1, lost=1, processes=2), 252, 252),
    "no_results": (Count(), 255, 254),
    "a_wrong_command_line": (Count(), 252, 252),
    "no_test_was_found": (Count(processes=1), 252, 252),
    "stopped_by_the_user": (Count(passed=1, product=1, processes=1), 253, 253),
}


@pytest.mark.parametrize("run", RUNS)
def test_a_run_is_told(golden: Callable[[str, str], None], run: str) -> None:
    """The exit code is that of the tests, unless nothing but the environment failed."""
    count, code, expected = RUNS[run]

    assert exit_code(count, code) == expected
    golden(f"commands/run_with_{run}", "\n".join(verdict(count, code)))


def test_counts_of_all_processes_are_added(tmp_path: Path) -> None:
    """One that wrote nothing after its beginning, or half a line, has been killed."""
    counts = [Count(passed=2, processes=1).__dict__, Count(environment=1, processes=1).__dict__, {}]
    for number, count in enumerate(counts):
        (tmp_path / f"{number}.json").write_text(json.dumps(count), encoding="utf-8")
    (tmp_path / "9.json").write_text('{"passed": ', encoding="utf-8")

    assert gathered(tmp_path) == Count(passed=2, environment=1, lost=2, processes=4)
