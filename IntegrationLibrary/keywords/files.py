"""Files that tests name."""

from __future__ import annotations

from pathlib import Path

from robot.libraries.BuiltIn import BuiltIn, RobotNotRunningError

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.text import did_you_mean


def found(file: Path, failure: type[IntegrationError] = IntegrationError) -> Path:
    """Return the absolute path of a file or folder: looked for beside the suite, then where the run was started.

    Raises:
        IntegrationError: It is in neither place; the nearest name is in the text. *failure* says which one is raised.

    """
    folders = [*_suite_folder(), Path.cwd()]
    for folder in folders:
        if (folder / file).exists():
            return (folder / file).resolve()
    looked = [file.parent] if file.is_absolute() else list(dict.fromkeys(folders))
    beside = [str(file.parent / each.name) for folder in folders for each in (folder / file).parent.glob("*")]
    raise failure(
        f"There is no file '{file}'.",
        expected="it in " + " or ".join(f"'{folder}'" for folder in looked),
        next_step=_above(file, looked) or did_you_mean(str(file), beside) or None,
    )


def _above(file: Path, folders: list[Path]) -> str:
    """Return where a file of this name is: in one of the folders above, as when suites have a folder of their own."""
    for folder in folders:
        for parent in list(folder.parents)[:3]:
            if (parent / file.name).exists():
                return f"it is in '{parent}': use a path such as ${{CURDIR}}/../{file.name}"
    return ""


def _suite_folder() -> list[Path]:
    try:
        source = BuiltIn().get_variable_value("${SUITE SOURCE}")
    except RobotNotRunningError:
        return []
    if not source:
        return []
    return [Path(source) if Path(source).is_dir() else Path(source).parent]
