"""Services end side by side, each after those that depend on it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.session import Session
from IntegrationLibrary.supervisor.runs import RunFolder

SERVICE = """\
import os, signal, sys
name = sys.argv[1]
def note(what):
    with open("ends", "a") as file:
        file.write(f"{name} {what}\\n")
def end(*_):
    note("asked")
    if name in ("one", "two"):
        os.open("meeting", os.O_WRONLY if name == "one" else os.O_RDONLY)  # blocks until the other one opens it
    note("gone")
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
while True:
    signal.pause()
"""
ENVIRONMENT = """\
environment: three
services:
  one: {type: process, command: [python, service.py, one], ready: {log: ready}, depends_on: [base]}
  two: {type: process, command: [python, service.py, two], ready: {log: ready}, depends_on: [base]}
  base: {type: process, command: [python, service.py, base], ready: {log: ready}}
"""


def test_services_end_side_by_side_each_after_those_that_depend_on_it(
    open_environment: Callable[[str], Session], run_root: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """Two of them end only when both were asked to; the third is asked when they have gone."""
    (tmp_path / "service.py").write_text(SERVICE, encoding="utf-8")
    os.mkfifo(tmp_path / "meeting")
    open_environment(ENVIRONMENT)
    run = RunFolder.of(ProcessIdentity.of(run_root.pid))

    run_root.kill()

    assert wait_until(lambda: Answer.not_yet("") if run.path.exists() else Answer.ready(), timeout=30).is_ready
    ends = (tmp_path / "ends").read_text(encoding="utf-8").splitlines()
    assert sorted(ends[:2]) == ["one asked", "two asked"]
    assert sorted(ends[2:4]) == ["one gone", "two gone"]
    assert ends[4:] == ["base asked", "base gone"]
