"""Pulls and builds: what the engine says is logged meanwhile, and nobody waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.containers.images import Watch, follow


def silent(heard: threading.Event) -> Iterator[str]:
    """Say one thing, then nothing until *heard* is set."""
    yield "begun"
    heard.wait()


def test_what_is_said_is_logged(tmp_path: Path) -> None:
    """Without colours; steps of a progress bar are news that nobody reads."""
    log = tmp_path / "log"

    follow(iter(["one", "", "\x1b[31mtwo\x1b[0m"]), log, watch=Watch(), patience=10)

    assert log.read_text(encoding="utf-8") == "one\ntwo\n"


@pytest.mark.parametrize("error", [EnvironmentFailure("Refused."), TypeError("no such folder")])
def test_whatever_goes_wrong_is_raised(error: Exception, tmp_path: Path) -> None:
    """It is in a thread of its own, and must not be taken for done."""

    def lines() -> Iterator[str]:
        yield "begun"
        raise error

    with pytest.raises(type(error), match=str(error.args[0])):
        follow(lines(), tmp_path / "log", watch=Watch(), patience=10)


def test_an_engine_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    """A registry may stall in the middle."""
    heard = threading.Event()

    with pytest.raises(EnvironmentFailure, match="said nothing for 200 ms"):
        follow(silent(heard), tmp_path / "log", watch=Watch(), patience=0.2)

    heard.set()


def test_the_end_of_the_run_gives_it_up(tmp_path: Path) -> None:
    """And nothing more is begun for it."""
    heard, watch = threading.Event(), Watch()
    watch.interrupt()

    with pytest.raises(EnvironmentFailure, match="the run has ended"):
        follow(silent(heard), tmp_path / "log", watch=watch, patience=60)
    with pytest.raises(EnvironmentFailure, match="the run has ended"):
        watch.refuse_if_interrupted()

    heard.set()
