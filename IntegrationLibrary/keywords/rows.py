"""Keywords that read, judge and wait for rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from robot.api.deco import keyword

from IntegrationLibrary.base.errors import CheckFailed, IntegrationError
from IntegrationLibrary.base.text import counted, listed, seconds
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.databases.postgres import identifier, sql
from IntegrationLibrary.session import OpenDatabase, Session

_TIMEOUT = timedelta(seconds=10)
_NEAR_ROWS = 5


class RowKeywords:
    """Rows of a worker's own database, chosen by the values of their columns."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @keyword(tags=("Database", "Read"))
    def get_row(self, table: str, *, database: str | None = None, **columns: Any) -> dict[str, Any]:
        """Returns the one row that has these values.

        Args:
            table: Name of the table, with its schema where the search path does not find it.
            database: Name of the database, when there are several.
            columns: Values that its columns have; `${None}` for NULL.

        Returns:
            A dictionary from column name to value.

        Raises:
            CheckFailed: There is no such row, or more than one.

        ```robotframework
        *** Test Cases ***
        Tea Has A Price
            ${tea} =    Get Row    products    sku=TEA-01
            Should Be Equal As Integers    ${tea}[price_cents]    450
        ```
        """
        opened = self._session.database(database)
        rows = _find(opened, table, columns)
        if len(rows) == 1:
            return rows[0]
        raise CheckFailed(
            f"Table '{table}' has {counted(len(rows), 'row')} with {_said(columns)}, not 1.",
            expected="1 row",
            seen=_shown(rows) or _near(opened, table),
        )

    @keyword(tags=("Database", "Read"))
    def get_rows(self, table: str, *, database: str | None = None, **columns: Any) -> list[dict[str, Any]]:
        """Returns all rows that have these values, in the order of their primary key.

        Args:
            table: Name of the table, with its schema where the search path does not find it.
            database: Name of the database, when there are several.
            columns: Values that their columns have; `${None}` for NULL; without any, all rows.

        Returns:
            A list of dictionaries.

        Raises:
            IntegrationError: There is no such table or column.

        ```robotframework
        *** Test Cases ***
        There Are Three Customers
            ${customers} =    Get Rows    customers
            Length Should Be    ${customers}    3
        ```
        """
        return _find(self._session.database(database), table, columns)

    @keyword(tags=("Database", "Judgement"))
    def row_should_exist(
        self, table: str, *, database: str | None = None, message: str | None = None, **columns: Any
    ) -> None:
        """Fails unless at least one row has these values.

        Args:
            table: Name of the table.
            database: Name of the database, when there are several.
            message: First line of the failure instead of the usual one.
            columns: Values that its columns have; `${None}` for NULL.

        Raises:
            CheckFailed: There is no such row; the text shows rows that there are.

        ```robotframework
        *** Test Cases ***
        Ada Is A Customer
            Row Should Exist    customers    name=Ada Lovelace
        ```
        """
        opened = self._session.database(database)
        if not _find(opened, table, columns):
            raise CheckFailed(
                message or f"Table '{table}' has no row with {_said(columns)}.",
                expected=f"a row with {_said(columns)}",
                seen=_near(opened, table),
            )

    @keyword(tags=("Database", "Judgement"))
    def row_should_not_exist(
        self, table: str, *, database: str | None = None, message: str | None = None, **columns: Any
    ) -> None:
        """Fails if any row has these values.

        Args:
            table: Name of the table.
            database: Name of the database, when there are several.
            message: First line of the failure instead of the usual one.
            columns: Values that its columns have; `${None}` for NULL.

        Raises:
            CheckFailed: There is such a row; the text shows it.

        ```robotframework
        *** Test Cases ***
        Nobody Is Called Nobody
            Row Should Not Exist    customers    name=Nobody
        ```
        """
        rows = _find(self._session.database(database), table, columns)
        if rows:
            raise CheckFailed(
                message or f"Table '{table}' has {counted(len(rows), 'row')} with {_said(columns)}.",
                expected="none",
                seen=_shown(rows),
            )

    @keyword(tags=("Database", "Judgement"))
    def row_count_should_be(
        self, table: str, count: int, *, database: str | None = None, message: str | None = None, **columns: Any
    ) -> None:
        """Fails unless so many rows have these values.

        Args:
            table: Name of the table.
            count: How many.
            database: Name of the database, when there are several.
            message: First line of the failure instead of the usual one.
            columns: Values that their columns have; without any, all rows are counted.

        Raises:
            CheckFailed: There are more or less; the text shows them.

        ```robotframework
        *** Test Cases ***
        There Are Five Products
            Row Count Should Be    products    5
        ```
        """
        rows = _find(self._session.database(database), table, columns)
        if len(rows) != count:
            raise CheckFailed(
                message or f"Table '{table}' has {counted(len(rows), 'row')}, not {count}.",
                expected=f"{count}" + (f"  with {_said(columns)}" if columns else ""),
                seen=f"{len(rows)}   {_shown(rows)}".strip(),
            )

    @keyword(tags=("Database", "Judgement"))
    def table_should_be_empty(self, table: str, *, database: str | None = None, message: str | None = None) -> None:
        """Fails if a table has any row.

        Args:
            table: Name of the table.
            database: Name of the database, when there are several.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: It has; the text shows the first ones.

        ```robotframework
        *** Test Cases ***
        Nothing Was Ordered Yet
            Table Should Be Empty    orders
        ```
        """
        self.row_count_should_be(table, 0, database=database, message=message)

    @keyword(tags=("Database", "Wait"))
    def wait_until_row_exists(
        self,
        table: str,
        *,
        timeout: timedelta = _TIMEOUT,
        database: str | None = None,
        message: str | None = None,
        **columns: Any,
    ) -> dict[str, Any]:
        """Waits until a row has these values.

        Args:
            table: Name of the table.
            timeout: How long to keep looking.
            database: Name of the database, when there are several.
            message: First line of the failure instead of the usual one.
            columns: Values that its columns have; `${None}` for NULL.

        Returns:
            The first such row as a dictionary.

        Raises:
            CheckFailed: There was none until the end; the text shows rows that there are.

        ```robotframework
        *** Test Cases ***
        Ada Is There
            Wait Until Row Exists    customers    name=Ada Lovelace    timeout=2s
        ```
        """
        opened = self._session.database(database)
        found: list[dict[str, Any]] = []

        def look() -> Answer:
            found[:] = _find(opened, table, columns)
            return Answer.ready() if found else Answer.not_yet("no such row")

        waited = wait_until(look, timeout=timeout.total_seconds())
        if not waited.is_ready:
            raise CheckFailed(
                message or f"Table '{table}' had no row with {_said(columns)} within {seconds(waited.elapsed)}.",
                expected=f"a row with {_said(columns)}",
                seen=_near(opened, table),
            )
        return found[0]

    @keyword(tags=("Database", "Wait"))
    def wait_until_row_count_is(
        self,
        table: str,
        count: int,
        *,
        timeout: timedelta = _TIMEOUT,
        database: str | None = None,
        message: str | None = None,
        **columns: Any,
    ) -> None:
        """Waits until so many rows have these values.

        Args:
            table: Name of the table.
            count: How many.
            timeout: How long to keep counting.
            database: Name of the database, when there are several.
            message: First line of the failure instead of the usual one.
            columns: Values that their columns have; without any, all rows are counted.

        Raises:
            CheckFailed: There were more or less until the end; the text tells the counts over time.

        ```robotframework
        *** Test Cases ***
        Three Customers Are There
            Wait Until Row Count Is    customers    3    timeout=2s
        ```
        """
        opened = self._session.database(database)

        def look() -> Answer:
            rows = _find(opened, table, columns)
            return Answer.ready() if len(rows) == count else Answer.not_yet(counted(len(rows), "row"))

        waited = wait_until(look, timeout=timeout.total_seconds())
        if not waited.is_ready:
            raise CheckFailed(
                message or f"Table '{table}' did not have {counted(count, 'row')} within {seconds(waited.elapsed)}.",
                expected=f"{count}" + (f"  with {_said(columns)}" if columns else ""),
                seen=waited.seen(),
            )


def _find(opened: OpenDatabase, table: str, columns: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows; texts are read by PostgreSQL as the columns' types, so that `3` is found as 3."""
    found = opened.catalog.table(table)
    conditions, values = [sql("true")], []
    for name, value in columns.items():
        column = found.column(name)
        if value is None:
            conditions.append(sql("{} IS NULL", identifier(name)))
        else:
            conditions.append(sql("{}::text = (%s::text)::{}::text", identifier(name), sql(column.type)))
            values.append(str(value))
    order = sql(" ORDER BY {}", _joined(", ", [identifier(name) for name in found.key])) if found.key else sql("")
    return opened.database.rows(
        sql("SELECT * FROM {} WHERE {}{}", found.identifier, _joined(" AND ", conditions), order), values
    )


def _joined(separator: str, parts: list[Any]) -> Any:
    whole = parts[0]
    for part in parts[1:]:
        whole = sql("{}" + separator + "{}", whole, part)
    return whole


def _said(columns: dict[str, Any]) -> str:
    if not columns:
        raise IntegrationError("No column is named.", expected="such as id=7 or status=paid")
    return listed(f"{name} {'NULL' if value is None else repr(str(value))}" for name, value in columns.items())


def _shown(rows: list[dict[str, Any]]) -> str:
    return listed((_line(row) for row in rows), separator="\n")


def _line(row: dict[str, Any]) -> str:
    return listed((f"{name} {'NULL' if value is None else repr(str(value))}" for name, value in row.items()), limit=6)


def _near(opened: OpenDatabase, table: str) -> str:
    rows = _find(opened, table, {})
    if not rows:
        return "the table is empty"
    return f"{counted(len(rows), 'row')} in the table:\n{_shown(rows[:_NEAR_ROWS])}"
