"""Every example in the documentation is a whole test, and passes on the sample shop."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.libdoc import code_blocks, documented_keywords, library_documentation
from robot import result as robot_result
from robot.api import ExecutionResult

from IntegrationLibrary.databases.embedded import EmbeddedServer
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.databases.templates import clone, drop

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
def archive(postgres_server: EmbeddedServer) -> Iterator[str]:
    """The URL of the external database that examples take over."""
    name, admin_url = "archive_test", postgres_server.url("postgres")
    clone(admin_url, "template0", name)
    database = Database(postgres_server.url(name))
    database.execute("CREATE TABLE letters (id serial PRIMARY KEY, body text NOT NULL)")
    database.close()
    yield database.url
    drop(admin_url, name)


@pytest.fixture(scope="session")
def results(archive: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[robot_result.TestCase]]:
    """The results of all examples by their suites; one run of robot for all of them."""
    folder = tmp_path_factory.mktemp("examples")
    for name, text in _examples().items():
        (folder / f"{name}.robot").write_text(text, encoding="utf-8")
    output = folder / "output.xml"
    subprocess.run(
        [sys.executable, "-m", "robot", "--log", "NONE", "--report", "NONE", "--output", output, folder],
        cwd=REPOSITORY,
        env={**os.environ, "ARCHIVE_URL": archive},
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
