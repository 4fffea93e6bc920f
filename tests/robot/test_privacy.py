"""What a run makes is for its user only, and nothing of it listens beyond this machine."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from fixtures.runs import Project

from IntegrationLibrary.base.paths import is_root

LOOK = """\
import json, os, stat, sys
from pathlib import Path
import psutil
from IntegrationLibrary.base.paths import cache_folder, runs_folder
from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.supervisor.ledger import Ledger
from IntegrationLibrary.supervisor.runs import RunFolder
from IntegrationLibrary.supervisor.sweep import marked

def look():
    run = RunFolder.of(ProcessIdentity.of(os.getpid()))
    outside = [Path(entry["path"]) for entry in Ledger(run.ledger).entries("folder")]
    folders = [run.path, cache_folder(), *(each for each in outside if each.exists())]
    inside = [path for each in folders for path in each.rglob("*")]
    made = [run.lock, *folders, *(each.parent for each in outside), *inside]
    listening = [
        [process.name(), each.laddr.ip]
        for process in [psutil.Process(), *marked(run)]
        for each in process.net_connections("inet")
        if each.status == psutil.CONN_LISTEN
    ]
    commands = [process.cmdline() for process in marked(run)]
    modes = {str(each): each.lstat().st_mode for each in made}
    Path("seen.json").write_text(json.dumps({"modes": modes, "listening": listening, "commands": commands}))
"""
SUITE = """\
*** Settings ***
Library           IntegrationLibrary
Library           look.py
Suite Setup       Start Environment    ${CURDIR}/environment.yaml


*** Test Cases ***
What Is There Is Looked At
    Look
"""


@pytest.fixture
def seen(project: Project, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a run with an umask that hides nothing has made: modes of files, addresses, command lines."""
    monkeypatch.setenv("INTEGRATIONLIBRARY_CACHE", str(project.folder / "cache"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([os.getcwd(), str(project.folder)]))  # noqa: PTH109
    (project.folder / "look.py").write_text(LOOK, encoding="utf-8")
    project.write({"suite.robot": SUITE})
    before = os.umask(0)
    try:
        run = project.robot()
    finally:
        os.umask(before)
    assert run.failures == {}
    told: dict[str, Any] = json.loads((project.folder / "seen.json").read_text(encoding="utf-8"))
    return told


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_a_run_is_of_no_interest_to_other_users(seen: dict[str, Any]) -> None:
    """They can read nothing that it makes, reach nothing from other machines, and see no secret in command lines.

    Under root, PostgreSQL's own user passes through folders, and can do nothing else in them.
    """
    passed = stat.S_IXGRP | stat.S_IXOTH if is_root() else 0
    open_ones = {
        name: oct(mode)
        for name, mode in seen["modes"].items()
        if not stat.S_ISLNK(mode)
        and stat.S_IMODE(mode) & 0o077 & ~(passed if stat.S_ISDIR(mode) else 0)
        and not _is_behind_a_closed_door(Path(name), seen["modes"])
    }
    words = [word for command in seen["commands"] for word in command]

    assert open_ones == {}
    assert len(seen["modes"]) > 1000
    assert {address for _, address in seen["listening"]} == {"127.0.0.1"}
    assert len(seen["listening"]) >= 3
    assert [word for word in words if "postgresql://" in word or "assword" in word] == []
    assert len(seen["commands"]) >= 3


def _is_behind_a_closed_door(file: Path, modes: dict[str, int]) -> bool:
    """Whether a folder of the run above it lets nobody through."""
    return any(stat.S_IMODE(modes[str(each)]) & 0o077 == 0 for each in file.parents if str(each) in modes)
