"""Graphs of what must come before what: cycles cut, the rest put in order."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TypeVar

N = TypeVar("N")

Graph = dict[N, set[N]]
"""Each node with those that must come before it."""


def cut_cycles(graph: Graph[N], choose: Callable[[list[N]], tuple[N, N]]) -> None:
    """Take links out of the graph until it has no cycle.

    *choose* is told each cycle, from a node along its links back to itself, and returns the link to take out.
    """
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            node, before = choose(list(reversed(error.args[1])))
            graph[node].discard(before)
        else:
            return


def links_of(cycle: Sequence[N]) -> list[tuple[N, N]]:
    """Return the links of a cycle."""
    return list(pairwise(cycle))


def in_order(graph: Graph[N], index: Callable[[N], tuple[int, int]]) -> Iterator[N]:
    """Yield the nodes, each after those that must come before it, and by *index* where there is a choice."""
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    ready: list[tuple[tuple[int, int], N]] = []
    while sorter.is_active():
        for node in sorter.get_ready():
            heapq.heappush(ready, (index(node), node))
        _, node = heapq.heappop(ready)
        yield node
        sorter.done(node)


def is_in_cycle(graph: Graph[N], node: N) -> bool:
    """Return whether a way along the links leads from the node back to it."""
    found: set[N] = set()
    ahead = list(graph[node])
    while ahead:
        each = ahead.pop()
        if each not in found:
            found.add(each)
            ahead += graph[each]
    return node in found
