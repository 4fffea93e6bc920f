"""The kill matrix with containers: none is left, no network, no volume, and no image of a folder that is gone."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess

import pytest
from fixtures.engine import all_of
from fixtures.killing import PABOT, Ground, MakeGround

from IntegrationLibrary.base.waiting import Answer, wait_until

ENVIRONMENT = """\
environment: kill
services:
  postgres:
    type: postgres
    run: container
    image: {postgres}
    pull: never
    databases:
      box:
        migrations: {{command: [python, migrate.py], folder: migrations}}
        seeds: [seeds]
  early:
    type: process
    scope: run
    command: [python, gate.py, starting]
    depends_on: [postgres]
    ready: {{log: ready}}
  shared:
    type: container
    scope: run
    build: image
    port: 8000
    stop_timeout: 0.1
  own:
    type: process
    command: [python, gate.py, slot]
    ready: {{log: ready}}
  site:
    type: container
    image: {web}
    pull: never
    port: 8000
    volumes: ["data:/data"]
    environment: {{DATABASE_URL: "${{postgres.box.url}}", SHARED: "${{shared.url}}"}}
    stop_timeout: 0.1
"""
MOMENTS = ("starting", "template", "slot", "test", "teardown")
TARGETS = ("robot", "pabot", "supervisor", "server", "site")
SIGNALS = ("SIGINT", "SIGTERM", "SIGKILL")
_EACH_ONCE = [(moment, TARGETS[(2 * i) % len(TARGETS)], SIGNALS[-i % 3]) for i, moment in enumerate(MOMENTS)]
_PAIRS = [
    (moment, target, SIGNALS[(i + j) % len(SIGNALS)])
    for (i, moment), (j, target) in itertools.product(enumerate(MOMENTS), enumerate(TARGETS))
    if (moment, target) not in {("starting", "site"), ("template", "site")}  # there is none yet
]


@pytest.fixture
def ground(make_ground: MakeGround, web_image: str, postgres_image: str) -> Ground:
    """A project with containers of all kinds: built, pulled by name, of the run, of the worker, and with a volume."""
    made = make_ground(engine=all_of)
    assert isinstance(made, Ground)
    text = ENVIRONMENT.format(web=web_image, postgres=postgres_image)
    (made.project / "environment.yaml").write_text(text, encoding="utf-8")
    (made.project / "image").mkdir()
    (made.project / "image" / "Dockerfile").write_text(
        f"FROM {web_image}\nRUN echo {made.mark} > mark\n", encoding="utf-8"
    )
    return made


@pytest.mark.parametrize(("moment", "target", "ended_by"), _PAIRS if os.environ.get("STRESS") else _EACH_ONCE)
def test_nothing_is_left_on_the_engine_and_the_next_run_passes(
    ground: Ground, moment: str, target: str, ended_by: str
) -> None:
    """A process, or what runs in a container, is ended while the run waits at the moment."""
    process = ground.start(*(PABOT if target == "pabot" else ["robot"]), moment=moment)
    ground.wait_for(moment, process)

    os.kill(_pid(ground, target, process), signal.Signals[ended_by])
    if target in {"server", "site"} or moment in {"test", "teardown"}:
        ground.release()
    ground.wait(process)

    if (target, ended_by) != ("supervisor", "SIGKILL"):
        ground.leaves_nothing()
    ground.release()
    ground.run()
    ground.leaves_nothing()


def _pid(ground: Ground, target: str, process: subprocess.Popen[str]) -> int:
    if target in {"robot", "pabot"}:
        return process.pid
    if target == "supervisor":
        (control,) = ground.folder.glob("tmp/integrationlibrary-*/run-*/control.json")
        return int(json.loads(control.read_text(encoding="utf-8"))["pid"])
    mark = {"server": "-postgres", "site": "-site.1"}[target]
    waited = wait_until(lambda: _main_process(ground, mark), timeout=30)  # it starts beside what the run waits for
    assert waited.is_ready
    return int(waited.last.text)


def _main_process(ground: Ground, mark: str) -> Answer:
    names = [each for run in ground.runs for each in all_of(run) if each.endswith(mark)]
    command = ["docker", "inspect", "--format", "{{.State.Pid}}", *names]
    told = subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()
    return Answer.ready(told) if told not in {"", "0"} else Answer.not_yet("")
