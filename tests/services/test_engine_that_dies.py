"""An engine that dies in the middle: who waits for it is told at once, and what it holds is removed when it is back."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable

import pytest
from fixtures.engine import sweep_until_gone
from fixtures.own_engine import OwnEngine

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.session import Session
from IntegrationLibrary.supervisor.runs import RunFolder
from IntegrationLibrary.supervisor.sweep import sweep

Open = Callable[[str], Session]

WEB = """
environment: one
services:
  web:
    type: container
    image: {image}
    pull: never
    port: 8000
    stop_timeout: 0.1
    timeout: 60
{more}
"""


def supervisor_of(root: subprocess.Popen[bytes]) -> ProcessIdentity:
    """Return the supervisor of a run."""
    control = RunFolder.of(ProcessIdentity.of(root.pid)).read_control()
    assert control is not None
    return control.supervisor


def wait_for_end(supervisor: ProcessIdentity) -> None:
    """Wait until a supervisor has ended."""
    waited = wait_until(lambda: Answer.not_yet("") if supervisor.is_alive() else Answer.ready(), timeout=30)
    assert waited.is_ready


def kill_when_it_has_a_container(engine: OwnEngine) -> None:
    """Kill an engine as soon as a container runs on it."""
    wait_until(lambda: Answer.ready() if engine.docker("ps", "--quiet") else Answer.not_yet(""), timeout=30)
    engine.kill()


def test_what_it_holds_is_removed_by_a_start_after_it_is_back(
    own_engine: OwnEngine, open_environment: Open, run_root: subprocess.Popen[bytes], web_image: str
) -> None:
    """The service is not ready at once, with the reason; the run ends, and its ledger stays until all is gone."""
    session = open_environment(WEB.format(image=web_image, more=""))
    run = RunFolder.of(ProcessIdentity.of(run_root.pid))
    assert run.path.name in own_engine.docker("ps", "--format", "{{.Names}}")
    own_engine.kill()

    answer, _ = session.service("web").ask()
    assert "has gone" in answer.text
    supervisor = supervisor_of(run_root)
    run_root.kill()
    wait_for_end(supervisor)
    assert [path.name for path in run.path.iterdir() if path.is_dir()] == []
    sweep()
    assert run.ledger.exists()

    own_engine.start()

    sweep_until_gone(run)

    assert own_engine.docker("ps", "--all", "--quiet") == ""
    assert run.path.name not in own_engine.docker("network", "ls", "--format", "{{.Name}}")


def test_a_start_that_waits_for_it_fails_at_once(
    own_engine: OwnEngine, open_environment: Open, run_root: subprocess.Popen[bytes], web_image: str
) -> None:
    """Long before its own deadline, and says what has happened; the run's end removes what it can by then."""
    killer = threading.Thread(target=kill_when_it_has_a_container, args=(own_engine,))
    killer.start()
    begun = time.monotonic()

    with pytest.raises(
        EnvironmentFailure, match=f"(?s)engine at {own_engine.url} has gone.*(last lines of|logged nothing)"
    ):
        open_environment(WEB.format(image=web_image, more="    ready: {tcp: true}"))

    assert time.monotonic() - begun < 30
    killer.join()
    own_engine.start()
    run = RunFolder.of(ProcessIdentity.of(run_root.pid))
    run_root.kill()
    assert wait_until(lambda: Answer.not_yet("") if run.path.exists() else Answer.ready(), timeout=30).is_ready
    assert own_engine.docker("ps", "--all", "--quiet") == ""
