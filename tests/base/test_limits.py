"""What is left of the memory is what our control groups let us have, also inside a container."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from IntegrationLibrary.base.limits import left_in_groups

MEGABYTE = 1024 * 1024
TOLD = "from IntegrationLibrary.base.memory import free_memory_bytes; print(free_memory_bytes())"


def group(folder: Path, limit: str, usage: int, cache: int) -> None:
    """Write what the kernel shows of a group (version 2)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.max").write_text(f"{limit}\n", encoding="ascii")
    (folder / "memory.current").write_text(f"{usage}\n", encoding="ascii")
    (folder / "memory.stat").write_text(f"anon 5\ninactive_file {cache}\n", encoding="ascii")


def test_each_group_around_us_that_has_a_limit_counts(tmp_path: Path) -> None:
    """What its file cache has is not taken: it gives way."""
    own, root = tmp_path / "own", tmp_path / "root"
    own.write_text("0::/user.slice/run\n", encoding="utf-8")
    group(root / "user.slice" / "run", "1000", 400, 100)
    group(root / "user.slice", "max", 900, 0)

    assert list(left_in_groups(own, root)) == [700]


def test_inside_a_container_the_own_group_is_the_root(tmp_path: Path) -> None:
    """And one that is told with a path from outside has nothing there."""
    own, root = tmp_path / "own", tmp_path / "root"
    group(root, "1000", 400, 0)

    for path in ("/", "/docker/0123"):
        own.write_text(f"0::{path}\n", encoding="utf-8")

        assert list(left_in_groups(own, root)) == [600]


def test_where_there_are_no_groups_there_is_no_limit(tmp_path: Path) -> None:
    """Other systems, and Linux without them."""
    assert list(left_in_groups(tmp_path / "own", tmp_path)) == []


def test_a_limit_of_the_kernels_is_heard(memory_group: Path) -> None:
    """A process in a group has no more memory than that, however much the machine has."""
    (memory_group / "memory.limit_in_bytes").write_text(str(300 * MEGABYTE), encoding="ascii")
    enter = f"open({str(memory_group / 'cgroup.procs')!r}, 'w').write('0'); "

    told = subprocess.run([sys.executable, "-c", enter + TOLD], check=True, capture_output=True, text=True)

    assert 0 < int(told.stdout) < 300 * MEGABYTE


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has control groups")
def test_the_groups_of_this_process_can_be_read() -> None:
    """Whatever they are."""
    assert all(isinstance(left, int) for left in left_in_groups())
