"""A beginning that works at once, and overwrites nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import yaml
from fixtures.commands import Shell

Golden = Callable[[str, str], None]


def test_its_tests_pass_at_once(shell: Shell, golden: Golden) -> None:
    """With the command that it names."""
    done = shell.rfintegration("init", "begun")
    beginning = Shell(shell.folder / "begun", shell.runs)
    robot = beginning.finish(beginning.start("robot", "--outputdir", "results", "tests"))

    assert robot.returncode == 0, robot.stdout
    assert "4 tests, 4 passed, 0 failed" in robot.stdout
    golden("commands/init", done.stdout.rstrip())


def test_nothing_is_overwritten(shell: Shell, golden: Golden) -> None:
    """What is there is left and told; the rest is written."""
    before = (shell.folder / "environment.yaml").read_text(encoding="utf-8")
    done = shell.rfintegration("init")
    again = shell.rfintegration("init")

    assert (shell.folder / "environment.yaml").read_text(encoding="utf-8") == before
    assert (shell.folder / "tests" / "notes.robot").exists()
    golden("commands/init_where_a_file_is", done.stdout.rstrip())
    golden("commands/init_again", again.stdout.rstrip())


def test_the_workflow_runs_what_is_there() -> None:
    """It names commands and files of the starter."""
    starter = Path(__file__).parents[2] / "IntegrationLibrary" / "commands" / "starter"
    workflow = yaml.safe_load((starter / "github" / "workflows" / "integration-tests.yml").read_text(encoding="utf-8"))
    commands = [step["run"] for step in workflow["jobs"]["tests"]["steps"] if "run" in step]

    assert commands == [
        "pip install robotframework-integrationlibrary",
        "rfintegration run environment.yaml -- --outputdir results tests",
    ]
    assert (starter / "environment.yaml").exists()
