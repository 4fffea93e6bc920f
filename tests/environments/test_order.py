"""Services start as soon as what they depend on is ready."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from IntegrationLibrary.environments.model import Environment, ServiceEntry
from IntegrationLibrary.environments.order import find_cycles, run_in_order, start_order
from IntegrationLibrary.services.service import Scope

_PATIENCE = 10


class Starts:
    """Remembers what began and what was done, from any thread."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self._lock = threading.Lock()

    def begin(self, name: str) -> None:
        with self._lock:
            self.events.append(f"begin {name}")

    def start(self, name: str) -> None:
        self.begin(name)
        with self._lock:
            self.events.append(f"done {name}")


def _entry(name: str, scope: Scope, *depends_on: str) -> ServiceEntry:
    return ServiceEntry(name, "process", scope, depends_on=depends_on, raw={}, fields={}, place="shop.yaml:1")


@given(st.integers(1, 8), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_every_name_starts_once_and_after_those_it_depends_on(workers: int, pairs: list[tuple[int, int]]) -> None:
    """Whatever the graph and the number of threads, nothing begins before what it depends on is done."""
    graph = {str(number): [str(low) for low, high in pairs if high == number and low < high] for number in range(10)}
    starts = Starts()

    run_in_order(graph, starts.start, workers=workers)

    assert len(starts.events) == 20
    for name, others in graph.items():
        begun = starts.events.index(f"begin {name}")
        assert all(starts.events.index(f"done {other}") < begun for other in others)


def test_nothing_to_start_is_fine() -> None:
    """An environment without services of a scope starts nothing."""
    starts = Starts()

    run_in_order({}, starts.start, workers=1)

    assert starts.events == []


def test_names_that_do_not_depend_on_each_other_start_at_the_same_time() -> None:
    """Two starts that wait for each other both come to an end."""
    meeting = threading.Barrier(2)

    run_in_order({"postgres": [], "payments": []}, lambda _: _meet(meeting), workers=2)

    assert not meeting.broken


def test_a_name_does_not_wait_for_others_than_those_it_depends_on() -> None:
    """A service starts although an unrelated one is still starting."""
    shop_began = threading.Event()

    def start(name: str) -> None:
        if name == "slow":
            assert shop_began.wait(_PATIENCE)
        if name == "shop":
            shop_began.set()

    run_in_order({"slow": [], "postgres": [], "shop": ["postgres"]}, start, workers=2)

    assert shop_began.is_set()


def test_after_a_failure_nothing_more_starts_and_it_is_raised() -> None:
    """What depends on the one that failed is not started, and neither is what waited for a free thread."""
    starts = Starts()

    def start(name: str) -> None:
        starts.begin(name)
        if name == "postgres":
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        run_in_order({"postgres": [], "shop": ["postgres"], "web": ["shop"]}, start, workers=1)

    assert starts.events == ["begin postgres"]


def test_a_failure_waits_for_the_starts_under_way() -> None:
    """When the failure is raised no start is left running, so that everything can be stopped."""
    failed, done = threading.Event(), threading.Event()

    def start(name: str) -> None:
        if name == "postgres":
            failed.set()
            raise OSError("no space left")
        assert failed.wait(_PATIENCE)
        done.set()

    with pytest.raises(OSError, match="no space left"):
        run_in_order({"slow": [], "postgres": []}, start, workers=2)

    assert done.is_set()


def test_further_failures_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The first failure is raised; that a start under way failed too stands in the log."""
    both_began = threading.Barrier(2)

    def start(name: str) -> None:
        both_began.wait(_PATIENCE)
        raise OSError(f"no space left for {name}")

    with caplog.at_level(logging.ERROR), pytest.raises(OSError, match="no space left"):
        run_in_order({"payments": [], "postgres": []}, start, workers=2)

    assert len(caplog.messages) == 1
    assert "could not be started either: no space left for" in caplog.messages[0]


def test_what_waits_for_a_thread_is_not_started_after_a_failure() -> None:
    """Starts that were ready but had no thread yet are given up."""
    starts = Starts()

    def start(name: str) -> None:
        starts.begin(name)
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        run_in_order({"postgres": [], "payments": [], "mail": []}, start, workers=1)

    assert starts.events == ["begin postgres"]


def test_the_start_order_of_a_scope_leaves_out_the_other_scope() -> None:
    """Services of scope `run` are up before those of scope `worker` start, so only dependencies within count."""
    services = [_entry("postgres", "run"), _entry("shop", "worker", "postgres"), _entry("web", "worker", "shop")]
    environment = Environment("shop", Path("shop.yaml"), {each.name: each for each in services})

    assert start_order(environment, "run") == {"postgres": []}
    assert start_order(environment, "worker") == {"shop": [], "web": ["shop"]}


@pytest.mark.parametrize(
    ("dependencies", "cycles"),
    [
        ({"a": [], "b": ["a"]}, []),
        ({"a": ["a"]}, [["a", "a"]]),
        ({"a": ["b"], "b": ["a"]}, [["a", "b", "a"]]),
        ({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}, [["a", "b", "c", "a"]]),
        ({"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c"]}, [["a", "b", "a"], ["c", "d", "c"]]),
    ],
)
def test_cycles_are_found(dependencies: dict[str, list[str]], cycles: list[list[str]]) -> None:
    """Each cycle is told once, along its dependencies."""
    assert find_cycles(dependencies) == cycles


def _meet(meeting: threading.Barrier) -> None:
    meeting.wait(_PATIENCE)
