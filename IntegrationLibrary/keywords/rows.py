"""Keywords that read rows, judge them and wait for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from robot.api.deco import keyword

from IntegrationLibrary.base.errors import CheckFailed, IntegrationError
from IntegrationLibrary.base.text import counted, seconds
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.databases.conditions import Conditions
from IntegrationLibrary.keywords.needs import Databases, column_values, dotted
from IntegrationLibrary.keywords.row_words import counted_rows, instead, there, told, wanted

_TIMEOUT = timedelta(seconds=30)


class RowKeywords:
    """Rows of one table, picked by the values of their columns."""

    def __init__(self, session: Databases) -> None:
        self._session = session

    @keyword(tags=("Database", "Read"))
    def get_row(
        self, table: str, *, values: dict[str, Any] | None = None, database: str | None = None, **columns: Any
    ) -> dict[str, Any]:
        """Returns the one row of a table that has these values.

        Values are compared by PostgreSQL as values of the column's type, so that `3` finds the number 3 and
        `2024-02-29` the date. `${None}` is NULL. For more rows than one, or none, use [Get Rows].

        Args:
            table: Name of the table, with its schema where the search path does not find it.
            values: Dictionary of column values, for columns that are called `table`, `values` or `database`.
            database: Name of the database, when there are several.
            columns: Values by the names of their columns.

        Returns:
            The row as a dictionary from column to value.

        Raises:
            IntegrationError: There is no such row or more than one; the text tells how many and which.

        ```robotframework
        *** Test Cases ***
        Tea Has A Price
            ${tea} =    Get Row    products    sku=TEA-01
            Should Be Equal As Integers    ${tea}[price_cents]    450
        ```
        """
        conditions = self._conditions(table, values, columns, database)
        rows = conditions.rows()
        if len(rows) == 1:
            return dotted(rows[0])
        raise IntegrationError(
            f"Table '{conditions.table.label}' has {len(rows)} such rows, not exactly one.",
            expected=f"one row {wanted(conditions)}",
            seen=told(conditions, rows) if rows else instead(conditions),
        )

    @keyword(tags=("Database", "Read"))
    def get_rows(
        self, table: str, *, values: dict[str, Any] | None = None, database: str | None = None, **columns: Any
    ) -> list[dict[str, Any]]:
        """Returns all rows of a table that have these values, ordered by their primary key.

        Args:
            table: Name of the table, with its schema where the search path does not find it.
            values: Dictionary of column values, for columns that are called `table`, `values` or `database`.
            database: Name of the database, when there are several.
            columns: Values by the names of their columns, compared as in [Get Row].

        Returns:
            A list of dictionaries from column to value; empty when there is no such row.

        Raises:
            IntegrationError: There is no such table or column, or a value that its column cannot have.

        ```robotframework
        *** Test Cases ***
        One Product Is Sold Out
            ${sold_out} =    Get Rows    stock    quantity=0
            Length Should Be    ${sold_out}    1
        ```
        """
        return [dotted(row) for row in self._conditions(table, values, columns, database).rows()]

    @keyword(tags=("Database", "Judgement"))
    def row_should_exist(
        self,
        table: str,
        *,
        values: dict[str, Any] | None = None,
        database: str | None = None,
        message: str | None = None,
        **columns: Any,
    ) -> None:
        """Fails unless a table has at least one row with these values.

        Args:
            table: Name of the table, with its schema where the search path does not find it.
            values: Dictionary of column values, for columns that are called `table`, `values`, `database` or `message`.
            database: Name of the database, when there are several.
            message: First line of the failure instead of the usual one.
            columns: Values by the names of their columns, compared as in [Get Row].

        Raises:
            CheckFailed: There is no such row; the text tells the nearest rows and what differs.

        ```robotframework
        *** Test Cases ***
        An Order Takes Two Packets Of Tea From The Shelf
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4242-4242-4242-4242    lines=${lines}
            POST On Session    shop    /orders    json=${order}
            ${tea} =    Get Row    products    sku=TEA-01
            Row Should Exist    stock    product_id=${tea}[id]    quantity=98
        ```
        """
        conditions = self._conditions(table, values, columns, database)
        if conditions.count():
            return
        raise CheckFailed(
            message or f"Table '{conditions.table.label}' has no such row.",
            expected=f"a row {wanted(conditions)}".rstrip(),
            seen=instead(conditions),
        )

    @keyword(tags=("Database", "Judgement"))
    def row_should_not_exist(
        self,
        table: str,
        *,
        values: dict[str, Any] | None = None,
        database: str | None = None,
        message: str | None = None,
        **columns: Any,
    ) -> None:
        """Fails unless a table has no row with these values.

        Args:
            table: Name of the table, with its schema where the search path does not find it.
            values: Dictionary of column values, for columns that are called `table`, `values`, `database` or `message`.
            database: Name of the database, when there are several.
            message: First line of the failure instead of the usual one.
            columns: Values by the names of their columns, compared as in [Get Row].

        Raises:
            CheckFailed: There is such a row; the text tells which.

        ```robotframework
        *** Test Cases ***
        A Declined Card Leaves No Order
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4000-0000-0000-0002    lines=${lines}
            POST On Session    shop    /orders    json=${order}    expected_status=402
            Row Should Not Exist    orders    customer_id=1
        ```
        """
        conditions = self._conditions(table, values, columns, database)
        rows = conditions.rows()
        if not rows:
            return
        raise CheckFailed(
            message or f"Table '{conditions.table.label}' has {counted(len(rows), 'row')} that should not exist.",
            expected=f"no row {wanted(conditions)}".rstrip(),
            seen=told(conditions, rows),
        )

    @keyword(tags=("Database", "Judgement"))
    def row_count_should_be(
        self,
        table: str,
        count: int,
        *,
        values: dict[str, Any] | None = None,
        database: str | None = None,
        message: str | None = None,
        **columns: Any,
    ) -> None:
        """Fails unless a table has exactly so many rows with these values.

        Without values all rows are counted.

        Args:
            table: Name of the table, with its schema where the search path does not find it.
            count: Number of rows.
            values: Dictionary of column values, for columns that are called like an argument of this keyword.
            database: Name of the database, when there are several.
            message: First line of the failure instead of the usual one.
            columns: Values by the names of their columns, compared as in [Get Row].

        Raises:
            CheckFailed: There are more or fewer; the text tells which rows there are.

        ```robotframework
        *** Test Cases ***
        An Order Has A Row For Each Of Its Products
            Row Count Should Be    products    5
            ${seed} =    Seed Database    resources/seeds/one_paid_order.yaml
            Row Count Should Be    order_lines    1    order_id=${seed}[orders][tea_for_ada][id]
        ```
        """
        conditions = self._conditions(table, values, columns, database)
        seen = conditions.count()
        if seen == count:
            return
        raise CheckFailed(
            message or f"Table '{conditions.table.label}' has {counted(seen, 'row')}, not {count}.",
            expected=f"{count}  {wanted(conditions)}".rstrip(),
            seen=counted_rows(conditions, seen),
        )

    @keyword(tags=("Database", "Judgement"))
    def table_should_be_empty(self, table: str, *, database: str | None = None, message: str | None = None) -> None:
        """Fails unless a table has no rows.

        Args:
            table: Name of the table, with its schema where the search path does not find it.
            database: Name of the database, when there are several.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: It has rows; the text tells which.

        ```robotframework
        *** Test Cases ***
        An Order Without Lines Is Refused
            VAR    &{order}    customer_id=${1}    card=4242-4242-4242-4242    lines=@{EMPTY}
            POST On Session    shop    /orders    json=${order}    expected_status=422
            Table Should Be Empty    orders
        ```
        """
        conditions = self._conditions(table, None, {}, database)
        seen = conditions.count()
        if seen:
            raise CheckFailed(
                message or f"Table '{conditions.table.label}' is not empty.",
                expected="no row",
                seen=counted_rows(conditions, seen),
            )

    @keyword(tags=("Database", "Wait"))
    def wait_until_row_exists(
        self,
        table: str,
        *,
        values: dict[str, Any] | None = None,
        database: str | None = None,
        timeout: timedelta = _TIMEOUT,
        message: str | None = None,
        **columns: Any,
    ) -> dict[str, Any]:
        """Waits until a table has a row with these values.

        To look only once, use [Row Should Exist].

        Args:
            table: Name of the table, with its schema where the search path does not find it.
            values: Dictionary of column values, for columns that are called like an argument of this keyword.
            database: Name of the database, when there are several.
            timeout: How long to keep looking.
            message: First line of the failure instead of the usual one.
            columns: Values by the names of their columns, compared as in [Get Row].

        Returns:
            The row as a dictionary; the first by primary key when there are several.

        Raises:
            CheckFailed: There was no such row in time; the text tells the nearest rows.

        ```robotframework
        *** Test Cases ***
        A Paid Order Is Shipped A Moment Later
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4242-4242-4242-4242    lines=${lines}
            POST On Session    shop    /orders    json=${order}
            ${id} =    Get Response Field    $.id
            ${shipped} =    Wait Until Row Exists    orders    id=${id}    status=shipped    timeout=10s
            Should Not Be Equal    ${shipped}[shipped_at]    ${None}
        ```
        """
        conditions = self._conditions(table, values, columns, database)
        rows: list[dict[str, Any]] = []

        def look() -> Answer:
            rows[:] = conditions.rows()
            return Answer.ready() if rows else Answer.not_yet("no such row")

        waited = wait_until(look, timeout=timeout.total_seconds())
        if waited.is_ready:
            return dotted(rows[0])
        within = seconds(timeout.total_seconds())
        raise CheckFailed(
            message or f"Table '{conditions.table.label}' had no such row within {within}.",
            expected=f"a row {wanted(conditions)}".rstrip(),
            seen=f"{waited.seen()}\n{instead(conditions)}",
        )

    @keyword(tags=("Database", "Wait"))
    def wait_until_row_count_is(
        self,
        table: str,
        count: int,
        *,
        values: dict[str, Any] | None = None,
        database: str | None = None,
        timeout: timedelta = _TIMEOUT,
        message: str | None = None,
        **columns: Any,
    ) -> float:
        """Waits until a table has exactly so many rows with these values.

        To count only once, use [Row Count Should Be].

        Args:
            table: Name of the table, with its schema where the search path does not find it.
            count: Number of rows.
            values: Dictionary of column values, for columns that are called like an argument of this keyword.
            database: Name of the database, when there are several.
            timeout: How long to keep counting.
            message: First line of the failure instead of the usual one.
            columns: Values by the names of their columns, compared as in [Get Row].

        Returns:
            Seconds waited.

        Raises:
            CheckFailed: There were never so many in time; the text tells the counts over time and which rows there are.

        ```robotframework
        *** Test Cases ***
        All Orders Are Shipped In The End
            Seed Database    resources/seeds/one_paid_order.yaml
            Wait Until Row Count Is    orders    0    status=paid    timeout=10s
        ```
        """
        conditions = self._conditions(table, values, columns, database)

        def look() -> Answer:
            seen = conditions.count()
            return Answer.ready() if seen == count else Answer.not_yet(counted(seen, "row"))

        waited = wait_until(look, timeout=timeout.total_seconds())
        if waited.is_ready:
            return waited.elapsed
        within = seconds(timeout.total_seconds())
        raise CheckFailed(
            message or f"Table '{conditions.table.label}' did not have {counted(count, 'row')} within {within}.",
            expected=f"{count}  {wanted(conditions)}".rstrip(),
            seen=f"{waited.seen()}\n{there(conditions, conditions.count())}".rstrip(),
        )

    def _conditions(
        self, table: str, values: Mapping[str, Any] | None, columns: Mapping[str, Any], database: str | None
    ) -> Conditions:
        opened = self._session.database(database)
        return Conditions(opened.database, opened.catalog.table(table), column_values(values, columns))
