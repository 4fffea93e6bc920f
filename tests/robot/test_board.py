"""Ordinary keywords of DatabaseLibrary and RequestsLibrary never see another worker's data."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from fixtures.runs import Project

BOARD = Path(__file__).parent / "board"
SUITES = 4 if os.environ.get("STRESS") else 2


def test_neighbours_see_their_own_rows_only(tmp_path: Path) -> None:
    """A process for each test, four at a time, all of them writing to the same table."""
    shutil.copytree(BOARD, tmp_path, dirs_exist_ok=True)
    for number in range(1, SUITES):
        shutil.copy(BOARD / "notes.robot", tmp_path / f"notes {number}.robot")

    run = Project(tmp_path).pabot("--processes", "4", "--testlevelsplit")

    assert run.failures == {}
    assert run.total == 6 * SUITES
    assert run.leaves_nothing()
