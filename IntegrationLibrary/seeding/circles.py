"""Rows that refer to each other in a circle, and the ways into one."""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Mapping, Sequence

from IntegrationLibrary.base.errors import ConfigurationError
from IntegrationLibrary.databases.catalog import Table
from IntegrationLibrary.seeding.graph import links_of
from IntegrationLibrary.seeding.needs import Need, Step, TableRow

Links = Mapping[tuple[Step, Step], list[Need]]


class _Way(enum.IntEnum):
    """How a row can be stored before the one it needs; the first is the least to do."""

    DEFER = enum.auto()
    """Its foreign key is deferrable."""
    DRAW = enum.auto()
    """The value that it refers to is drawn beforehand."""
    LATE = enum.auto()
    """The column is NULL at first and filled in at the end."""


class Circles:
    """The circles of a seed, and what must be done so that they can be entered."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self.deferred = False
        """Whether deferrable constraints must wait until the end."""
        self.drawn: dict[tuple[TableRow, str], None] = {}
        """Columns whose values are drawn before the first row is stored."""
        self.late: dict[TableRow, set[str]] = defaultdict(set)
        """Columns that are NULL at first."""

    def enter(self, cycle: list[Step]) -> tuple[Step, Step]:
        """Return the link of the cycle where it is entered.

        Raises:
            ConfigurationError: There is none.

        """
        ways = {link: [_way_around(need, link[0]) for need in self._links[link]] for link in links_of(cycle)}
        possible = {link: max(each for each in found if each) for link, found in ways.items() if None not in found}
        if not possible:
            raise self._closed(cycle)
        link = min(possible, key=lambda each: possible[each])
        for need, way in zip(self._links[link], ways[link], strict=True):
            self._note(need, way)
        return link

    def _note(self, need: Need, way: _Way | None) -> None:
        if way is _Way.LATE:
            self.late[need.source] |= nullable(need.source.table, need.columns)
            return
        self.deferred |= need.is_deferrable
        if way is _Way.DRAW and need.target_column is not None:
            self.drawn[need.target, need.target_column] = None

    def _closed(self, cycle: list[Step]) -> ConfigurationError:
        needs = [self._links[link][0] for link in links_of(cycle)]
        stations = [f"{need.source} ({', '.join(need.columns)})" for need in needs]
        return ConfigurationError(
            "Rows of a seed refer to each other in a circle that cannot be entered.",
            place=needs[0].source.row.place,
            expected="a column in the circle that may be NULL, or a foreign key that is DEFERRABLE",
            seen=" -> ".join([*stations, str(needs[0].source)]),
        )


def nullable(table: Table, columns: Sequence[str]) -> set[str]:
    """Return those of the columns that may be NULL."""
    return {column for column in columns if not table.column(column).not_null}


def _way_around(need: Need, step: Step) -> _Way | None:
    if need.target_column is None and need.is_deferrable:
        return _Way.DEFER
    if need.target_column is not None and _can_be_drawn(need, need.target_column):
        return _Way.DRAW
    can_be_late = len(step.rows) == 1 and step.table.key and nullable(step.table, need.columns)
    return _Way.LATE if can_be_late else None


def _can_be_drawn(need: Need, target_column: str) -> bool:
    if need.foreign_key is not None and not need.is_deferrable and need.source is not need.target:
        return False
    if target_column in need.target.row.values:
        return need.target.gives(target_column)
    column = need.target.table.column(target_column)
    return (column.default or column.identity) and not column.generated
