"""The order in which services start and stop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import CycleError, TopologicalSorter

from IntegrationLibrary.environments.model import Environment
from IntegrationLibrary.services.service import Scope

_log = logging.getLogger(__name__)


def start_order(environment: Environment, scope: Scope) -> dict[str, list[str]]:
    """Return the services of *scope*, each with those of the same scope that must be ready before it starts.

    Services of scope `run` are all ready before the first of scope `worker` starts, so nothing is said across scopes.
    """
    entries = {name: entry for name, entry in environment.services.items() if entry.scope == scope}
    return {name: [other for other in entry.depends_on if other in entries] for name, entry in entries.items()}


def ordered(dependencies: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the names so that each comes after those it depends on, else in the order given."""
    return list(TopologicalSorter(dependencies).static_order())


def run_in_order(dependencies: Mapping[str, Iterable[str]], start: Callable[[str], None], *, workers: int) -> None:
    """Call `start(name)` in threads, for each name as soon as it has returned for all names it depends on.

    After a first failure nothing more is started; those under way are waited for, then the first error is raised and
    the others are logged.

    Args:
        dependencies: The names, each with those it depends on; without cycles.
        start: Returns when the service is ready.
        workers: How many may start at the same time.

    """
    sorter = TopologicalSorter(dependencies)
    sorter.prepare()
    starts = _Starts(start)
    under_way: dict[Future[None], str] = {}
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="start") as pool:
        while sorter.is_active() and not starts.failures:
            under_way.update((pool.submit(starts.begin, name), name) for name in sorter.get_ready())
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                sorter.done(under_way.pop(future))
    starts.raise_first()


def find_cycles(dependencies: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return every cycle as the names along it, from one that depends on the next back to itself."""
    graph = {name: list(others) for name, others in dependencies.items()}
    cycles = []
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            cycle = list(reversed(error.args[1]))
            cycles.append(cycle)
            graph[cycle[0]].remove(cycle[1])
        else:
            return cycles


class _Starts:
    """Starts until one fails; called from many threads."""

    def __init__(self, start: Callable[[str], None]) -> None:
        self._start = start
        self.failures: list[tuple[str, BaseException]] = []

    def begin(self, name: str) -> None:
        if self.failures:
            return
        try:
            self._start(name)
        except BaseException as error:  # noqa: BLE001 raised again in the thread that waits for all of them
            self.failures.append((name, error))

    def raise_first(self) -> None:
        for name, error in self.failures[1:]:
            _log.error("Service '%s' could not be started either: %s", name, error)
        if self.failures:
            raise self.failures[0][1]
