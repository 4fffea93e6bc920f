"""Keywords that put rows in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from robot.api.deco import keyword

from IntegrationLibrary.keywords.files import find_file
from IntegrationLibrary.seeding.load import load_seed
from IntegrationLibrary.seeding.row import add_row
from IntegrationLibrary.session import Session


class DataKeywords:
    """Seeds from files, and single rows."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @keyword(tags=("Database", "Action"))
    def seed_database(self, *files: Path, database: str | None = None) -> dict[str, int]:
        """Puts in the rows of seed files: all of them or, when one is refused, none.

        Tables may come in any order, and rows may have names that others refer to, as `${customers.ada.id}` does.
        What is seeded in a test is undone after it, what is seeded in a suite's setup after the suite.

        Args:
            files: YAML, JSON, CSV or SQL files, relative to the suite's folder or to where the run was started.
            database: Name of the database, when there are several.

        Returns:
            A dictionary from table to the number of its rows.

        Raises:
            EnvironmentFailure: A file is wrong, or the database refuses a row; the text tells file and line.

        ```robotframework
        *** Test Cases ***
        More Customers Are Seeded
            Seed Database    resources/seeds/more_customers.yaml
            Row Count Should Be    customers    6
        ```
        """
        opened = self._session.database(database)
        found = [find_file(file) for file in files]
        return dict(load_seed(opened.database, opened.catalog, found, guard=opened.guard).rows)

    @keyword(tags=("Database", "Action"))
    def add_row(self, table: str, *, database: str | None = None, **columns: Any) -> dict[str, Any]:
        """Puts in one row and returns it as it is stored.

        Args:
            table: Name of the table, with its schema where the search path does not find it.
            database: Name of the database, when there are several.
            columns: Values of its columns; the others take their defaults.

        Returns:
            A dictionary of all its columns, defaults and keys filled in.

        Raises:
            IntegrationError: There is no such table or column, or the database refuses the row.

        ```robotframework
        *** Test Cases ***
        A New Customer Gets A Number
            ${customer} =    Add Row    customers    name=Edsger Dijkstra    email=edsger@example.com
            Should Be True    ${customer}[id] > 3
        ```
        """
        opened = self._session.database(database)
        opened.guard()
        return add_row(opened.database, opened.catalog, table, columns)
