"""The superuser of an embedded server has a password that nobody can guess, and that copies of its data carry."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from IntegrationLibrary.databases.embedded import EmbeddedServer, copy_data, copy_initialised, find_binaries
from IntegrationLibrary.databases.passwords import read_password
from IntegrationLibrary.databases.postgres import Database, url_parts


def test_the_password_of_each_initialised_folder_is_another(
    server_folder: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two caches have two; only the owner can read it, also under an umask that hides nothing."""
    folders = [server_folder() for _ in range(2)]
    for number, folder in enumerate(folders):
        monkeypatch.setenv("INTEGRATIONLIBRARY_CACHE", str(tmp_path / f"cache{number}"))
        copy_initialised(find_binaries(), folder / "data")
    copy_data(folders[1] / "data", folders[1] / "copy")

    first, second = (read_password(folder / "data") for folder in folders)
    files = [file for folder in folders for file in folder.rglob("*.password")]
    assert len(first) >= 24
    assert first != second
    assert read_password(folders[1] / "copy") == second
    assert len(files) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert {stat.S_IMODE(file.parent.stat().st_mode) for file in files} == {0o700}


def test_another_password_is_refused(
    postgres_server: EmbeddedServer,
) -> None:
    """The old, known one too."""
    url = postgres_server.url("postgres")
    known = Database(url.replace(url_parts(url)["password"], "postgres"))

    with pytest.raises(Exception, match="password authentication failed"):
        known.value("SELECT 1")
