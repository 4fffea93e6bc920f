"""Each line of `doctor` says ok, or what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures.commands import Shell

from IntegrationLibrary.base.ports import free_port
from IntegrationLibrary.commands import examinations
from IntegrationLibrary.commands.examinations import Finding

Golden = Callable[[str, str], None]
Finder = Callable[[Path], Finding]


def test_this_machine_has_what_is_needed(shell: Shell) -> None:
    """These tests run on it. Docker is not needed."""
    done = shell.rfintegration("doctor", "--json")
    findings = {each["subject"]: each["verdict"] for each in json.loads(done.stdout)}

    assert done.returncode == 0, done.stdout
    assert findings["Python"] == findings["PostgreSQL"] == findings["cache folder"] == "ok"
    assert findings["Docker"] != "missing"


def test_what_is_missing_has_an_exit_code(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that cannot be made is named, with what to do."""
    monkeypatch.setenv("INTEGRATIONLIBRARY_CACHE", str(shell.folder / "environment.yaml"))
    done = shell.rfintegration("doctor")
    (line,) = [line for line in done.stdout.splitlines() if "cache folder" in line]

    assert done.returncode == 1
    assert line.startswith("missing  cache folder")
    assert line.endswith("Set INTEGRATIONLIBRARY_CACHE to a folder of your own")


FINDINGS: dict[str, Finder] = {
    "old_python": lambda _: examinations.python((3, 9, 2)),
    "missing_part": lambda _: next(examinations.parts(("no-such-part",))),
    "no_postgres": examinations.postgres,
    "full_disk": lambda folder: examinations.folder_with_room("cache folder", folder, needed=10**9),
    "little_memory": lambda _: examinations.memory(64 * 1024**2),
}


@pytest.mark.parametrize("name", FINDINGS)
def test_what_is_not_as_it_must_be_is_told(tmp_path: Path, golden: Golden, name: str) -> None:
    """With what to do about it."""
    finding = FINDINGS[name](tmp_path)
    text = " ".join("N" if word.replace(",", "").isdigit() else word for word in finding.text.split(" "))

    golden(f"commands/doctor_{name}", f"{finding.verdict}  {finding.subject}  {text}".replace(str(tmp_path), "/folder"))


def test_an_engine_that_does_not_answer_is_noted(monkeypatch: pytest.MonkeyPatch, golden: Golden) -> None:
    """With where it was looked for, and why that failed."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    finding = examinations.docker()

    golden("commands/doctor_no_docker", f"{finding.verdict}  {finding.subject}  {finding.text}")


def test_a_context_of_docker_that_is_not_there_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another engine is not taken in its place."""
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONTEXT", "staging")

    assert "There is no docker context 'staging'." in examinations.docker().text


def test_an_engine_is_told_with_its_version(web_image: str) -> None:
    """And where it was found."""
    assert web_image
    finding = examinations.docker()

    assert finding.verdict == "ok"
    assert re.fullmatch(r"\S+ \d+\.\d+.* at \S+:.*", finding.text)


def test_a_taken_port_is_noted() -> None:
    """Plain pabot would not start its library there."""
    assert examinations.pabot_port(free_port()).verdict == "ok"
