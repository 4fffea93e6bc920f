"""Keywords that read and judge what changed in a database since the test began."""

from __future__ import annotations

from typing import Any

from robot.api.deco import keyword

from IntegrationLibrary.base.errors import CheckFailed
from IntegrationLibrary.base.text import counted, listed
from IntegrationLibrary.checks.changes import change_differences
from IntegrationLibrary.checks.differences import Difference
from IntegrationLibrary.checks.words import shown_at
from IntegrationLibrary.isolation.strategy import RowChange
from IntegrationLibrary.opened import OpenDatabase
from IntegrationLibrary.session import Session

_SHOWN_COLUMNS = 5
_SAID = {"added": "added to", "changed": "changed in", "removed": "removed from"}


class ChangeKeywords:
    """The whole database, compared with the beginning of the test."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @keyword(tags=("Database", "Read"))
    def get_database_changes(self, *, database: str | None = None) -> list[dict[str, Any]]:
        """Returns every row that was added, changed or removed since the test began.

        Rows that were written and put back as they were are not among them.

        Args:
            database: Name of the database, when there are several.

        Returns:
            A list of dictionaries with `table`, `kind` (`added`, `changed` or `removed`), `old` and `new`; the last
            two are dictionaries of column values or `None`.

        Raises:
            IntegrationError: The isolation of the database keeps no record of changes.

        ```robotframework
        *** Test Cases ***
        An Order Takes Two Packets Of Tea From The Shelf
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4242-4242-4242-4242    lines=${lines}
            POST On Session    shop    /orders    json=${order}
            ${changes} =    Get Database Changes
            VAR    ${stock}    ${{ [each for each in $changes if each["table"] == "stock"] }}
            Length Should Be    ${stock}    1
            Should Be Equal As Integers    ${stock}[0][old][quantity]    100
            Should Be Equal As Integers    ${stock}[0][new][quantity]    98
        ```
        """
        opened = self._session.database(database)
        return [
            {"table": change.table, "kind": change.kind, "old": change.old, "new": change.new}
            for change in opened.changes(self._beginning(opened))
        ]

    @keyword(tags=("Database", "Judgement"))
    def database_changes_should_be(
        self, *, database: str | None = None, message: str | None = None, **tables: str
    ) -> None:
        """Fails unless exactly these rows changed since the test began, and nothing else in the whole database.

        A table that is not named must be unchanged, and so must the schema.

        Args:
            database: Name of the database, when there are several.
            message: First line of the failure instead of the usual one.
            tables: For each table what happened to its rows: `+1` added, `~1` changed, `-1` removed, several with a
                blank between them such as `+1 ~2`, `0` for none, or `any`.

        Raises:
            CheckFailed: Something else changed; the text tells every difference and the rows.
            IntegrationError: There is no such table, or the words do not say how it changes.

        ```robotframework
        *** Test Cases ***
        An Order Changes These Tables And Nothing Else
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4242-4242-4242-4242    lines=${lines}
            POST On Session    shop    /orders    json=${order}
            Database Changes Should Be    orders=+1    order_lines=+1    payments=+1    stock_movements=+1    stock=~1
        ```
        """
        opened = self._session.database(database)
        beginning = self._beginning(opened)
        wanted = {opened.catalog.table(name).label: words for name, words in tables.items()}
        differences = change_differences(wanted, opened.isolation.counts(beginning))
        if schema := opened.isolation.schema_changes(beginning):
            differences.append(Difference("the schema", "unchanged", f"changed by {listed(schema)}"))
        if not differences:
            return
        raise CheckFailed(
            message or f"Database '{opened.name}' changed otherwise than expected.",
            expected=listed((f"{each.path} {each.expected}" for each in differences), separator="; "),
            seen=listed((f"{each.path} {each.seen}" for each in differences), separator="; ")
            + _rows(opened, {each.path for each in differences}, beginning),
        )

    @keyword(tags=("Database", "Judgement"))
    def database_should_be_unchanged(self, *, database: str | None = None, message: str | None = None) -> None:
        """Fails unless every row of the database is as it was when the test began.

        Args:
            database: Name of the database, when there are several.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: Something changed; the text tells which rows.

        ```robotframework
        *** Test Cases ***
        A Declined Card Writes Nothing
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4000-0000-0000-0002    lines=${lines}
            POST On Session    shop    /orders    json=${order}    expected_status=402
            Database Should Be Unchanged
        ```
        """
        self.database_changes_should_be(database=database, message=message)

    def _beginning(self, opened: OpenDatabase) -> Any:
        return self._session.beginning().checkpoints[opened.name]


def _rows(opened: OpenDatabase, tables: set[str], beginning: Any) -> str:
    changes = [change for change in opened.changes(beginning) if change.table in tables]
    if not changes:
        return ""
    lines = [f"{_SAID[change.kind]} {change.table}: {_told(change, opened.key(change.table))}" for change in changes]
    return f"\n{counted(len(changes), 'row')}:\n" + listed(lines, separator="\n")


def _told(change: RowChange, key: tuple[str, ...]) -> str:
    old, new = change.old, change.new
    if old is None or new is None:
        row = new or old or {}
        return listed((f"{name} {shown_at((name,), value)}" for name, value in row.items()), limit=_SHOWN_COLUMNS)
    moved = [name for name in new if old.get(name) != new[name]]
    label = listed(f"{name} {shown_at((name,), new[name])}" for name in key)
    return f"{label}: " * bool(key) + listed((_moved(name, old, new) for name in moved), limit=_SHOWN_COLUMNS)


def _moved(name: str, old: dict[str, Any], new: dict[str, Any]) -> str:
    before, after = shown_at((name,), old.get(name)), shown_at((name,), new[name])
    return f"{name} {before} -> {after}" if before != after else f"{name} has another value; it is a secret"
