"""Health checks of images and commands that run inside: asked until they succeed, on a real engine."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fixtures.engine import containers_of

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.session import Session
from IntegrationLibrary.supervisor.runs import RunFolder

Open = Callable[..., Session]

UP_AFTER_A_SECOND = "CMD sleep 1 && touch /tmp/up && exec sleep 600"
IS_UP = "test -e /tmp/up || { echo it is still asleep; exit 1; }"


@pytest.fixture
def open_built(open_environment: Callable[[str], Session], tmp_path: Path, web_image: str) -> Open:
    """Starts an environment with one container of an image that is built from more lines of a Dockerfile."""

    def start(*lines: str, **keys: object) -> Session:
        (tmp_path / "Dockerfile").write_text("\n".join([f"FROM {web_image}", *lines]), encoding="utf-8")
        service = {"type": "container", "build": ".", "stop_timeout": 0.1, **keys}
        return open_environment(json.dumps({"environment": "checked", "services": {"it": service}}))

    return start


@pytest.fixture
def run(run_root: subprocess.Popen[bytes]) -> Iterator[RunFolder]:
    """The folder of the run."""
    return RunFolder.of(ProcessIdentity.of(run_root.pid))


@pytest.mark.parametrize(
    "check", [f"HEALTHCHECK CMD {IS_UP}", f"HEALTHCHECK CMD {json.dumps(['sh', '-c', IS_UP])}"], ids=["text", "list"]
)
def test_the_health_check_of_an_image_is_asked_at_once(open_built: Open, run: RunFolder, check: str) -> None:
    """The engine would ask it for the first time after half a minute, and then forever."""
    started = time.monotonic()
    session = open_built(check, UP_AFTER_A_SECOND)

    assert 1 < time.monotonic() - started < 20
    assert session.service("it").ask()[0].readiness.value == "ready"
    (container,) = containers_of(run)
    asked_by_the_engine = "{{json .Config.Healthcheck.Test}}"
    told = subprocess.run(
        ["docker", "inspect", "--format", asked_by_the_engine, container], capture_output=True, check=True
    )
    assert json.loads(told.stdout) == ["NONE"]


def test_an_image_that_is_never_healthy_is_told_with_what_its_check_said(open_built: Open) -> None:
    """And with the check."""
    with pytest.raises(EnvironmentFailure) as raised:
        open_built(f"HEALTHCHECK CMD {IS_UP}", "CMD sleep 600", timeout=2)

    assert "not ready within 2 s" in str(raised.value)
    assert "code 1: it is still asleep" in str(raised.value)
    assert "test -e /tmp/up" in str(raised.value.expected)


def test_a_check_whose_program_is_not_there_is_told_at_once(open_built: Open) -> None:
    """It never will be."""
    with pytest.raises(EnvironmentFailure, match=r"(?s)cannot become ready.*no-such-check"):
        open_built('HEALTHCHECK CMD ["no-such-check"]', "CMD sleep 600", timeout=600)


@pytest.mark.parametrize(
    "keys",
    [{"healthcheck": "none"}, {"healthcheck": {"command": ["true"], "interval": 0.1}}, {"ready": {"command": "true"}}],
    ids=["none", "another", "a command"],
)
def test_the_file_may_have_something_else_than_the_image(open_built: Open, keys: dict[str, object]) -> None:
    """The image's own check is not asked then."""
    session = open_built("HEALTHCHECK CMD false", "CMD sleep 600", timeout=20, **keys)

    assert session.service("it").ask()[0].readiness.value == "ready"


def test_a_container_that_is_held_is_not_ready(open_built: Open, run: RunFolder) -> None:
    """Whatever its check said before."""
    session = open_built("HEALTHCHECK CMD true", "CMD sleep 600")
    (container,) = containers_of(run)

    subprocess.run(["docker", "pause", container], check=True, capture_output=True)
    assert session.service("it").ask()[0] == Answer.not_yet("paused")

    subprocess.run(["docker", "unpause", container], check=True, capture_output=True)
    assert session.service("it").ask()[0].readiness.value == "ready"


def test_a_job_ends_whether_or_not_it_was_healthy(open_built: Open) -> None:
    """A check cannot be asked any more then."""
    session = open_built("HEALTHCHECK CMD false", "CMD true", timeout=20, ready={"exit": 0})

    assert session.service("it").ask()[0].readiness.value == "ready"


def test_the_file_may_ask_with_a_command_before_anything_else(open_built: Open) -> None:
    """It runs inside, as who runs there and with the container's variables."""
    ready = {"command": 'test "$WORD" = yes && test -e /tmp/up'}
    started = time.monotonic()

    open_built(UP_AFTER_A_SECOND, ready=ready, environment={"WORD": "yes"})

    assert time.monotonic() - started > 1
