"""A kept environment is found by who asks for the same, and by nobody else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from filelock import FileLock

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.session import Session
from IntegrationLibrary.supervisor.keeping import end_supervisor, kept_environments, start_kept
from IntegrationLibrary.supervisor.kept import find_kept
from IntegrationLibrary.supervisor.leftovers import dead_runs, remove_leftovers
from IntegrationLibrary.supervisor.runs import RunFolder

Golden = Callable[[str, str], None]

ENVIRONMENT = """\
environment: third parties
services:
  payments: {type: mock, rules: "${env.RULES:payments.yaml}"}
"""
PROCESS = """\
environment: program
services:
  program: {type: process, command: [python, program.py], ready: {log: old|new}}
"""
RULES = "rules: [{request: {path: /charges}, response: {status: 201}}]"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An environment file; runs have a folder of their own, so that others are neither seen nor swept."""
    runs = tmp_path / "runs"
    runs.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(runs))
    monkeypatch.setenv("TMPDIR", str(runs))
    (tmp_path / "payments.yaml").write_text(RULES, encoding="utf-8")
    path = tmp_path / "environment.yaml"
    path.write_text(ENVIRONMENT, encoding="utf-8")
    yield path
    for kept in kept_environments():
        end_supervisor(kept.run)


def keep(file: Path) -> dict[str, Any]:
    """Keep the environment and return what is in it."""
    client = start_kept(file, {})
    own = ProcessIdentity.of(os.getpid())
    told: dict[str, Any] = client.call("attach", file=str(file), switches={}, holder=[own.pid, own.created])
    client.call("release")
    client.close()
    return told


def attached(file: Path) -> Session:
    """Return a session that is attached to the kept environment; there is no run it could start its own for."""
    session = Session()
    session.start_environment(file, {}, ProcessIdentity(0, 0.0))
    return session


def test_it_stays_and_is_ended(file: Path) -> None:
    """Whoever attaches finds what is there; nothing is left when it is ended."""
    told = keep(file)
    session = attached(file)
    url = session.services["payments"].url
    session.close()
    (kept,) = kept_environments()
    end_supervisor(kept.run)

    assert url == told["services"]["payments"]["fields"]["url"]
    assert (kept.file, kept.switches) == (file, {})
    assert not kept.run.path.exists()
    assert not kept.run.lock.exists()


def test_others_do_not_find_it(file: Path) -> None:
    """Other switches are another environment, and so is another checkout's file."""
    keep(file)
    elsewhere = file.parent / "checkout" / file.name

    assert find_kept(file, {}) is not None
    assert find_kept(file, {"payments": "external"}) is None
    assert find_kept(elsewhere, {}) is None


def test_a_slot_that_was_held_is_renewed_for_the_next(file: Path) -> None:
    """Rules that a killed worker has added answer nobody else."""
    keep(file)
    first = attached(file)
    first.service("payments").act("add_rule", rule={"request": {"path": "/x"}, "response": {"status": 200}})
    mark = first.service("payments").act("rule_mark")
    first.close()
    second = attached(file)

    assert mark > 0
    assert second.service("payments").act("remove_rules_since", mark=0) is None
    second.close()


def test_changed_rules_are_noticed(file: Path, golden: Golden) -> None:
    """Answers of yesterday would be silently wrong."""
    keep(file)
    (file.parent / "payments.yaml").write_text(RULES.replace("201", "402"), encoding="utf-8")

    with pytest.raises(EnvironmentFailure) as failure:
        attached(file)
    golden("commands/kept_before_other_rules", str(failure.value).replace(str(file.parent), "/project"))


def test_a_changed_environment_file_is_noticed(file: Path, golden: Golden) -> None:
    """Also when it is broken now."""
    keep(file)
    file.write_text("services: [", encoding="utf-8")

    with pytest.raises(EnvironmentFailure) as failure:
        attached(file)
    golden("commands/kept_before_another_file", str(failure.value).replace(str(file.parent), "/project"))


def test_another_value_of_a_variable_is_noticed(file: Path, monkeypatch: pytest.MonkeyPatch, golden: Golden) -> None:
    """It is in the environment that is kept, as it was when that was started."""
    keep(file)
    monkeypatch.setenv("RULES", "others.yaml")

    with pytest.raises(EnvironmentFailure) as failure:
        attached(file)
    golden("commands/kept_with_another_variable", str(failure.value).replace(str(file.parent), "/project"))


def test_a_program_that_has_changed_is_started_again(file: Path) -> None:
    """Whoever works on a service finds what was written last; one that is as it was goes on."""
    program = file.parent / "program.py"
    program.write_text("print('old', flush=True); import signal; signal.pause()", encoding="utf-8")
    file.write_text(PROCESS, encoding="utf-8")
    keep(file)
    first = attached(file)
    first.close()
    program.write_text("print('new', flush=True); import signal; signal.pause()", encoding="utf-8")
    os.utime(program)
    second = attached(file)
    log = second.services["program"].log.read_text(encoding="utf-8")
    second.close()

    assert log.split() == ["old", "new"]


def test_workers_of_a_killed_run_are_ended(file: Path) -> None:
    """Pabot that gets SIGKILL leaves them behind; what they have leased would never be free again."""
    keep(file)
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import signal; signal.pause()'])"
    root = subprocess.Popen([sys.executable, "-c", code])
    waited = wait_until(lambda: _has_child(root), timeout=20)
    worker = ProcessIdentity.of(psutil.Process(root.pid).children()[0].pid)
    identity = ProcessIdentity.of(root.pid)
    client = find_kept(file, {})
    assert client is not None
    client.call(
        "attach",
        file=str(file),
        switches={},
        holder=[worker.pid, worker.created],
        root=[identity.pid, identity.created],
    )
    root.kill()
    root.wait()
    ended = wait_until(lambda: Answer.not_yet("alive") if worker.is_alive() else Answer.ready(), timeout=20)
    client.close()

    assert waited.is_ready
    assert ended.is_ready


def _has_child(process: subprocess.Popen[bytes]) -> Answer:
    return Answer.ready() if psutil.Process(process.pid).children() else Answer.not_yet("it has not started a worker")


def test_one_whose_supervisor_was_killed_is_left_over(file: Path) -> None:
    """No run attaches to it, and what it left is removed when somebody asks for that."""
    keep(file)
    run = RunFolder.kept(file, {})
    control = run.read_control()
    assert control is not None
    os.kill(control.supervisor.pid, signal.SIGKILL)
    wait_until(lambda: Answer.not_yet("") if control.supervisor.is_alive() else Answer.ready(), timeout=10)

    assert find_kept(file, {}) is None
    assert dead_runs() == [run]
    assert [each.run for each in remove_leftovers()] == [str(run.path)]
    assert dead_runs() == []


def test_a_run_that_is_just_starting_is_not_left_over(file: Path) -> None:
    """Who starts it holds its lock, and has not said yet where it listens."""
    run = RunFolder.kept(file, {})
    run.make()
    with FileLock(run.lock):
        assert dead_runs() == []
        assert remove_leftovers() == []
    assert dead_runs() == [run]
    assert [each.run for each in remove_leftovers()] == [str(run.path)]


def test_one_that_was_killed_can_be_started_again(file: Path) -> None:
    """What it left is removed before."""
    keep(file)
    run = RunFolder.kept(file, {})
    control = run.read_control()
    assert control is not None
    os.kill(control.supervisor.pid, signal.SIGKILL)
    wait_until(lambda: Answer.not_yet("") if control.supervisor.is_alive() else Answer.ready(), timeout=10)
    keep(file)

    attached(file).close()
