"""What a process was started from, told apart from what it writes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from IntegrationLibrary.base.programs import changed_since, is_robots

NAMES = {
    "app.py": True,
    "lib/inner.js": True,
    "notes.log": False,
    "notes.sqlite": False,
    "__pycache__/app.py": False,
    "node_modules/x/index.js": False,
    ".venv/lib/x.py": False,
    ".env": True,
}
ROBOTS = {
    "log.html": '<!DOCTYPE html>\n<meta content="Robot Framework 7.5 (Python 3.11)" name="Generator">',
    "nightly.html": '<!DOCTYPE html>\n<meta content="Robot Framework 7.5 (Python 3.11)" name="Generator">',
    "output.xml": '<?xml version="1.0" encoding="UTF-8"?>\n<robot generator="Robot 7.5">',
    "junit.xml": '<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="Shop" tests="2">',
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


@pytest.mark.parametrize("name", ROBOTS)
def test_what_robot_writes_is_no_program(tmp_path: Path, name: str) -> None:
    """Each run would start the services again, or build the databases, that it has itself left alone."""
    file = tmp_path / name
    file.write_text(ROBOTS[name], encoding="utf-8")

    assert is_robots(file)
    assert changed_since(tmp_path, 0.0) is None


def test_a_page_of_the_programs_own_is_its_own(tmp_path: Path) -> None:
    """It may well speak of robots."""
    file = tmp_path / "page.html"
    file.write_text("<title>Robot Framework</title>", encoding="utf-8")

    assert not is_robots(file)
    assert changed_since(tmp_path, 0.0) == file
