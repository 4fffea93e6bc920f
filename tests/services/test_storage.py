"""Where the embedded server keeps its data: in memory when there is plenty, on the disk when it is told to."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from IntegrationLibrary.base import memory
from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.processes import ProcessIdentity, Spawner
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.environments.building import EnvironmentBuilder
from IntegrationLibrary.services import postgres_embedded
from IntegrationLibrary.services.postgres import DatabaseSpec
from IntegrationLibrary.services.postgres_embedded import EmbeddedDatabases
from IntegrationLibrary.services.service import Place
from IntegrationLibrary.session import Session
from IntegrationLibrary.supervisor.ledger import Ledger
from IntegrationLibrary.supervisor.runs import RunFolder

Open = Callable[[str], Session]

ENVIRONMENT = """
environment: stored
services:
  postgres:
    type: postgres
    {keys}
    databases: {{shop: {{}}}}
"""
MORE_THAN_FITS = "CREATE TABLE big AS SELECT repeat(n::text, 100) AS text FROM generate_series(1, 1000000) AS n;"


def data_folder(opened: Session) -> Path:
    """Return where the server of an environment has its data."""
    return Path(opened.database("shop").database.value("SELECT current_setting('data_directory')"))


@pytest.mark.skipif(
    memory.free_memory_bytes() < 2 * memory.ROOM_IN_MEMORY, reason="this machine has little memory for files"
)
def test_data_is_in_memory_where_there_is_plenty(open_environment: Open, run_root: subprocess.Popen[bytes]) -> None:
    """It goes with the run."""
    data = data_folder(open_environment(ENVIRONMENT.format(keys="")))
    run = RunFolder.of(ProcessIdentity.of(run_root.pid))

    assert data.is_relative_to("/dev/shm")  # noqa: S108

    run_root.kill()
    run_root.wait()
    assert wait_until(lambda: Answer.not_yet("") if run.path.exists() else Answer.ready(), timeout=20).is_ready
    assert not data.parent.exists()


def test_data_is_on_the_disk_when_the_file_says_so(open_environment: Open, run_root: subprocess.Popen[bytes]) -> None:
    """In the run's folder."""
    data = data_folder(open_environment(ENVIRONMENT.format(keys="storage: disk")))

    assert data.is_relative_to(RunFolder.of(ProcessIdentity.of(run_root.pid)).path)


@pytest.fixture
def little_memory(server_folder: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file system in memory of 200 MB, which is taken for plenty."""
    folder = server_folder()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200m,mode=1777", "tmpfs", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("only root can mount a file system")
    monkeypatch.setattr(memory, "_PLACE", folder)
    monkeypatch.setattr(postgres_embedded, "ROOM_IN_MEMORY", 0)
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
def databases(server_folder: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddedDatabases:
    """A database that is larger, on a server that is not started."""
    monkeypatch.setenv("INTEGRATIONLIBRARY_CACHE", str(tmp_path / "cache"))
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1.sql").write_text(MORE_THAN_FITS, encoding="utf-8")
    folder = server_folder()
    place = Place(
        service="postgres",
        slot=None,
        folder=folder,
        log=folder / "postgres.log",
        base=tmp_path,
        spawner=Spawner(),
        builder=EnvironmentBuilder(tmp_path),
        record=Ledger(tmp_path / "ledger.jsonl").record,
    )
    specs = {"shop": DatabaseSpec(migrations="migrations", isolation="none")}
    return EmbeddedDatabases(place, specs, binaries=None, storage="auto", settings={})


def test_data_that_outgrows_memory_is_told_with_what_to_do(
    little_memory: Path, databases: EmbeddedDatabases, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    """And nothing of it stays in memory."""
    with pytest.raises(EnvironmentFailure) as raised:
        databases.start()
    databases.stop()

    text = re.sub(r"could not .*: No space", "could not ...: No space", str(raised.value))
    golden("services/data_outgrows_memory", text.replace(str(tmp_path), "."))
    assert list(little_memory.glob("*/*")) == []
