"""How long it takes until a test runs: imports, cold and warm starts, attaching, whole suites."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path

import requests
from benchmarks.figures import Figure, in_turn
from robot.api import ExecutionResult

from IntegrationLibrary.base.ports import free_port
from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.commands.up import keep
from IntegrationLibrary.session import Session
from IntegrationLibrary.supervisor.keeping import end_supervisor
from IntegrationLibrary.supervisor.runs import RunFolder

ROOT = Path(__file__).parent.parent.parent
SHOP = ROOT / "resources" / "environments" / "shop.yaml"
_NUMBERS = itertools.count(1)
_SUITE = f"""\
*** Settings ***
Library           IntegrationLibrary
Suite Setup       Start Environment    {SHOP}

*** Test Cases ***
The First Test Runs
    No Operation
"""


def import_figures() -> list[Figure]:
    """Return what importing the library as Robot does adds to importing Robot."""
    robot = Figure("import robot")
    ours = Figure("import robot and IntegrationLibrary", against=robot.name)
    plain, both = "import robot.run", "import robot.run, IntegrationLibrary; IntegrationLibrary.IntegrationLibrary()"
    in_turn(21, (robot, partial(_python, "-c", plain)), (ours, partial(_python, "-c", both)))
    return [robot, ours]


def attach_figures() -> Iterator[Figure]:
    """Yield how long a worker takes to attach to a running environment, in a slot that another worker has left."""
    figure = Figure("attach: lease, rollback of the slot, connections; imports done")
    session, root = Session(), ProcessIdentity.of(os.getpid())
    session.start_environment(SHOP, {}, root)
    for _ in range(50):
        session.close()
        session = Session()
        with figure.taken():
            session.start_environment(SHOP, {}, root)
    session.close()
    yield figure


def kept_figures() -> Iterator[Figure]:
    """Yield how long a run takes to attach to an environment that `rfintegration up` keeps."""
    figure = Figure("warm attach to a kept environment; imports done")
    keep(SHOP, {})
    try:
        for _ in range(50):
            session = Session()
            with figure.taken():
                session.start_environment(SHOP, {}, ProcessIdentity.of(os.getpid()))
            session.close()
    finally:
        end_supervisor(RunFolder.kept(SHOP, {}))
    yield figure


def cold_figures() -> Iterator[Figure]:
    """Yield the time from nothing to a ready slot, server and template from their caches, and what of it is ours."""
    whole = Figure("cold start: supervisor, server, slot, service; caches filled")
    service = Figure("the service's own start, asked without a pause")
    for _ in range(7):
        _start_anew(whole, service)
    ours = Figure(
        "cold start without the service's own", milliseconds=[each - service.p50 for each in whole.milliseconds]
    )
    yield from (whole, service, ours)


def _start_anew(whole: Figure, service: Figure) -> None:
    """Start the shop's environment for a run of its own, then the shop alone on the same database."""
    session = Session()
    with _root() as root:
        with whole.taken():
            session.start_environment(SHOP, {}, root)
        fields = {name: each.fields for name, each in session.services.items()}
        variables = {"DATABASE_URL": fields["postgres"]["shop.url"], "PAYMENTS_URL": fields["payments"]["url"]}
        port = str(free_port())
        command = [sys.executable, "-m", "uvicorn", "app:app", "--port", port, "--no-access-log"]
        with service.taken():
            shop = subprocess.Popen(
                command,
                cwd=ROOT / "resources" / "services" / "shop",
                env={**os.environ, **variables},
                stderr=subprocess.DEVNULL,
            )
            while not _answers(f"http://127.0.0.1:{port}/health"):
                shop.poll()
        shop.kill()
        shop.wait()
        session.close()
        run = RunFolder.of(root)
    wait_until(lambda: Answer.not_yet("") if run.path.exists() else Answer.ready(), timeout=30)


@contextmanager
def _root() -> Iterator[ProcessIdentity]:
    """Give a process that stands for robot: what was started for it ends when it does."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        yield ProcessIdentity.of(process.pid)
    finally:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    with contextlib.suppress(OSError):
        return bool(requests.get(url, timeout=1).ok)
    return False


def request_figures() -> Iterator[Figure]:
    """Yield what the journal adds to requests that write: a customer, and an order with all that belongs to it."""
    root = ProcessIdentity.of(os.getpid())
    plain_shop = SHOP.with_name("bench_without_journal.yaml")
    plain_shop.write_text(SHOP.read_text(encoding="utf-8").replace("isolation: rollback", "isolation: none"))
    sessions = [Session(), Session()]
    try:
        urls = []
        for session, file in zip(sessions, (plain_shop, SHOP), strict=True):
            session.start_environment(file, {}, root)
            urls.append(str(session.services["shop"].url))
        for label, post in (("POST /customers", _post_customer), ("POST /orders", _post_order)):
            without = Figure(f"{label}, no journal")
            with_ours = Figure(f"{label}, journal", against=without.name)
            yield from in_turn(90, (without, partial(post, urls[0])), (with_ours, partial(post, urls[1])))
    finally:
        for session in sessions:
            session.close()
        plain_shop.unlink()


def _post_customer(url: str) -> None:
    number = next(_NUMBERS)
    body = {"name": f"Customer {number}", "email": f"{number}@example.com"}
    requests.post(f"{url}/customers", json=body, timeout=10).raise_for_status()


def _post_order(url: str) -> None:
    lines = [{"sku": "TEA-01", "quantity": 1}]
    body = {"customer_id": 1, "card": "4242-4242-4242-4242", "lines": lines}
    answer = requests.post(f"{url}/orders", json=body, timeout=10)
    if answer.status_code != HTTPStatus.CREATED:
        raise RuntimeError(answer.text)


def start_figures() -> Iterator[Figure]:
    """Yield the time from a command to its first test, with an empty cache and with a filled one."""
    with tempfile.TemporaryDirectory() as folder:
        suite = Path(folder) / "first.robot"
        suite.write_text(_SUITE, encoding="utf-8")
        cold, warm = Figure("from nothing to the first test, empty cache"), Figure("from nothing to the first test")
        for _ in range(5):
            cache = Path(tempfile.mkdtemp(prefix="integrationlibrary-cache-"))
            cache.chmod(0o755)
            environ = {**os.environ, "INTEGRATIONLIBRARY_CACHE": str(cache)}
            cold.add(_until_first_test(suite, environ))
            warm.add(_until_first_test(suite, environ))
            shutil.rmtree(cache)
        yield from (cold, warm)


def suite_figures() -> list[Figure]:
    """Return the time of all shipped suites, one after the other and on two workers."""
    serial, parallel = (
        Figure("all suites, robot"),
        Figure("all suites, pabot on two workers", against="all suites, robot"),
    )
    pabot = ["-m", "pabot.pabot", "--command", sys.executable, "-m", "robot", "--end-command", "--pabotlibport", "0"]
    with tempfile.TemporaryDirectory() as folder:
        options = ["--outputdir", folder, str(ROOT / "robot_suites")]
        in_turn(
            2,
            (serial, partial(_python, "-m", "robot", *options)),
            (parallel, partial(_python, *pabot, "--processes", "2", *options)),
        )
    return [serial, parallel]


def _until_first_test(suite: Path, environ: Mapping[str, str]) -> float:
    launched = time.time()
    _python("-m", "robot", "--outputdir", str(suite.parent / "results"), str(suite), environ=environ)
    (test,) = ExecutionResult(suite.parent / "results" / "output.xml").suite.tests
    started: datetime = test.start_time
    return started.timestamp() - launched


def _python(*arguments: str, environ: Mapping[str, str] | None = None) -> None:
    subprocess.run([sys.executable, *arguments], check=True, env=environ, stdout=subprocess.DEVNULL)
