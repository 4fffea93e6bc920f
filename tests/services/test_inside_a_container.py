"""Robot inside a container, beside those that it starts, as CI jobs are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
SUITE = """\
*** Settings ***
Library    IntegrationLibrary
Library    RequestsLibrary
Suite Setup    Start Environment    environment.yaml

*** Test Cases ***
A Container Is Reached And Reaches What Runs Here
    GET On Session    site    /    expected_status=200
    Service Log Should Contain    client    got b'charged'    since=start
    ${host} =    Get Service Field    site    host
    Should Not Be Equal    ${host}    ${EXPECTED NOT}
    Row Count Should Be    boxes    1
"""
ENVIRONMENT = """\
environment: inside
services:
  postgres:
    type: postgres
    run: container
    image: integrationlibrary/postgres
    pull: never
    databases: {box: {migrations: migrations}}
  payments: {type: mock, rules: rules.yaml}
  site:
    type: container
    image: integrationlibrary/web
    pull: never
    port: 8000
    ready: {http: /}
    stop_timeout: 0.1
  client:
    type: container
    image: integrationlibrary/web
    pull: never
    command:
      - python3
      - -c
      - import sys, urllib.request; print('got', urllib.request.urlopen(sys.argv[1]).read())
      - ${payments.url}
    ready: {exit: 0}
"""
RULES = "rules: [{request: {path: /}, response: {status: 200, body: charged}}]"
MIGRATION = "CREATE TABLE boxes (id serial PRIMARY KEY); INSERT INTO boxes DEFAULT VALUES;"


@pytest.fixture
def inside(web_image: str, postgres_image: str, tmp_path: Path) -> list[str]:
    """The command that runs a program of this machine's Python in a container, in the folder of a project."""
    assert web_image
    (tmp_path / "migrations").mkdir()
    for name, text in {
        "suite.robot": SUITE,
        "environment.yaml": ENVIRONMENT,
        "rules.yaml": RULES,
        "migrations/1.sql": MIGRATION,
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    seen = {str(TESTS.parent), sys.prefix, sys.base_prefix, str(tmp_path), "/var/run/docker.sock"}
    command = ["docker", "run", "--rm", *(word for path in sorted(seen) for word in ("--volume", f"{path}:{path}"))]
    command += ["--env", f"PYTHONPATH={TESTS.parent}", "--env", "PYTHONDONTWRITEBYTECODE=1", "--workdir", str(tmp_path)]
    tried = subprocess.run(
        [*command, postgres_image, sys.executable, "-V"], check=False, capture_output=True, text=True
    )
    if tried.returncode:
        pytest.skip(f"this machine's Python does not run in Debian's container: {tried.stderr}")
    return command


def test_robot_in_a_container_reaches_others_and_leaves_none(inside: list[str], postgres_image: str) -> None:
    """Robot is its main process: whatever else runs in it is killed as soon as Robot has ended."""
    for network, is_not in (("bridge", "127.0.0.1"), ("host", "the gateway")):
        robot = [sys.executable, "-m", "robot", "--variable", f"EXPECTED NOT:{is_not}", "--output", "NONE"]
        robot += ["--log", "NONE", "--report", "NONE", "."]
        before = _names()

        done = subprocess.run(
            [*inside, "--network", network, "--hostname", "job", postgres_image, *robot],
            check=False,
            capture_output=True,
            text=True,
        )

        assert done.returncode == 0, done.stdout + done.stderr
        assert [name for name in _names() - before if "-run-1-" in name] == []


def _names() -> set[str]:
    listed = [["container", "ls", "--all", "--format", "{{.Names}}"], ["network", "ls", "--format", "{{.Name}}"]]
    return {
        name
        for command in listed
        for name in subprocess.run(["docker", *command], check=True, capture_output=True, text=True).stdout.split()
    }
