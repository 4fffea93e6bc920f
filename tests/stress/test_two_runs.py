"""Two runs at once share caches and nothing else, wherever they are and whoever has started them."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.killing import TESTS, Ground, MakeGround, reachable_folder

STRANGE = "Prüfung für später, 検査 'one'"
SOCKET_PATH = 108


@pytest.fixture
def empty_cache() -> Iterator[Path]:
    """A cache in which nothing is yet."""
    with reachable_folder("kc-") as folder:
        folder.chmod(0o777)
        yield folder


def finish(ground: Ground, process: subprocess.Popen[str]) -> None:
    """Wait for the run, whose tests all pass."""
    ground.wait(process)

    assert process.returncode == 0, ground.said()


def published(cache: Path) -> list[str]:
    """Return the names of the templates that the cache has."""
    return [path.name for path in cache.glob("postgres/*/templates/*") if path.is_dir()]


def test_two_cold_starts_in_two_checkouts_share_what_one_of_them_makes(
    make_ground: MakeGround, empty_cache: Path
) -> None:
    """Both find an empty cache; one fills it, the other waits for it."""
    grounds = [make_ground(empty_cache), make_ground(empty_cache)]
    started = [ground.start("robot") for ground in grounds]
    for ground, process in zip(grounds, started, strict=True):
        finish(ground, process)

    assert len(published(empty_cache)) == 1
    for ground in grounds:
        ground.leaves_nothing()


def test_a_run_that_is_killed_while_it_builds_does_not_keep_the_other(
    make_ground: MakeGround, empty_cache: Path
) -> None:
    """The one that waits for its templates builds them itself then."""
    first, second = make_ground(empty_cache), make_ground(empty_cache)
    building = first.start("robot", moment="template")
    first.wait_for("template", building)
    waiting = second.start("robot")
    building.kill()
    first.wait(building)
    finish(second, waiting)

    assert len(published(empty_cache)) == 1
    first.leaves_nothing()
    second.leaves_nothing()


def test_two_runs_in_one_checkout_do_not_meet(make_ground: MakeGround) -> None:
    """Both are in their first test at the same time; one is killed, the other passes."""
    ground = make_ground()
    killed = ground.start("robot", moment="test", results="one")
    ground.wait_for("test", killed)
    other = ground.start("robot", results="two")
    finish(ground, other)
    killed.kill()
    ground.wait(killed)

    ground.leaves_nothing()


def test_names_that_are_not_plain_and_paths_that_are_long_do_no_harm(make_ground: MakeGround) -> None:
    """A checkout and results with spaces and letters of all kinds; temporary files where no socket's path would fit."""
    ground = make_ground(project_name=STRANGE, tmp_name="/".join(["a folder with a long name"] * 5))

    assert len(str(ground.tmp)) > SOCKET_PATH

    finish(ground, ground.start("robot", results=f"results {STRANGE}"))

    assert (ground.folder / f"results {STRANGE}" / "log.html").exists()
    ground.leaves_nothing()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can start runs of another user")
def test_two_users_do_not_meet(make_ground: MakeGround, empty_cache: Path) -> None:
    """Each has runs and a cache of their own, in the same folder for temporary files."""
    other = _other_user()
    ours = make_ground()
    theirs = make_ground(empty_cache, user=other)
    shared = ours.tmp
    shared.chmod(0o1777)
    theirs.tmp.rmdir()
    theirs.tmp.symlink_to(shared)
    runs = [(ours, ours.start("robot")), (theirs, theirs.start("robot"))]
    for ground, process in runs:
        finish(ground, process)

    assert (theirs.folder / "results").stat().st_uid == other
    for ground, _ in runs:
        ground.leaves_nothing()


def _other_user() -> int:
    """Return a user who can read this checkout and run this Python."""
    try:
        user = pwd.getpwnam("nobody").pw_uid
    except KeyError:
        pytest.skip("there is no user 'nobody'")
    for path in (TESTS, Path(sys.executable), Path(sys.prefix), Path(sys.executable).resolve()):
        closed = [each for each in [path, *path.parents] if not each.stat().st_mode & stat.S_IXOTH]
        if closed:
            pytest.skip(f"another user cannot read {path}: {closed[0]} is closed to others")
    return user
