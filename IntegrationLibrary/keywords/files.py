"""Files that keywords are given."""

from __future__ import annotations

from pathlib import Path

from robot.libraries.BuiltIn import BuiltIn


def find_file(file: Path) -> Path:
    """Return the absolute path of *file*: looked for beside the suite first, then where the run was started."""
    source = BuiltIn().get_variable_value("${SUITE SOURCE}")
    folders = [Path(source).parent, Path.cwd()] if source else [Path.cwd()]
    for folder in folders:
        if (folder / file).exists():
            return (folder / file).resolve()
    return folders[0] / file
