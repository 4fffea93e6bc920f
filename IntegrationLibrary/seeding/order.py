"""The order in which rows can be stored, whatever their order in the files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from IntegrationLibrary.seeding.circles import Circles, nullable
from IntegrationLibrary.seeding.graph import Graph, cut_cycles, in_order, is_in_cycle, links_of
from IntegrationLibrary.seeding.keys import ForeignKey
from IntegrationLibrary.seeding.needs import Need, Step, TableRow, needs
from IntegrationLibrary.seeding.references import find_references

BATCH = 200
"""From so many rows of one table on, alike and without names and references, they go in with one COPY."""


@dataclass(frozen=True)
class Order:
    """The steps in order, and the circles among them."""

    steps: list[Step]
    circles: Circles


def storage_order(rows: Sequence[TableRow], foreign_keys: Sequence[ForeignKey]) -> Order:
    """Return the order in which the rows can be stored.

    Tables come before those that refer to them, and rows before those that refer to them. A circle of rows is entered
    through a deferrable foreign key, through a key that is drawn beforehand, or through a column that is NULL at first.

    Raises:
        ConfigurationError: A circle can be entered nowhere; its rows are in the text.

    """
    steps = _steps(rows, foreign_keys)
    links = _links(steps, needs(rows, foreign_keys))
    graph: Graph[Step] = {step: set() for step in steps}
    for step, before in links:
        graph[step].add(before)
    circles = Circles(links)
    cut_cycles(graph, circles.enter)
    return Order(list(in_order(graph, lambda step: step.index)), circles)


def _links(steps: Sequence[Step], needed: Iterable[Need]) -> dict[tuple[Step, Step], list[Need]]:
    step_of = {row: step for step in steps for row in step.rows}
    links: dict[tuple[Step, Step], list[Need]] = defaultdict(list)
    for need in needed:
        step, before = step_of[need.source], step_of[need.target]
        if step is not before or need.target_column:  # rows of one statement may point at each other by value
            links[step, before].append(need)
    return links


def _steps(rows: Sequence[TableRow], foreign_keys: Sequence[ForeignKey]) -> list[Step]:
    graph = _table_graph(rows, foreign_keys)
    entangled = {oid for oid in graph if is_in_cycle(graph, oid)}
    positions = _table_positions(graph, rows, foreign_keys)
    groups: dict[object, list[tuple[int, TableRow]]] = defaultdict(list)
    for number, row in enumerate(rows):
        is_alone = row.table.oid in entangled or not _is_plain(row)
        groups[number if is_alone else (row.table.oid, frozenset(row.row.values))].append((number, row))
    steps = []
    for group in groups.values():
        position = positions[group[0][1].table.oid]
        if len(group) >= BATCH:
            steps.append(Step(tuple(row for _, row in group), (position, group[0][0])))
        else:
            steps += [Step((row,), (position, number)) for number, row in group]
    return steps


def _is_plain(row: TableRow) -> bool:
    has_references = any(next(find_references(value), None) for value in row.row.values.values())
    return row.row.name is None and bool(row.row.values) and not has_references


def _table_graph(rows: Sequence[TableRow], foreign_keys: Sequence[ForeignKey]) -> Graph[int]:
    graph: Graph[int] = {row.table.oid: set() for row in rows}
    for each in foreign_keys:
        if each.target in graph and each.target != each.table:
            graph[each.table].add(each.target)
    return graph


def _table_positions(
    graph: Graph[int], rows: Sequence[TableRow], foreign_keys: Sequence[ForeignKey]
) -> Mapping[int, int]:
    tables = {row.table.oid: row.table for row in rows}

    def is_loose(link: tuple[int, int]) -> bool:
        between = [each for each in foreign_keys if (each.table, each.target) == link]
        return all(each.deferrable or nullable(tables[each.table], each.columns) for each in between)

    def loosest(cycle: list[int]) -> tuple[int, int]:
        links = links_of(cycle)
        return next((link for link in links if is_loose(link)), links[0])

    cut_cycles(graph, loosest)
    first = {oid: position for position, oid in enumerate(tables)}
    return {oid: position for position, oid in enumerate(in_order(graph, lambda oid: (first[oid], 0)))}
