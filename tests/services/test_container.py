"""Containers on a real engine: what goes wrong is told with its cause, and nothing is left of it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fixtures.engine import containers_of, sweep_until_gone
from fixtures.golden import steady

from IntegrationLibrary import window
from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.keywords.services import ServiceKeywords
from IntegrationLibrary.session import Session
from IntegrationLibrary.supervisor.client import reach_supervisor
from IntegrationLibrary.supervisor.runs import RunFolder

Open = Callable[[str], Session]

ENVIRONMENT = """
environment: contained
services:
  web:
    type: container
    image: {image}
    pull: never
    port: 8000
    ready: {{http: /}}
{more}
"""


def environment(image: str, *more: str) -> str:
    """Return an environment with one container and further keys for it."""
    return ENVIRONMENT.format(image=image, more="\n".join(f"    {key}" for key in more))


@pytest.fixture
def run(run_root: subprocess.Popen[bytes], web_image: str) -> Iterator[RunFolder]:
    """The folder of the run; none of its containers is left after the test."""
    assert web_image
    folder = RunFolder.of(ProcessIdentity.of(run_root.pid))
    yield folder
    run_root.kill()
    run_root.wait()
    assert wait_until(lambda: Answer.not_yet("") if folder.path.exists() else Answer.ready(), timeout=30).is_ready
    assert containers_of(folder) == []


def test_a_container_serves_and_is_logged(open_environment: Open, run: RunFolder, web_image: str) -> None:
    """Its port is one of this machine's, and what it prints is in the log of the service."""
    session = open_environment(environment(web_image))
    web = session.service("web")

    assert web.ask()[0].readiness.value == "ready"
    assert len(containers_of(run)) == 1
    assert "GET / HTTP" in web.log.read_text(encoding="utf-8")


BUILD = "FROM {image}\nRUN echo 'error: no such symbol'; exit 7\n"
FAILURES = {
    "that_exits": ["command: [sh, -c, 'echo no licence; exit 3']"],
    "that_takes_too_much": ["memory: 16m", "command: [python3, -c, 'bytearray(64_000_000)']"],
    "without_its_program": ["command: [no-such-program]"],
    "that_is_never_ready": ["timeout: 1", "command: [sleep, '60']", "stop_timeout: 0.1"],
    "that_is_never_healthy": [
        "timeout: 2",
        "stop_timeout: 0.1",
        "healthcheck: {command: [sh, -c, 'echo database is away; exit 1'], interval: 0.2, retries: 2}",
    ],
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_container_that_does_not_start(
    open_environment: Open, run: RunFolder, web_image: str, case: str, golden: Callable[[str, str], None]
) -> None:
    """The cause and the last lines of its log are told; nothing is left."""
    with pytest.raises(EnvironmentFailure) as raised:
        open_environment(environment(web_image, *FAILURES[case]).replace("{http: /}", "{log: Listening}"))

    golden(f"containers/{case}", steady_containers(str(raised.value)))
    assert containers_of(run) == []


def steady_containers(text: str) -> str:
    """Return a failure without what differs each time."""
    text = re.sub(r"container-[0-9a-f]+|[0-9a-f]{12}\b", "ID", steady(text))
    return re.sub(r"\n\s+before that after [^\n]*", "", text)


def test_a_port_that_another_has_is_refused(
    open_environment: Open, run: RunFolder, web_image: str, golden: Callable[[str, str], None]
) -> None:
    """In the machine's own network its answer would be taken for the container's."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = environment(web_image, "network: host").replace("port: 8000", f"port: {port}")
        with pytest.raises(EnvironmentFailure) as raised:
            open_environment(text.replace("{http: /}", "{tcp: true}"))

    golden("containers/whose_port_is_taken", steady_containers(str(raised.value)))
    assert containers_of(run) == []


def test_a_job_that_fails_is_not_expected_to_run(open_environment: Open, run: RunFolder, web_image: str) -> None:
    """It is to end, with its code."""
    text = environment(web_image, "command: [sh, -c, exit 3]").replace("{http: /}", "{exit: 0}")

    with pytest.raises(EnvironmentFailure, match="Expected: a process that ends with code 0\n"):
        open_environment(text)

    assert containers_of(run) == []


def test_an_image_that_cannot_be_built_shows_the_end_of_the_build(
    open_environment: Open, run: RunFolder, web_image: str, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    """What the failing step has printed, and where its Dockerfile is."""
    (tmp_path / "Dockerfile").write_text(BUILD.format(image=web_image), encoding="utf-8")

    with pytest.raises(EnvironmentFailure) as raised:
        open_environment(environment(web_image).replace(f"image: {web_image}", "build: ."))

    golden("containers/that_cannot_be_built", steady_containers(str(raised.value)).replace(str(tmp_path), "FOLDER"))
    assert containers_of(run) == []


def test_an_image_that_no_registry_has_is_named(open_environment: Open, run: RunFolder) -> None:
    """With the engine's words, and what can be done."""
    text = environment("localhost:9/nobody/nothing:9").replace("pull: never", "pull: missing")
    with pytest.raises(
        EnvironmentFailure, match=r"(?s)'web' cannot be started: its image cannot be pulled.*docker login"
    ):
        open_environment(text)

    assert containers_of(run) == []


def test_an_image_that_is_not_there_is_named(open_environment: Open, run: RunFolder) -> None:
    """No registry is asked where the file says so."""
    with pytest.raises(
        EnvironmentFailure, match=r"(?s)its image is not there.*an image 'nobody/nothing' on the engine at unix:"
    ):
        open_environment(environment("nobody/nothing"))

    assert containers_of(run) == []


@pytest.mark.usefixtures("run")
def test_no_engine_is_told_in_the_keyword(
    open_environment: Open, web_image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With where it was looked for."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")

    with pytest.raises(EnvironmentFailure, match=r"(?s)No Docker engine answers.*unix:///nowhere/docker\.sock"):
        open_environment(environment(web_image))


def test_what_a_killed_supervisor_leaves_goes_with_the_next_start(
    open_environment: Open, run: RunFolder, web_image: str
) -> None:
    """The ledger knew the container before it was there."""
    open_environment(environment(web_image))
    control = run.read_control()
    assert control is not None
    os.kill(control.supervisor.pid, 9)
    assert wait_until(
        lambda: Answer.not_yet("") if control.supervisor.is_alive() else Answer.ready(), timeout=10
    ).is_ready
    assert len(containers_of(run)) == 1

    sweep_until_gone(run)

    assert containers_of(run) == []


def test_who_waits_for_a_build_sees_where_it_is(
    open_environment: Open, run: RunFolder, run_root: subprocess.Popen[bytes], web_image: str, tmp_path: Path
) -> None:
    """The last line that it has printed, beside the name of the service."""
    assert run
    slow = f"FROM {web_image}\nRUN echo compiling {time.monotonic()}; sleep 2\n"
    (tmp_path / "Dockerfile").write_text(slow, encoding="utf-8")
    text = environment(web_image).replace(f"image: {web_image}", "build: .")
    start = threading.Thread(target=open_environment, args=(text,))
    start.start()
    client = reach_supervisor(ProcessIdentity.of(run_root.pid))

    waited = wait_until(
        lambda: Answer.ready() if "compiling" in str(client.call("progress")) else Answer.not_yet(""), timeout=20
    )

    start.join()
    assert waited.is_ready
    client.close()


def test_a_held_container_that_somebody_removes_does_not_keep_the_service_from_starting_again(
    open_environment: Open, run: RunFolder, web_image: str
) -> None:
    """There is nothing left to let go on."""
    session = open_environment(environment(web_image))
    test, keywords = window.TestWindow(session, "Test"), ServiceKeywords(session)
    keywords.pause_service("web")
    (name,) = containers_of(run)
    subprocess.run(["docker", "rm", "--force", name], check=True, capture_output=True)

    keywords.restart_service("web")

    assert session.service("web").ask()[0].readiness.value == "ready"
    assert test.end("PASS").error is None
