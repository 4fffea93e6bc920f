"""Folders in memory: their maker's as long as that lives, and removed by whoever comes next."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from IntegrationLibrary.base import memory
from IntegrationLibrary.base.memory import MemoryFolder, folder_in_memory, free_memory_bytes, sweep_memory
from IntegrationLibrary.base.paths import is_root

pytestmark = pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="only Linux has a place for them")  # noqa: S108

HOLD = """
import signal, sys
from pathlib import Path
from IntegrationLibrary.base import memory
from IntegrationLibrary.base.memory import MemoryFolder
folder = MemoryFolder(Path(sys.argv[1]))
(folder.path / "data").touch()
print("made", flush=True)
signal.pause()
"""


@pytest.fixture
def folder() -> Iterator[MemoryFolder]:
    """A folder of this process."""
    name = folder_in_memory()
    assert name is not None
    made = MemoryFolder(name)
    yield made
    made.remove()


def test_it_is_there_for_its_maker_alone(folder: MemoryFolder) -> None:
    """Others may pass through that of root, as PostgreSQL's own user must."""
    assert stat.S_IMODE(folder.path.stat().st_mode) == (0o711 if is_root() else 0o700)
    assert stat.S_IMODE(folder.path.parent.stat().st_mode) & 0o066 == 0
    assert folder.path.parent.stat().st_uid == os.getuid()


def test_it_goes_with_all_that_is_in_it(folder: MemoryFolder) -> None:
    """Also with folders in it."""
    (folder.path / "data" / "base").mkdir(parents=True)

    folder.remove()

    assert not folder.path.exists()


def test_a_sweep_leaves_it_to_its_maker_who_lives(folder: MemoryFolder) -> None:
    """Whoever sweeps, and however often."""
    (folder.path / "data").touch()

    subprocess.run(
        [sys.executable, "-c", "from IntegrationLibrary.base.memory import sweep_memory; sweep_memory()"], check=True
    )
    sweep_memory()

    assert (folder.path / "data").exists()


def test_a_sweep_removes_it_when_its_maker_was_killed() -> None:
    """Nothing of the maker needs to be known any more."""
    name = folder_in_memory()
    assert name is not None
    with subprocess.Popen([sys.executable, "-c", HOLD, str(name)], stdout=subprocess.PIPE, text=True) as maker:
        assert maker.stdout is not None
        assert maker.stdout.readline() == "made\n"
        maker.send_signal(signal.SIGKILL)
    assert (name / "data").exists()

    sweep_memory()

    assert not name.exists()


def test_a_folder_that_is_made_again_while_it_is_swept_is_left_to_its_maker(
    folder: MemoryFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another sweep has removed the one that this sweep has opened; the lock of that one is free."""
    open_it, made = memory._opened, []

    def opened_too_early(path: Path) -> int:
        early = open_it(path)
        if path == folder.path and not made:
            made.append(path)
            folder.remove()
            made.append(MemoryFolder(path))
        return early

    monkeypatch.setattr(memory, "_opened", opened_too_early)
    sweep_memory()

    assert made[1].path.exists()
    made[1].remove()


def test_what_is_free_is_no_more_than_the_machine_has(folder: MemoryFolder) -> None:
    """Its file system may be larger than what is left of the machine's memory."""
    told = os.statvfs(folder.path)

    assert 0 < free_memory_bytes() <= told.f_bavail * told.f_frsize
