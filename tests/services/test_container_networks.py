"""What containers see: each other by name, everything else of their slot at an address that leads there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from fixtures.engine import all_of, containers_of, networks_of, sweep_until_gone, volumes_of

from IntegrationLibrary import window
from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.containers.network import ContainerNetwork
from IntegrationLibrary.session import Session
from IntegrationLibrary.supervisor.client import Client, reach_supervisor
from IntegrationLibrary.supervisor.runs import RunFolder

Open = Callable[[str], Session]

ASK = "import sys, urllib.request; print('got', urllib.request.urlopen(sys.argv[1], timeout=2).read(99), flush=True)"
RELAY = """\
import http.server, sys, urllib.request
class Relay(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            body = urllib.request.urlopen(sys.argv[1], timeout=2).read()
        except OSError as error:
            body = f"failed: {error}".encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
http.server.HTTPServer(("", 8000), Relay).serve_forever()
"""
CONNECT = """\
import os, socket, struct, sys
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
connection.sendall(struct.pack("!ii", 8, 80877103))  # SSLRequest, which PostgreSQL answers with one letter
print(connection.recv(1).decode(), "of", os.environ["DATABASE_URL"])
"""
EXITS = "ready: {exit: 0}"
RULES = "rules: [{request: {path: /}, response: {status: 200, body: charged}}]"


@pytest.fixture
def run(run_root: subprocess.Popen[bytes], web_image: str) -> Iterator[RunFolder]:
    """The folder of the run; nothing of it is left on the engine after the test."""
    assert web_image
    folder = RunFolder.of(ProcessIdentity.of(run_root.pid))
    yield folder
    run_root.kill()
    run_root.wait()
    assert wait_until(lambda: Answer.not_yet("") if folder.path.exists() else Answer.ready(), timeout=30).is_ready
    assert containers_of(folder) == []
    assert networks_of(folder) == []
    assert volumes_of(folder) == []


def attach(client: Client, file: Path, worker: int) -> dict[str, Any]:
    """Lease a slot to a worker, and return what the supervisor tells of it."""
    identity = ProcessIdentity.of(worker)
    told: dict[str, Any] = client.call("attach", file=str(file), switches={}, holder=[identity.pid, identity.created])
    return told


def container(name: str, image: str, *more: str) -> str:
    """Return a service of type container."""
    keys = "".join(f"    {key}\n" for key in more)
    return f"  {name}:\n    type: container\n    image: {image}\n    pull: never\n    stop_timeout: 0.1\n{keys}"


def asking(url: str, program: str = ASK) -> str:
    """Return the key of a command that asks a URL."""
    return f'command: [python3, -c, {json.dumps(program)}, "{url}"]'


def answer(url: str) -> str:
    """Return what a service answers."""
    with urlopen(url, timeout=10) as response:  # noqa: S310 the test's own
        return str(response.read().decode())


def said(session: Session, service: str, pattern: str) -> None:
    """Wait until the service has logged a line."""
    until_said(session.service(service).log, pattern)


def until_said(log: Path, pattern: str) -> None:
    """Wait until a line is in a log."""

    def ask() -> Answer:
        text = log.read_text(encoding="utf-8")
        return Answer.ready() if re.search(pattern, text) else Answer.not_yet(text)

    waited = wait_until(ask, timeout=15)
    assert waited.is_ready, waited.last.text


@pytest.mark.usefixtures("run")
def test_a_container_reaches_a_mock_of_this_machine(open_environment: Open, web_image: str, tmp_path: Path) -> None:
    """Which listens on the loopback interface only."""
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    session = open_environment(
        "environment: one\nservices:\n  payments: {type: mock, rules: rules.yaml}\n"
        + container("client", web_image, asking("${payments.url}"), EXITS)
    )

    said(session, "client", "got b'charged'")


@pytest.mark.usefixtures("run")
def test_containers_find_each_other_by_the_names_of_their_services(open_environment: Open, web_image: str) -> None:
    """Those of the worker and those of the run, by their ports inside; a reference becomes the same address."""
    session = open_environment(
        "environment: one\nservices:\n"
        + container("shared", web_image, "scope: run", "port: 8000", "ready: {http: /}")
        + container("own", web_image, "port: 8000", "ready: {http: /}", "aliases: [other-name]")
        + container("one", web_image, asking("http://own:8000"), "depends_on: [own]", EXITS)
        + container("two", web_image, asking("http://shared:8000"), "depends_on: [shared]", EXITS)
        + container("three", web_image, asking("http://other-name:8000"), "depends_on: [own]", EXITS)
        + container("four", web_image, "command: [echo, '${own.url} ${shared.url}']", EXITS)
    )

    for name in ("one", "two", "three"):
        said(session, name, "got b'hello")
    said(session, "four", "http://own:8000 http://shared:8000")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", session.service("own").fields["url"])


@pytest.mark.usefixtures("run")
def test_containers_reach_the_embedded_database_and_processes(open_environment: Open, web_image: str) -> None:
    """With the user, password and name that every worker's database has."""
    session = open_environment(
        "environment: one\nservices:\n  postgres: {type: postgres, databases: {shop: {}}}\n"
        "  site: {type: process, command: [python, -m, http.server, '${site.port}', --bind, 127.0.0.1],"
        " ready: {tcp: true}}\n"
        + container("one", web_image, asking("${site.url}/"), EXITS)
        + container(
            "two",
            web_image,
            f"command: [python3, -c, {json.dumps(CONNECT)}, '${{postgres.shop.host}}', '${{postgres.shop.port}}']",
            "environment: {DATABASE_URL: '${postgres.shop.url}'}",
            EXITS,
        )
    )

    said(session, "one", "got b'<!DOCTYPE")
    said(session, "two", r"N of postgresql://postgres:[^@]+@(?!127)[\d.]+:\d+/shop_1")


@pytest.mark.usefixtures("run")
def test_faults_reach_containers(open_environment: Open, web_image: str, tmp_path: Path) -> None:
    """They go through the proxy that tests cut, and come back with it."""
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    session = open_environment(
        "environment: one\nservices:\n  payments: {type: mock, rules: rules.yaml, faults: true}\n"
        + container("client", web_image, asking("${payments.url}", RELAY), "port: 8000")
    )
    url = session.service("client").fields["url"]
    assert answer(url) == "charged"
    test = window.TestWindow(session, "Test")

    session.make_fault("payments", "cut", words="cut off")

    assert answer(url).startswith("failed")
    test.end("PASS")
    assert answer(url) == "charged"


def test_workers_have_networks_of_their_own(
    run: RunFolder, run_root: subprocess.Popen[bytes], open_environment: Open, web_image: str, tmp_path: Path
) -> None:
    """A name leads to the worker's own container."""
    text = (
        "environment: one\nservices:\n"
        + container("site", web_image, "port: 8000", "ready: {http: /}")
        + container("client", web_image, asking("http://site:8000/${client.port}", RELAY), "port: 8000")
    )
    session = open_environment(text)
    client = reach_supervisor(ProcessIdentity.of(run_root.pid))
    second = attach(client, tmp_path / "environment1.yaml", run_root.pid)["services"]

    sites = {
        session.service("client").fields["url"]: session.service("site").log,
        second["client"]["fields"]["url"]: Path(second["site"]["log"]),
    }
    for url in sites:
        assert answer(url).startswith("failed: HTTP Error 404")  # so much the site has of that name

    for url, log in sites.items():
        until_said(log, r"GET /\d+ ")
        assert set(re.findall(r"GET /(\d+)", log.read_text(encoding="utf-8"))) == {url.rpartition(":")[2]}
    assert len(networks_of(run)) == 2
    client.close()


def test_networks_of_a_killed_supervisor_go_with_the_next_start(
    open_environment: Open, run: RunFolder, web_image: str
) -> None:
    """The ledger knew them before they were there."""
    open_environment("environment: one\nservices:\n" + container("site", web_image, "port: 8000"))
    control = run.read_control()
    assert control is not None
    os.kill(control.supervisor.pid, 9)
    assert wait_until(
        lambda: Answer.not_yet("") if control.supervisor.is_alive() else Answer.ready(), timeout=10
    ).is_ready
    assert len(networks_of(run)) == 1

    sweep_until_gone(run)

    assert networks_of(run) == []


@pytest.mark.usefixtures("run")
def test_containers_of_a_worker_share_volumes_by_name(open_environment: Open, web_image: str) -> None:
    """And nobody else does; they go with the last container."""
    session = open_environment(
        "environment: one\nservices:\n"
        + container("writer", web_image, "command: [sh, -c, 'echo kept > /data/it']", "volumes: ['data:/data']", EXITS)
        + container(
            "reader", web_image, "command: [cat, /data/it]", "volumes: ['data:/data:ro']", EXITS, "depends_on: [writer]"
        )
    )

    said(session, "reader", "kept")


def test_what_is_left_without_a_ledger_goes_with_the_next_network(
    open_environment: Open, run: RunFolder, run_root: subprocess.Popen[bytes], web_image: str
) -> None:
    """Whoever removed the ledger: labels tell that the maker is dead, and nothing of a living one is touched."""
    text = "environment: one\nservices:\n" + container("site", web_image, "port: 8000", "volumes: ['data:/data']")
    open_environment(text)
    control = run.read_control()
    assert control is not None
    os.kill(control.supervisor.pid, 9)
    run_root.kill()
    run_root.wait()
    shutil.rmtree(run.path)

    first, second = (ContainerNetwork(f"test-{uuid.uuid4().hex}", record=lambda _kind, _what: None) for _ in range(2))
    living = subprocess.run(["docker", "network", "inspect", first.name], check=False, capture_output=True)
    for each in (first, second):
        each.remove()

    assert all_of(run) == []
    assert living.returncode == 0
