"""Every example in the documentation is a whole test, and passes on the sample shop."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.libdoc import code_blocks, documented_keywords, library_documentation
from robot import result as robot_result
from robot.api import ExecutionResult

REPOSITORY = Path(__file__).parents[2]
TESTS = "*** Test Cases ***"


def _introduction() -> list[str]:
    return [block for block in code_blocks(library_documentation()["doc"]) if "***" in block]


def _examples() -> dict[str, str]:
    """Return all examples under the names of their suites, with the settings that the introduction begins with."""
    settings = _introduction()[0].partition(TESTS)[0]
    of_keywords = {each["name"]: block for each in documented_keywords() for block in code_blocks(each["doc"])}
    of_introduction = {f"Introduction {number}": block for number, block in enumerate(_introduction(), start=1)}
    return {
        name: block if block.startswith("*** Settings") else settings + block
        for name, block in (of_keywords | of_introduction).items()
        if TESTS in block
    }


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[robot_result.TestCase]]:
    """The results of all examples by their suites; one run of robot for all of them."""
    folder = tmp_path_factory.mktemp("examples")
    for name, text in _examples().items():
        (folder / f"{name}.robot").write_text(text, encoding="utf-8")
    output = folder / "output.xml"
    subprocess.run(
        [sys.executable, "-m", "robot", "--log", "NONE", "--report", "NONE", "--output", output, folder],
        cwd=REPOSITORY,
        check=False,
        capture_output=True,
        timeout=300,
    )
    return {suite.name: list(suite.tests) for suite in ExecutionResult(output).suite.suites}


@pytest.mark.parametrize("name", _examples())
def test_the_example_passes(name: str, results: dict[str, list[robot_result.TestCase]]) -> None:
    """Whoever copies an example has a test that passes."""
    tests = results[name]

    assert tests
    assert {test.name: test.message for test in tests if not test.passed} == {}
    assert [test.name for test in tests if not test.body] == []
