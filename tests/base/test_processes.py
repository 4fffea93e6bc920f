"""Processes are told apart for good, end with their owner, and are stopped with their children."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from IntegrationLibrary.base.processes import (
    ProcessIdentity,
    Spawner,
    kill_all,
    runs_python,
    session_of,
    stop_process,
)
from IntegrationLibrary.base.waiting import Answer, Readiness, wait_until

Start = Callable[..., "subprocess.Popen[bytes]"]

PAUSE = "import signal\nsignal.pause()"
STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', flush=True)\nsignal.pause()"
POLITE = (
    "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\nprint('ready', flush=True)\n"
    "signal.pause()"
)
PARENT = (
    "import signal, subprocess, sys\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
    "own = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'], start_new_session=True)\n"
    "print(child.pid, own.pid, flush=True)\n"
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """What started processes print."""
    return tmp_path / "log"


@pytest.fixture
def start(spawner: Spawner, tmp_path: Path, log: Path) -> Start:
    """Starts Python programs; they end with the tests."""

    def run(code: str, **options: object) -> subprocess.Popen[bytes]:
        return spawner.start([sys.executable, "-c", code], folder=tmp_path, log=log, **options)  # type: ignore[arg-type]

    return run


def printed(log: Path) -> str:
    """Return the first line of the log, waited for."""

    def look() -> Answer:
        return Answer.ready() if "\n" in log.read_text(encoding="utf-8") else Answer.not_yet("no line")

    assert wait_until(look, timeout=20).is_ready
    return log.read_text(encoding="utf-8").splitlines()[0]


def has_ended(identity: ProcessIdentity) -> bool:
    """Return whether the process ends soon."""
    return wait_until(lambda: Answer.not_yet("") if identity.is_alive() else Answer.ready(), timeout=10).is_ready


class TestIdentity:
    """A pid alone does not identify a process."""

    def test_the_process_that_runs_is_found(self) -> None:
        """By pid and start time."""
        own = ProcessIdentity.of(os.getpid())

        assert own.is_alive()
        assert own.find() == psutil.Process()

    def test_a_pid_that_was_used_again_is_another_process(self) -> None:
        """Its start time differs."""
        reused = replace(ProcessIdentity.of(os.getpid()), created=psutil.Process().create_time() - 60)

        assert not reused.is_alive()
        assert reused.find() is None

    def test_start_times_that_went_through_a_file_still_fit(self) -> None:
        """The kernel counts in hundredths of a second."""
        own = ProcessIdentity.of(os.getpid())

        assert ProcessIdentity(own.pid, round(own.created, 2)).is_alive()

    def test_a_process_that_has_ended_is_not_alive(self, start: Start) -> None:
        """Neither as a zombie nor afterwards."""
        process = start("pass")
        identity = ProcessIdentity.of(process.pid)

        assert has_ended(identity)
        process.wait()
        assert identity.find() is None


class TestStopping:
    """Whatever a process does, it and its children are gone afterwards."""

    def test_a_polite_process_ends_itself(self, start: Start, log: Path) -> None:
        """Its exit code is its own."""
        process = start(POLITE)
        printed(log)

        stop_process(process, grace=20)

        assert process.returncode == 0

    def test_a_stubborn_process_is_killed(self, start: Start, log: Path) -> None:
        """After its grace."""
        process = start(STUBBORN)
        printed(log)

        stop_process(process, grace=0.05)

        assert process.returncode == -signal.SIGKILL

    def test_children_go_along(self, start: Start, log: Path) -> None:
        """Those of its session, and those that made themselves one of their own."""
        process = start(PARENT + "signal.pause()")
        children = [ProcessIdentity.of(int(pid)) for pid in printed(log).split()]

        stop_process(process)

        assert [has_ended(child) for child in children] == [True, True]

    def test_children_of_a_process_that_has_ended_go_along(self, start: Start, log: Path) -> None:
        """They are known by the session that it led."""
        process = start(PARENT)
        child = ProcessIdentity.of(int(printed(log).split()[0]))
        other = ProcessIdentity.of(int(printed(log).split()[1]))
        process.wait()

        stop_process(process)

        assert has_ended(child)
        kill_all([each for each in [other.find()] if each])

    def test_it_can_be_stopped_twice(self, start: Start) -> None:
        """Nothing happens the second time."""
        process = start(PAUSE)

        stop_process(process)
        stop_process(process)

        assert process.returncode == -signal.SIGTERM

    def test_another_first_signal_can_be_sent(self, start: Start, log: Path) -> None:
        """PostgreSQL ends its connections at SIGINT."""
        process = start("import signal\nprint('ready', flush=True)\nsignal.signal(2, signal.SIG_DFL)\nsignal.pause()")
        printed(log)

        stop_process(process, first=signal.SIGINT)

        assert process.returncode == -signal.SIGINT


class TestStarting:
    """Processes are started in sessions of their own."""

    def test_output_is_appended_to_the_log(self, start: Start, log: Path) -> None:
        """Errors too, in their order, after what stands there."""
        log.write_text("before\n", encoding="utf-8")

        start("import sys\nprint('out', flush=True)\nprint('error', file=sys.stderr)").wait()

        assert log.read_text(encoding="utf-8") == "before\nout\nerror\n"

    def test_it_leads_a_session(self, start: Start) -> None:
        """Its members are found by it; a terminal's Ctrl-C does not reach it."""
        process = start(PAUSE)

        assert os.getsid(process.pid) == process.pid
        assert session_of(process.pid) == []
        stop_process(process)

    def test_variables_are_those_that_are_given(self, start: Start, log: Path) -> None:
        """And no others."""
        start("import os\nprint(os.environ.get('HOME'), os.environ['A'])", environment={"A": "1"}).wait()

        assert log.read_text(encoding="utf-8") == "None 1\n"

    def test_a_program_that_does_not_exist_is_an_error_here(self, spawner: Spawner, tmp_path: Path, log: Path) -> None:
        """Not a process that ends at once."""
        with pytest.raises(FileNotFoundError, match="no-such-program"):
            spawner.start(["no-such-program"], folder=tmp_path, log=log)

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's end")
    def test_it_ends_with_its_owner(self, tmp_path: Path, log: Path) -> None:
        """Also when that is killed and cannot stop it."""
        code = f"""
import signal, sys
from pathlib import Path
from IntegrationLibrary.base.processes import Spawner
spawner = Spawner()
started = spawner.start(
    [sys.executable, '-c', 'import signal; signal.pause()'], folder=Path({str(tmp_path)!r}), log=Path({str(log)!r})
)
print(started.pid, flush=True)
signal.pause()
"""
        owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert owner.stdout is not None
        identity = ProcessIdentity.of(int(owner.stdout.readline()))
        assert identity.is_alive()

        owner.kill()
        owner.communicate()

        assert has_ended(identity)


def test_a_stranger_with_the_pid_of_a_process_that_ended_is_left_alone(start: Start) -> None:
    """Who stops a process that ended long ago does not end others that have its pid now."""
    next_pid = Path("/proc/sys/kernel/ns_last_pid")
    if not os.access(next_pid, os.W_OK):
        pytest.skip("only root on Linux can choose a pid")
    ended = start("pass")
    ended.wait()
    for _ in range(100):
        next_pid.write_text(str(ended.pid - 1), encoding="ascii")
        stranger = start(PARENT + PAUSE)
        if stranger.pid == ended.pid:
            break
        stop_process(stranger)
    assert stranger.pid == ended.pid, "others were faster"
    waited = wait_until(lambda: _has_children(stranger, 2), timeout=10)

    stop_process(ended)

    assert waited.is_ready
    assert _has_children(stranger, 2).readiness is Readiness.READY
    stop_process(stranger)


def _has_children(process: subprocess.Popen[bytes], number: int) -> Answer:
    children = [each for each in psutil.Process(process.pid).children() if each.status() != psutil.STATUS_ZOMBIE]
    return Answer.ready() if len(children) == number else Answer.not_yet(f"{len(children)} children")


def test_a_python_program_is_told_from_others() -> None:
    """A worker's parent is pabot, or what has adopted the worker since pabot was killed."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as other:
        assert runs_python(os.getpid())
        assert not runs_python(other.pid)
        other.communicate()

    assert not runs_python(other.pid)
