"""Whatever a supervisor has begun when it is killed, the next start knows it and removes it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from filelock import FileLock

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.processes import ProcessIdentity, Spawner
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.databases.embedded import EmbeddedServer, copy_initialised, find_binaries, publish
from IntegrationLibrary.services.postgres_embedded import forget_old
from IntegrationLibrary.supervisor.client import Client, reach_supervisor
from IntegrationLibrary.supervisor.ledger import Ledger
from IntegrationLibrary.supervisor.runs import RUN_VARIABLE, RunFolder
from IntegrationLibrary.supervisor.sweep import empty_run, remove_run, sweep

PAUSE = "import signal; signal.pause()"
MEMORY = Path("/proc/sysvipc/shm")
SLOW = """
environment: slow
services:
  postgres:
    type: postgres
    databases:
      box:
        migrations: [python, -c, "import pathlib, signal; pathlib.Path('begun').touch(); signal.pause()"]
"""


@pytest.fixture
def run(server_folder: Callable[[], Path]) -> Iterator[RunFolder]:
    """The folder of a run that nobody serves."""
    made = RunFolder(server_folder())
    yield made
    made.lock.unlink(missing_ok=True)


def is_gone(identity: ProcessIdentity) -> bool:
    """Return whether the process ends soon."""
    return wait_until(lambda: Answer.not_yet("") if identity.is_alive() else Answer.ready(), timeout=10).is_ready


def attach(client: Client, file: Path) -> dict[str, object]:
    """Attach as this process."""
    own = ProcessIdentity.of(os.getpid())
    told: dict[str, object] = client.call("attach", file=str(file), switches={}, holder=[own.pid, own.created])
    return told


def service_of(told: dict[str, object]) -> ProcessIdentity:
    """Return the process of the service 'web'."""
    return ProcessIdentity.of(told["services"]["web"]["pid"])  # type: ignore[index]


def memory_of(servers: set[int]) -> list[str]:
    """Return the pieces of shared memory that these processes have made."""
    lines = MEMORY.read_text(encoding="utf-8").splitlines()[1:]
    return [line for line in lines if int(line.split()[4]) in servers]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is written down by its owner, a moment later")
def test_a_program_is_written_down_before_it_runs(tmp_path: Path) -> None:
    """It finds itself in the ledger at its first step."""
    ledger = Ledger(tmp_path / "ledger.jsonl")
    read = f"import os; print(os.getpid()); print(open({str(tmp_path / 'ledger.jsonl')!r}).read())"

    spawner = Spawner(ledger.noting())  # what it has started ends with it
    process = spawner.start([sys.executable, "-c", read], folder=tmp_path, log=tmp_path / "log")
    process.wait()

    assert f'{{"kind": "process", "pid": {process.pid}, ' in (tmp_path / "log").read_text(encoding="utf-8")


def test_a_process_without_its_environment_is_found(run: RunFolder, tmp_path: Path) -> None:
    """The ledger knows it, although it carries no mark and prints elsewhere."""
    spawner = Spawner(Ledger(run.ledger).noting())
    process = spawner.start([sys.executable, "-c", PAUSE], folder=tmp_path, log=tmp_path / "log", environment={})
    identity = ProcessIdentity.of(process.pid)

    empty_run(run)

    assert is_gone(identity)


def test_a_child_that_nobody_wrote_down_is_found_by_where_it_prints(run: RunFolder, tmp_path: Path) -> None:
    """It has a session of its own and no environment, and its parent has ended."""
    code = (
        "import subprocess, sys; "
        f"child = subprocess.Popen([sys.executable, '-c', {PAUSE!r}], env={{}}, start_new_session=True); "
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid))"
    )
    spawner = Spawner()
    spawner.start([sys.executable, "-c", code], folder=tmp_path, log=run.path / "log").wait()
    child = ProcessIdentity.of(int((tmp_path / "pid").read_text(encoding="utf-8")))

    empty_run(run)

    assert is_gone(child)


@pytest.mark.skipif(not MEMORY.exists(), reason="only Linux shows the pieces of shared memory")
def test_the_memory_of_a_server_that_was_killed_is_freed(run: RunFolder) -> None:
    """Nothing else frees it, and there is a limited number of pieces."""
    data = run.path / "e1" / "postgres" / "data"
    data.parent.mkdir(parents=True)
    run.path.joinpath("e1").chmod(0o711)
    data.parent.chmod(0o711)
    ledger = Ledger(run.ledger)
    copy_initialised(find_binaries(), data, record=ledger.record)
    ledger.record("shared memory", {"data": str(data)})
    spawner = Spawner(ledger.noting())
    EmbeddedServer(find_binaries(), data, log=run.path / "e1" / "postgres.log", spawner=spawner).start()
    servers = {entry["pid"] for entry in ledger.entries("process")}

    assert len(memory_of(servers)) == 1

    for pid in servers:
        os.kill(pid, signal.SIGKILL)
    remove_run(run)

    assert memory_of(servers) == []


def test_a_folder_that_is_half_published_is_written_down(run: RunFolder, tmp_path: Path) -> None:
    """Its name is known before it is there, and is nobody else's; what a killed one left goes with the next."""
    (tmp_path / "made").mkdir()
    left = tmp_path / "cached.half-0123"
    left.mkdir()
    ledger = Ledger(run.ledger)

    publish(tmp_path / "made", tmp_path / "cached", record=ledger.record)
    (entry,) = ledger.entries("folder")
    Path(entry["path"]).mkdir()
    remove_run(run)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["cached"]


def test_templates_that_are_in_use_are_not_forgotten(tmp_path: Path) -> None:
    """The oldest ones go, with their locks and halves, unless another run has the lock just now."""
    for number in range(11):
        (tmp_path / f"t{number:02}").mkdir()
        (tmp_path / f"t{number:02}.lock").touch()
        os.utime(tmp_path / f"t{number:02}", (number, number))
    (tmp_path / "t99.half-0123").mkdir()

    with FileLock(tmp_path / "t00.lock"):
        forget_old(tmp_path)

    kept = sorted(path.name for path in tmp_path.iterdir() if path.is_dir())
    assert kept == ["t00", *(f"t{number:02}" for number in range(3, 11))]
    assert not (tmp_path / "t01.lock").exists()


def test_a_lock_without_its_folder_is_swept() -> None:
    """The supervisor was killed between removing the one and the other."""
    run = RunFolder(RunFolder.of(ProcessIdentity(2**22 + 1, 1.0)).path)
    run.path.rmdir()
    run.lock.touch()

    sweep()

    assert not run.lock.exists()


def test_the_next_supervisor_of_a_run_removes_what_the_one_before_left(
    run_root: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """Workers of the same run go on with another, which finds no folder and no process in its way."""
    file = tmp_path / "web.yaml"
    web = 'type: process\n    command: [python, -m, http.server, "${web.port}", --bind, 127.0.0.1]\n'
    file.write_text(f"environment: web\nservices:\n  web:\n    {web}    ready: {{http: /}}\n", encoding="utf-8")
    root = ProcessIdentity.of(run_root.pid)
    first = service_of(attach(reach_supervisor(root), file))
    control = RunFolder.of(root).read_control()
    assert control is not None
    os.kill(control.supervisor.pid, signal.SIGKILL)
    assert is_gone(control.supervisor)

    second = service_of(attach(reach_supervisor(root), file))

    assert first != second
    assert is_gone(first)
    assert second.is_alive()


def test_a_run_that_ends_while_a_migration_runs_is_cleaned_up_at_once(
    run_root: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """The command is killed, however long it would take."""
    file = tmp_path / "slow.yaml"
    file.write_text(SLOW, encoding="utf-8")
    root = ProcessIdentity.of(run_root.pid)
    client, run = reach_supervisor(root), RunFolder.of(root)
    with ThreadPoolExecutor(max_workers=1) as pool:
        attaching = pool.submit(attach, client, file)
        begun = wait_until(
            lambda: Answer.ready() if (tmp_path / "begun").exists() else Answer.not_yet("not begun"), timeout=30
        )
        assert begun.is_ready
        run_root.kill()
        run_root.wait()

        with pytest.raises(EnvironmentFailure):
            attaching.result(timeout=30)
    assert wait_until(lambda: Answer.not_yet("there") if run.path.exists() else Answer.ready(), timeout=20).is_ready
    assert _marked(run) == []


def _marked(run: RunFolder) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(RUN_VARIABLE) == run.path.name:
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return found
