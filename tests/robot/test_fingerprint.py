"""The whole database, sequences included, is the same before and after the suites."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from fixtures.runs import Project

_TESTS = Path(__file__).parent.parent
_LISTENER = str(_TESTS / "robot" / "listeners" / "Fingerprints.py")


def test_the_shipped_suites_leave_every_database_as_it_was(tmp_path: Path) -> None:
    """What a hundred requests have written is gone, to the last sequence."""
    compared = tmp_path / "compared.json"
    listener = f"{_LISTENER};{compared}"
    command = [sys.executable, "-m", "robot", "--pythonpath", str(_TESTS), "--listener", listener]
    done = subprocess.run(
        [*command, "--outputdir", str(tmp_path), "robot_suites"], cwd=_TESTS.parent, capture_output=True, check=False
    )

    assert done.returncode == 0, done.stdout.decode()
    assert json.loads(compared.read_text(encoding="utf-8")) == {"shop_1": [], "slow_shop_1": []}


def test_what_is_not_undone_shows(project: Project, tmp_path: Path) -> None:
    """The comparison itself can fail."""
    file = project.folder / "environment.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("seeds:", "isolation: none\n        seeds:"), encoding="utf-8"
    )
    project.write({"suite.robot": "*** Test Cases ***\nA Book Is Added\n    Add Row    books    title=new\n"})
    compared = tmp_path / "compared.json"

    project.robot("--pythonpath", str(_TESTS), "--listener", f"{_LISTENER};{compared}")

    assert json.loads(compared.read_text(encoding="utf-8")) == {
        "shelf_1": ["rows of public.books", "sequence books_id_seq"]
    }
