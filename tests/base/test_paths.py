"""Folders outside the project: the cache that is kept, and the runs that are removed."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.paths import cache_folder, is_root, runs_folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_cache_can_be_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made when it is not there, and used again."""
    monkeypatch.setenv("INTEGRATIONLIBRARY_CACHE", str(tmp_path / "a" / "b"))

    assert cache_folder() == tmp_path / "a" / "b"
    assert cache_folder().is_dir()


def test_the_cache_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system keeps such things when nothing else is said."""
    monkeypatch.delenv("INTEGRATIONLIBRARY_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))

    assert cache_folder().is_relative_to(tmp_path)
    assert cache_folder().name == "integrationlibrary"


def test_runs_cannot_be_listed_by_others(temporary: Path) -> None:
    """Only passed through where root runs the tests, as PostgreSQL's own user has to."""
    folder = runs_folder()

    assert folder.parent == temporary
    assert stat.S_IMODE(folder.stat().st_mode) == (0o711 if is_root() else 0o700)
    assert runs_folder() == folder


def test_a_folder_that_became_readable_is_closed_again(temporary: Path) -> None:
    """Whoever opened it."""
    runs_folder().chmod(0o777)

    assert stat.S_IMODE(runs_folder().stat().st_mode) & 0o066 == 0
    assert temporary.exists()


def test_a_link_in_its_place_is_refused(temporary: Path) -> None:
    """Somebody else could have laid it to read what runs keep."""
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    runs_folder().rmdir()
    (temporary / f"integrationlibrary-{os.getuid()}").symlink_to(elsewhere)

    with pytest.raises(EnvironmentFailure, match="does not belong to this user"):
        runs_folder()


@pytest.mark.skipif(not is_root(), reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(temporary: Path) -> None:
    """The text says what to do."""
    os.chown(runs_folder(), 65534, -1)

    with pytest.raises(EnvironmentFailure, match="does not belong to this user") as raised:
        runs_folder()

    assert "TMPDIR" in str(raised.value)
    assert temporary.exists()
