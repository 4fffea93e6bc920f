"""Whole runs: which response is judged in which test, and where the evidence of a failed one is."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from robot import result as robot_result
from robot.api import ExecutionResult

ENVIRONMENT = """\
environment: answers
services:
  shop:
    type: mock
    rules: rules.yaml
"""
RULES = """\
rules:
  - request: {method: GET, path: /health}
    response: {status: 200, json: {status: ready}}
  - request: {method: GET, path: /orders}
    response: {status: 404, json: {code: NONE, token: geheim}}
"""
SETTINGS = """\
*** Settings ***
Library           IntegrationLibrary
Library           RequestsLibrary
"""
SUITES = {
    "1_setup": """\
Suite Setup       The Shop Is Asked


*** Test Cases ***
The Response Of The Suite's Setup
    Response Field Should Be    $.status    ready

The Response Of The Test
    GET On Session    shop    /orders    expected_status=any
    Response Status Should Be    404

The Response Of The Suite's Setup Again
    Response Status Should Be    200


*** Keywords ***
The Shop Is Asked
    Start Environment    environment.yaml
    GET On Session    shop    /health
""",
    "2_none": """\
Suite Setup       Start Environment    environment.yaml


*** Test Cases ***
No Response Of Another Suite
    Run Keyword And Expect Error    There is no response to judge*GET /health*    Response Status Should Be    200

The Response Of A Test
    GET On Session    shop    /health
    Response Status Should Be    200

No Response Of Another Test
    Run Keyword And Expect Error    There is no response to judge*GET /health*    Response Status Should Be    200
""",
    "3_fails": """\
Suite Setup       Start Environment    environment.yaml


*** Test Cases ***
An Order Is There
    GET On Session    shop    /orders    expected_status=any
    Response Status Should Be    200

The Shop Is Ready
    GET On Session    shop    /health
    Response Status Should Be    200
""",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, robot_result.TestCase]]:
    """Return the console's text of one run of all suites, and the tests by their names."""
    folder = tmp_path_factory.mktemp("answers")
    (folder / "environment.yaml").write_text(ENVIRONMENT)
    (folder / "rules.yaml").write_text(RULES)
    for name, text in SUITES.items():
        (folder / f"{name}.robot").write_text(SETTINGS + text)
    command = [sys.executable, "-m", "robot", "--outputdir", "out", "--consolewidth", "120", "."]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=120)
    result = ExecutionResult(folder / "out" / "output.xml")
    return done.stdout, {test.name: test for suite in result.suite.suites for test in suite.tests}


def test_only_responses_of_the_test_and_of_its_suites_setup_are_judged(
    run: tuple[str, dict[str, robot_result.TestCase]],
) -> None:
    """A test that asks nothing is not judged by what another test or suite was answered."""
    _, tests = run
    failed = {name: test.message for name, test in tests.items() if not test.passed}

    assert set(failed) == {"An Order Is There"}
    assert len(tests) == 8


def test_a_failed_test_has_its_card(run: tuple[str, dict[str, robot_result.TestCase]]) -> None:
    """With what was asked in this test and nothing else; a passed one has a line."""
    _, tests = run
    card = tests["An Order Is There"].body[-1]
    line = tests["The Shop Is Ready"].body[-1]

    assert card.html
    assert card.message.startswith("<details open")
    assert "GET /orders" in card.message
    assert "/health" not in card.message
    assert "geheim" not in card.message
    assert line.html
    assert "1 request · 1 mock hit" in line.message


def test_the_console_names_the_card_of_a_failed_test(run: tuple[str, dict[str, robot_result.TestCase]]) -> None:
    """In a line of its own, with the place in the log."""
    console, tests = run
    lines = [line for line in console.splitlines() if "Evidence" in line]
    test = tests["An Order Is There"]

    assert lines == [f"  Evidence: log.html#{test.id} has the card of 'An Order Is There' (1 request · 1 mock hit)."]
    assert re.search(r"^An Order Is There +$", console, re.MULTILINE)
