"""A Compose file as its users write it, with five services, on a real engine."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from fixtures.engine import containers_of, networks_of, volumes_of

from IntegrationLibrary import window
from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.session import Session
from IntegrationLibrary.supervisor.client import reach_supervisor
from IntegrationLibrary.supervisor.runs import RunFolder

pytestmark = pytest.mark.slow

Open = Callable[[str], Session]

COMPOSE = Path(__file__).parent / "guestbook" / "docker-compose.yml"
SERVICES = ["cache", "db", "migrate", "web", "worker"]


@pytest.fixture
def run(
    run_root: subprocess.Popen[bytes], postgres_image: str, redis_image: str, python_image: str
) -> Iterator[RunFolder]:
    """The folder of the run; nothing of it is left on the engine after the test."""
    assert postgres_image
    assert redis_image
    assert python_image
    folder = RunFolder.of(ProcessIdentity.of(run_root.pid))
    yield folder
    mounted = mounts_of(folder)
    run_root.kill()
    run_root.wait()
    assert wait_until(lambda: Answer.not_yet("") if folder.path.exists() else Answer.ready(), timeout=60).is_ready
    assert containers_of(folder) == []
    assert networks_of(folder) == []
    assert volumes_of(folder) == []
    assert mounted.isdisjoint(told_by_docker("volume", "ls", "--quiet").split())


def told_by_docker(*command: str) -> str:
    """Return what the docker command prints."""
    return subprocess.run(["docker", *command], check=True, capture_output=True, text=True).stdout


def mounts_of(run: RunFolder) -> set[str]:
    """Return all volumes of the run's containers, also those without a name."""
    containers = json.loads(told_by_docker("container", "inspect", *containers_of(run)))
    return {mount["Name"] for each in containers for mount in each["Mounts"] if mount["Type"] == "volume"}


class Guestbook:
    """One worker's guestbook, asked over its port."""

    def __init__(self, fields: dict[str, str]) -> None:
        self._url = fields["url"]

    def read(self) -> dict[str, Any]:
        return self._asked(None)

    def write(self, text: str) -> dict[str, Any]:
        return self._asked(text.encode())

    def has(self, *entries: list[str]) -> bool:
        """Wait until these entries with their replies are all there are."""

        def ask() -> Answer:
            seen = self.read()["entries"]
            return Answer.ready() if seen == list(entries) else Answer.not_yet(str(seen))

        return wait_until(ask, timeout=10).is_ready

    def _asked(self, body: bytes | None) -> dict[str, Any]:
        response = requests.request("GET" if body is None else "POST", self._url, data=body, timeout=10)
        told: dict[str, Any] = response.json()
        return told


def test_five_services_come_up_and_work_together(open_environment: Open, run: RunFolder) -> None:
    """In the order of their conditions, by their names, without what a profile leaves out."""
    session = open_environment(f"environment: guestbook\ncompose: {COMPOSE}\n")
    guestbook = Guestbook(session.service("web").fields)

    assert sorted(session.services) == SERVICES
    assert len(containers_of(run)) == len(SERVICES)
    assert guestbook.write("hello") == {"id": 1, "signature": "With kind regards"}
    assert guestbook.has(["hello", "welcome"])
    assert session.service("migrate").log.read_text(encoding="utf-8").endswith("migrated\n")


def test_each_worker_has_a_copy_of_all_of_them(
    open_environment: Open, run: RunFolder, run_root: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """At the same time: no port, name, network or volume is in the way of another worker's."""
    session = open_environment(f"environment: guestbook\ncompose: {COMPOSE}\n")
    first = Guestbook(session.service("web").fields)
    first.write("of the first")
    client = reach_supervisor(ProcessIdentity.of(run_root.pid))
    holder = ProcessIdentity.of(run_root.pid)
    told = client.call(
        "attach", file=str(tmp_path / "environment1.yaml"), switches={}, holder=[holder.pid, holder.created]
    )
    second = Guestbook(told["services"]["web"]["fields"])

    assert second.write("of the second")["id"] == 1
    assert first.has(["of the first", "welcome"])
    assert second.has(["of the second", "welcome"])
    assert len(networks_of(run)) == len(volumes_of(run)) == 2
    assert len(containers_of(run)) == 2 * len(SERVICES)
    client.close()


WITH_A_DATABASE = """
environment: guestbook
compose: {compose}
services:
  db:
    type: postgres
    run: container
    image: {postgres}
    databases: {{guestbook: {{migrations: {folder}/db}}}}
  web: &of_database
    environment:
      DATABASE_HOST: ${{db.guestbook.host}}
      DATABASE_PORT: ${{db.guestbook.port}}
      DATABASE_NAME: ${{db.guestbook.name}}
      DATABASE_USER: ${{db.guestbook.user}}
      DATABASE_PASSWORD: ${{db.guestbook.password}}
  migrate: *of_database
  worker: *of_database
"""


def test_with_a_database_of_ours_tests_are_undone(open_environment: Open, run: RunFolder, postgres_image: str) -> None:
    """It takes the place of the file's own; the other services are told of it, and the rest is as the file says."""
    session = open_environment(WITH_A_DATABASE.format(compose=COMPOSE, postgres=postgres_image, folder=COMPOSE.parent))
    guestbook = Guestbook(session.service("web").fields)
    assert len(containers_of(run)) == len(SERVICES)

    for _ in range(2):
        test = window.TestWindow(session, "Test")
        assert guestbook.write("hello")["id"] == 1
        assert guestbook.has(["hello", "welcome"])
        assert test.end("PASS").error is None

        assert guestbook.has()
