"""A supervisor serves the workers of one run, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.session import Session
from IntegrationLibrary.supervisor.client import Client, reach_supervisor
from IntegrationLibrary.supervisor.ledger import Ledger
from IntegrationLibrary.supervisor.runs import RunFolder
from IntegrationLibrary.supervisor.sweep import sweep

ENVIRONMENT = """
environment: web
services:
  web:
    type: process
    command: [python, -m, http.server, "${web.port}", --bind, 127.0.0.1]
    ready: {http: /}
"""


@pytest.fixture
def root() -> Iterator[subprocess.Popen[bytes]]:
    """A process that stands for robot or pabot."""
    process = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An environment file."""
    path = tmp_path / "web.yaml"
    path.write_text(ENVIRONMENT, encoding="utf-8")
    return path


def attach(client: Client, file: Path, worker: int) -> dict[str, object]:
    """Attach as the worker with this pid."""
    identity = ProcessIdentity.of(worker)
    told: dict[str, object] = client.call(
        "attach", file=str(file), switches={}, holder=[identity.pid, identity.created]
    )
    return told


def identity(process: subprocess.Popen[bytes]) -> ProcessIdentity:
    """Return which process it is, for good."""
    return ProcessIdentity.of(process.pid)


def is_gone(run: RunFolder, pid: int) -> Answer:
    """Return ready when neither the run's folder nor the service's process is left."""
    left = [str(each) for each in (run.path,) if each.exists()] + ([f"pid {pid}"] if psutil.pid_exists(pid) else [])
    return Answer.not_yet(", ".join(left)) if left else Answer.ready()


def test_two_workers_have_services_of_their_own(root: subprocess.Popen[bytes], file: Path) -> None:
    """Each gets a slot, and a port in it that the other does not have."""
    one, two = reach_supervisor(identity(root)), reach_supervisor(identity(root))

    first, second = attach(one, file, os.getpid()), attach(two, file, root.pid)

    assert (first["slot"], second["slot"]) == (1, 2)
    assert first["services"] != second["services"]


def test_a_slot_is_used_again_when_its_worker_has_gone(root: subprocess.Popen[bytes], file: Path) -> None:
    """The next worker finds the same service, already started."""
    one = reach_supervisor(identity(root))
    first = attach(one, file, os.getpid())
    one.call("release")
    two = reach_supervisor(identity(root))

    second = attach(two, file, root.pid)

    assert second["services"] == first["services"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_nothing_is_left_when_the_root_is_killed(root: subprocess.Popen[bytes], file: Path) -> None:
    """Robot that gets SIGKILL cannot clean up; its supervisor does."""
    client, run = reach_supervisor(identity(root)), RunFolder.of(identity(root))
    service = attach(client, file, os.getpid())["services"]["web"]["pid"]  # type: ignore[index]
    root.kill()
    root.wait()

    assert wait_until(lambda: is_gone(run, service), timeout=20).is_ready


def test_nothing_is_left_when_the_supervisor_is_killed(root: subprocess.Popen[bytes], file: Path) -> None:
    """The next start's sweep removes what it could not."""
    client, run = reach_supervisor(identity(root)), RunFolder.of(identity(root))
    service = attach(client, file, os.getpid())["services"]["web"]["pid"]  # type: ignore[index]
    control = run.read_control()
    assert control is not None
    os.kill(control.supervisor.pid, signal.SIGKILL)
    wait_until(lambda: Answer.not_yet("") if control.supervisor.is_alive() else Answer.ready(), timeout=10)

    sweep(keep=RunFolder(Path("/nowhere")))

    assert wait_until(lambda: is_gone(run, service), timeout=10).is_ready


def test_a_service_that_ends_at_its_start_is_told_with_its_last_words(
    root: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """The failure names exit code and log, and comes at once."""
    broken = tmp_path / "broken.yaml"
    broken.write_text(
        "environment: broken\nservices:\n  one:\n    type: process\n"
        "    command: [python, -c, \"import sys; print('no licence'); sys.exit(3)\"]\n    ready: {tcp: true}\n",
        encoding="utf-8",
    )

    with pytest.raises(EnvironmentFailure) as failure:
        attach(reach_supervisor(identity(root)), broken, os.getpid())

    assert "Service 'one' cannot become ready." in str(failure.value)
    assert "the process ended with code 3" in str(failure.value)
    assert "no licence" in str(failure.value)


def test_who_does_not_know_the_key_gets_no_answer(root: subprocess.Popen[bytes], file: Path) -> None:
    """The connection is closed."""
    client = reach_supervisor(identity(root))
    control = RunFolder.of(identity(root)).read_control()
    assert control is not None
    stranger = Client(RunFolder.of(identity(root)), type(control)(control.port, "wrong", control.supervisor))

    with pytest.raises(EnvironmentFailure):
        attach(stranger, file, os.getpid())
    assert attach(client, file, os.getpid())["slot"] == 1


def test_a_run_that_ends_while_a_service_starts_is_cleaned_up_at_once(
    root: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """The start is given up, however long the service may take."""
    file = tmp_path / "slow.yaml"
    file.write_text(ENVIRONMENT.replace("ready: {http: /}", "ready: {http: /never-there}\n    timeout: 600"), "utf-8")
    client = reach_supervisor(identity(root))
    run = RunFolder.of(identity(root))
    with ThreadPoolExecutor(max_workers=1) as pool:
        attaching = pool.submit(attach, client, file, os.getpid())
        assert wait_until(lambda: _has_log(run), timeout=20).is_ready
        root.kill()
        root.wait()

        with pytest.raises(EnvironmentFailure):
            attaching.result(timeout=20)
    assert wait_until(lambda: Answer.not_yet("there") if run.path.exists() else Answer.ready(), timeout=10).is_ready


def _has_log(run: RunFolder) -> Answer:
    logs = list(run.path.glob("e1/*.log"))
    return Answer.ready() if logs and logs[0].stat().st_size else Answer.not_yet("the service has not begun")


def test_an_entry_after_a_cut_line_is_found(tmp_path: Path) -> None:
    """A supervisor that was killed while it wrote leaves half a line."""
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.record("folder", {"path": "one"})
    with (tmp_path / "ledger.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"kind": "fol')
    ledger.record("folder", {"path": "two"})

    assert [entry["path"] for entry in ledger.entries("folder")] == ["one", "two"]


def test_an_answer_that_nobody_waited_for_is_not_taken_for_the_next(root: subprocess.Popen[bytes], file: Path) -> None:
    """Robot's timeouts interrupt a call between its question and its answer."""
    client = reach_supervisor(identity(root))
    key = str(attach(client, file, os.getpid())["key"])

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    for delay in (0.0001, 0.0005, 0.001, 0.002):
        with contextlib.suppress(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, delay)
            client.call("ask", key=key, service="web")
            signal.setitimer(signal.ITIMER_REAL, 0)
        with pytest.raises(IntegrationError, match="no action"):
            client.call("act", key=key, service="web", action="unknown", arguments={})
    signal.signal(signal.SIGALRM, before)
    client.close()


def test_the_supervisors_own_log_has_no_secret(
    open_environment: Callable[[str], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in what it says nor in the tracebacks of what it did not expect."""
    monkeypatch.setenv("PLANTED_TOKEN", "geheim-17")
    session = open_environment(
        "environment: secret\nservices:\n  one:\n    type: process\n    command: [sleep, '600']\n"
        "    environment: {API_TOKEN: '${env.PLANTED_TOKEN}'}\n"
    )

    with pytest.raises(EnvironmentFailure, match="no action"):
        session.service("one").act("say geheim-17 and password=geheim-18")

    log = session.service("one").log.parent.parent / "supervisor.log"
    text = log.read_text(encoding="utf-8")
    assert "say *** and password=***" in text
    assert "geheim" not in text


@pytest.mark.parametrize(
    "words",
    [
        b"garbage\n",
        b"\x00\xff\xfe\n",
        b"{}\n",
        b"[1, 2]\n",
        b'"key"\n',
        b'{"key": null, "number": 1, "action": "release", "arguments": {}}\n',
        b'{"key": ["wrong"], "action": "release"}\n',
        '{"key": "schlüssel", "number": 1, "action": "release", "arguments": {}}\n'.encode(),
        b"[" * 100_000 + b"\n",
        b"x" * (2 * 1024 * 1024),
        b'{"key": "half a li',
    ],
    ids=["garbage", "bytes", "empty", "list", "text", "no key", "odd key", "umlaut", "deep", "gigantic", "half"],
)
def test_strangers_get_no_answer_and_do_no_harm(root: subprocess.Popen[bytes], words: bytes) -> None:
    """What is no request with the key is not answered, and not kept; those who know the key are served on."""
    client = reach_supervisor(identity(root))
    control = RunFolder.of(identity(root)).read_control()
    assert control is not None
    with socket.create_connection(("127.0.0.1", control.port)) as stranger, contextlib.suppress(ConnectionError):
        stranger.sendall(words)
        stranger.shutdown(socket.SHUT_WR)
        stranger.settimeout(20)

        assert stranger.recv(1) == b""

    assert client.call("status")["environments"] == []


def test_who_only_connects_keeps_nobody_waiting(root: subprocess.Popen[bytes], file: Path) -> None:
    """A hundred connections that say nothing are a hundred threads that wait."""
    client = reach_supervisor(identity(root))
    control = RunFolder.of(identity(root)).read_control()
    assert control is not None
    with contextlib.ExitStack() as idle:
        for _ in range(100):
            idle.enter_context(socket.create_connection(("127.0.0.1", control.port)))

        assert attach(client, file, os.getpid())["slot"] == 1
