"""What a process was started from, told apart from what it writes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from IntegrationLibrary.base.programs import changed_since

NAMES = {
    "app.py": True,
    "lib/inner.js": True,
    "notes.log": False,
    "notes.sqlite": False,
    "__pycache__/app.py": False,
    "node_modules/x/index.js": False,
    ".venv/lib/x.py": False,
}


@pytest.mark.parametrize("name", NAMES)
def test_files_of_programs_count(tmp_path: Path, name: str) -> None:
    """And neither what a program writes nor what it was given by others."""
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("", encoding="utf-8")

    assert changed_since(tmp_path, 0.0) == (file if NAMES[name] else None)


def test_what_is_older_does_not_count(tmp_path: Path) -> None:
    """It was there when the program was started."""
    file = tmp_path / "app.py"
    file.write_text("", encoding="utf-8")
    os.utime(file, (1000, 1000))

    assert changed_since(tmp_path, 1000.0) is None
    assert changed_since(tmp_path, 999.0) == file
