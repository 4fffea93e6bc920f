"""Where the embedded server keeps its data: in memory when there is plenty, on the disk when it is told to."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from IntegrationLibrary.base import memory
from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.processes import ProcessIdentity, Spawner
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.databases.postgres import Database, DatabaseError
from IntegrationLibrary.environments.building import EnvironmentBuilder
from IntegrationLibrary.services import postgres_storage
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
ROWS = 1_000_000
MORE_THAN_FITS = f"CREATE TABLE big AS SELECT repeat(n::text, 100) AS text FROM generate_series(1, {ROWS}) AS n;"


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
    monkeypatch.setattr(postgres_storage, "ROOM_IN_MEMORY", 0)
    yield folder
    subprocess.run(["umount", folder], check=True)


Make = Callable[[str], EmbeddedDatabases]


@pytest.fixture
def make_databases(
    server_folder: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Make]:
    """Makes a server with one database, which the statements migrate; it is stopped in the end."""
    monkeypatch.setenv("INTEGRATIONLIBRARY_CACHE", str(tmp_path / "cache"))
    made: list[EmbeddedDatabases] = []

    def make(statements: str) -> EmbeddedDatabases:
        (tmp_path / "migrations").mkdir()
        (tmp_path / "migrations" / "1.sql").write_text(statements, encoding="utf-8")
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
        made.append(EmbeddedDatabases(place, specs, binaries=None, storage="auto", settings={}))
        return made[0]

    yield make
    for each in made:
        each.stop()


def test_data_that_does_not_fit_into_memory_is_on_the_disk(little_memory: Path, make_databases: Make) -> None:
    """Nothing of it stays in memory."""
    databases = make_databases(MORE_THAN_FITS)
    databases.start()
    databases.open_slot(1)
    database = Database(databases.told("shop", 1)["url"])

    assert database.value("SELECT count(*) FROM big") == ROWS
    assert not Path(database.value("SELECT current_setting('data_directory')")).is_relative_to(little_memory)
    assert list(little_memory.glob("*/*")) == []
    database.close()


def fill(folder: Path) -> None:
    """Leave no room in the file system."""
    with contextlib.suppress(OSError), (folder / "filler").open("wb") as filler:
        while True:
            filler.write(bytes(1024))
            filler.flush()


def test_data_that_outgrows_memory_later_is_told_with_what_to_do(
    little_memory: Path, make_databases: Make, golden: Callable[[str, str], None]
) -> None:
    """Here a slot has no room for its clone."""
    databases = make_databases("CREATE TABLE big (text text);")
    databases.start()
    fill(little_memory)

    with pytest.raises(EnvironmentFailure) as raised:
        databases.open_slot(1)

    golden("services/data_outgrows_memory", re.sub(r"(?s)could not .*?: No", "could not ...: No", str(raised.value)))
    databases.stop()
    (little_memory / "filler").unlink()
    assert list(little_memory.glob("*/*")) == []


def test_a_server_that_ended_because_memory_was_full_says_so(little_memory: Path, make_databases: Make) -> None:
    """Its own log found no room: no statement was told of it."""
    databases = make_databases("CREATE TABLE big (text text);")
    databases.start()
    databases.open_slot(1)
    database = Database(databases.told("shop", 1)["url"])
    database.execute("SELECT 'connected'")
    fill(little_memory)
    with pytest.raises(DatabaseError):
        database.execute("SELECT pg_logical_emit_message(false, '', repeat('x', 1000000)) FROM generate_series(1, 200)")
    database.close()
    waited = wait_until(databases.ask, timeout=10)

    assert waited.last.text.endswith("its data has outgrown memory (add the key 'storage: disk')")
    with pytest.raises(EnvironmentFailure, match="have outgrown memory"):
        databases.open_slot(2)
