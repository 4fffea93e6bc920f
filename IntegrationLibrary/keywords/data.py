"""Keywords that put rows into a database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from robot.api.deco import keyword

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.keywords.files import found
from IntegrationLibrary.keywords.needs import Databases, column_values, dotted


class DataKeywords:
    """Rows that a test needs before it begins."""

    def __init__(self, session: Databases) -> None:
        self._session = session

    @keyword(tags=("Database", "Action"))
    def seed_database(self, *files: Path, database: str | None = None) -> dict[str, Any]:
        """Puts the rows of seed files into a database: all of them, or none when one is refused.

        The rows may stand in any order: each goes in after those that it refers to. A seed is one of these:

        - `.yaml` or `.json`: tables with lists of rows, or with rows under names. `${customers.ada.id}` is the column
          `id` of the row `ada` of `customers` as it is stored, its key filled in; also when `ada` is in another file,
          or in the seeds of the environment file. `$${` is a plain `${`. Dictionaries and lists go into JSON columns,
          lists into array columns, `null` is NULL, and a column that is not given takes its default.
        - `.csv`: named after its table, with a first line of column names. An empty value is NULL, `""` an empty text.
        - `.sql`: run as it is, where it stands among the files.
        - A folder: its files in the order of their names.

        To add one row from the test itself, use [Add Row].

        Args:
            files: Paths of seeds, relative to the suite's folder or to where the run was started.
            database: Name of the database, when there are several.

        Returns:
            The named rows as they are stored, by table and name: `${seed}[customers][ada][id]`.

        Raises:
            ConfigurationError: A seed is wrong, or PostgreSQL refuses a row; file, line and PostgreSQL's words are in
                the text.

        ```robotframework
        *** Test Cases ***
        Ada's Order Is Told
            ${seed} =    Seed Database    resources/seeds/one_paid_order.yaml
            VAR    ${id}    ${seed}[orders][tea_for_ada][id]
            GET On Session    shop    /orders/${id}
            Response Field Should Be    $.total_cents    900
            Row Should Exist    order_lines    order_id=${id}    quantity=2
        ```
        """
        from IntegrationLibrary.seeding.load import load_seed

        if not files:
            raise IntegrationError("There is nothing to seed.", expected="at least one file")
        opened = self._session.database(database)
        loaded = load_seed(opened.database, opened.catalog, [found(file) for file in files], guard=opened.guard)
        tables = {
            table: dotted({name: dotted(row) for name, row in rows.items()}) for table, rows in loaded.named.items()
        }
        return dotted(tables)

    @keyword(tags=("Database", "Action"))
    def add_row(
        self, table: str, *, values: dict[str, Any] | None = None, database: str | None = None, **columns: Any
    ) -> dict[str, Any]:
        """Adds one row to a table, and returns it as it is stored.

        Every column that is not given takes its default. `${None}` is NULL; dictionaries and lists go into JSON
        columns, lists into array columns.

        Args:
            table: Name of the table, with its schema where the search path does not find it.
            values: Dictionary of column values, for columns that are called `table`, `values` or `database`.
            database: Name of the database, when there are several.
            columns: Values by the names of their columns.

        Returns:
            The whole row as a dictionary, with its key and defaults filled in.

        Raises:
            IntegrationError: There is no such table or column, or PostgreSQL refuses the row; its words are in the
                text.

        ```robotframework
        *** Test Cases ***
        A Product That Was Added Is Sold
            VAR    &{attributes}    colour=red    grams=${80}
            ${candle} =    Add Row    products    sku=CANDLE-01    name=Candle    price_cents=350
            ...    attributes=${attributes}
            Add Row    stock    product_id=${candle}[id]    quantity=12
            GET On Session    shop    /products/CANDLE-01
            Response Field Should Be    $.in_stock    12
        ```
        """
        from IntegrationLibrary.seeding.row import add_row

        opened = self._session.database(database)
        opened.guard()
        return dotted(add_row(opened.database, opened.catalog, table, column_values(values, columns)))
