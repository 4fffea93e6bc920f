"""An engine on another machine: containers are reached at its address, and reach this machine at its own."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fixtures.required import leave_out

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.ports import is_loopback
from IntegrationLibrary.containers.whereabouts import own_address
from IntegrationLibrary.session import Session

SOCKET = "/var/run/docker.sock"
ENVIRONMENT = """\
environment: remote
services:
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


@pytest.fixture
def remote(web_image: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of this machine in its network, where its engine answers as another machine's would."""
    assert web_image
    address = own_address()
    if is_loopback(address) or not Path(SOCKET).is_socket():
        leave_out("docker", "this machine has no network, or its engine another socket")
    with socket.create_server((address, 0)) as listener:
        threading.Thread(target=_carry, args=(listener,), daemon=True).start()
        monkeypatch.setenv("DOCKER_HOST", f"tcp://{address}:{listener.getsockname()[1]}")
        yield address


def _carry(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it is closed
        while True:
            client, _ = listener.accept()
            engine = socket.socket(socket.AF_UNIX)
            engine.connect(SOCKET)
            for source, sink in ((client, engine), (engine, client)):
                threading.Thread(target=_copy, args=(source, sink), daemon=True).start()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)


def test_containers_of_a_remote_engine_are_reached_and_reach_this_machine(
    remote: str, open_environment: Callable[[str], Session], tmp_path: Path
) -> None:
    """Nothing is looked for on the loopback interface."""
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")

    session = open_environment(ENVIRONMENT)

    site = session.service("site").fields
    assert site["url"] == f"http://{remote}:{site['port']}"
    assert "got b'charged'" in session.service("client").log.read_text(encoding="utf-8")


def test_an_engine_that_is_named_and_not_there_is_the_only_one_asked(
    open_environment: Callable[[str], Session], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A test of a remote engine must not end up on this machine's."""
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")

    with pytest.raises(EnvironmentFailure, match=r"(?s)No Docker engine answers.*DOCKER_HOST \(tcp://127\.0\.0\.1:9\)"):
        open_environment(ENVIRONMENT)


def test_folders_of_this_machine_are_refused(remote: str, open_environment: Callable[[str], Session]) -> None:
    """The engine would make an empty one of that name on its own machine."""
    with pytest.raises(EnvironmentFailure, match=r"(?s)'./data' is no folder of its engine.*the key 'files'"):
        open_environment(
            "environment: remote\nservices:\n  site: {type: container, image: integrationlibrary/web, pull: never,"
            " volumes: ['./data:/data']}\n"
        )
    assert remote
