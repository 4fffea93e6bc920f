"""Stores the rows of seeds, in a transaction that the caller holds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.databases.catalog import Catalog, Column, Table
from IntegrationLibrary.databases.postgres import Database, DatabaseError, comma_separated, identifier, sql
from IntegrationLibrary.databases.values import stored_text
from IntegrationLibrary.seeding.binding import bind, check_references, placed
from IntegrationLibrary.seeding.blame import copied_row, orphan, refused, refused_together
from IntegrationLibrary.seeding.circles import Circles
from IntegrationLibrary.seeding.keys import ForeignKey, draw, foreign_keys, move_sequences
from IntegrationLibrary.seeding.names import remembered_row
from IntegrationLibrary.seeding.needs import Step, TableRow
from IntegrationLibrary.seeding.order import storage_order
from IntegrationLibrary.seeding.references import Reference, resolve
from IntegrationLibrary.seeding.row import has_key, insert
from IntegrationLibrary.seeding.seed import SeedRow


class Store:
    """Takes rows in portions, and remembers what it has taken until it is finished."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog
        self.counts: Counter[str] = Counter()
        """The number of rows stored, by table."""
        self.named: dict[str, dict[str, dict[str, Any]]] = {}
        """The named rows as they are stored, by table and name."""
        self._rows: list[TableRow] = []
        self._names: dict[tuple[int, str], SeedRow] = {}
        self._known: dict[tuple[int, str | None], dict[str, Any]] = {}
        self._drawn: dict[TableRow, dict[str, Any]] = defaultdict(dict)
        self._stored: dict[TableRow, dict[str, Any]] = {}
        self._foreign_keys: list[ForeignKey] = []

    def put_in(self, rows: Sequence[SeedRow]) -> None:
        """Store the rows in the order that their keys need.

        Raises:
            ConfigurationError: A row names what is not there, or PostgreSQL refuses it.

        """
        bound = bind(rows, self._catalog, self._names)
        check_references(bound, self._catalog, is_known=self._is_known)
        self._rows += bound
        self._foreign_keys = foreign_keys(self._database, {each.table.oid for each in self._rows})
        order = storage_order(bound, self._foreign_keys)
        self._prepare(order.circles)
        for step in order.steps:
            if len(step.rows) == 1:
                self._insert(step.rows[0], late=order.circles.late.get(step.rows[0], set()))
            else:
                self._copy(step)
        for each, columns in order.circles.late.items():
            self._fill_in(each, columns)

    def finish(self) -> None:
        """Have PostgreSQL check what it put off until now, and move sequences past the keys that were given."""
        try:
            with self._database.transaction():
                self._database.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except DatabaseError as error:
            raise self._blamed(self._rows, error) from error
        given = {(each.table.oid, column): each.table for each in self._rows for column in each.row.values}
        move_sequences(self._database, [(table, column) for (_, column), table in given.items()])

    def _prepare(self, circles: Circles) -> None:
        if circles.deferred:
            self._database.execute("SET CONSTRAINTS ALL DEFERRED")
        for each, column in circles.drawn:
            given = each.row.values.get(column)
            value = draw(self._database, each.table, column) if given is None else given
            self._drawn[each][column] = value
            self._known[each.table.oid, each.row.name] = self._drawn[each]

    def _insert(self, each: TableRow, *, late: set[str]) -> None:
        given = {column: value for column, value in each.row.values.items() if column not in late}
        values = {column: self._resolved(value) for column, value in given.items()} | self._drawn.get(each, {})
        try:
            stored = insert(self._database, each.table, values | dict.fromkeys(late))
        except DatabaseError as error:
            raise refused(each, error) from error
        except IntegrationError as error:
            raise placed(error, each.row) from error
        self._keep(each, stored)
        self.counts[each.table.label] += 1

    def _copy(self, step: Step) -> None:
        columns = [step.table.column(name) for name in step.rows[0].row.values]
        statement = sql("COPY {} ({}) FROM STDIN", step.table.identifier, _names(columns))
        rows = ([self._text(each, column) for column in columns] for each in step.rows)
        try:
            with self._database.transaction():
                self._database.copy(statement, rows)
        except DatabaseError as error:
            raise self._blamed(step.rows, error) from error
        self.counts[step.table.label] += len(step.rows)

    def _fill_in(self, each: TableRow, columns: set[str]) -> None:
        """Give the row the values that it had to be stored without."""
        changed = [each.table.column(name) for name in sorted(columns)]
        statement = sql(
            "UPDATE {} SET {} WHERE {} RETURNING *",
            each.table.identifier,
            comma_separated(sql("{} = %s", identifier(column.name)) for column in changed),
            has_key(each.table),
        )
        key = [self._stored[each][column] for column in each.table.key]
        try:
            (stored,) = self._database.rows(statement, [*(self._text(each, column) for column in changed), *key])
        except DatabaseError as error:
            raise refused(each, error) from error
        self._keep(each, stored)

    def _keep(self, each: TableRow, stored: dict[str, Any]) -> None:
        self._stored[each] = stored
        if each.row.name is not None:
            self._known[each.table.oid, each.row.name] = stored
            self.named.setdefault(each.table.label, {})[each.row.name] = stored

    def _is_known(self, table: Table, name: str) -> bool:
        if (table.oid, name) not in self._known:
            remembered = remembered_row(self._database, table, name)
            if remembered is not None:
                self._known[table.oid, name] = remembered
        return (table.oid, name) in self._known

    def _look_up(self, reference: Reference) -> Any:
        return self._known[self._catalog.table(reference.table).oid, reference.name][reference.column]

    def _resolved(self, value: Any) -> Any:
        return resolve(value, self._look_up)

    def _text(self, each: TableRow, column: Column) -> str | None:
        return stored_text(column, self._resolved(each.row.values[column.name]))

    def _texts(self, each: TableRow, columns: Sequence[str]) -> tuple[str, ...] | None:
        """Return the values that the row gives for the columns; None when one is NULL or left to its default."""
        if not all(column in each.row.values for column in columns):
            return None
        texts = [self._text(each, each.table.column(column)) for column in columns]
        return None if None in texts else tuple(text for text in texts if text is not None)

    def _blamed(self, rows: Sequence[TableRow], error: DatabaseError) -> IntegrationError:
        broken = [each for each in self._foreign_keys if each.name == error.constraint]
        each = copied_row(rows, error)
        for foreign_key in broken if each is None else ():
            target = self._catalog.tables[foreign_key.target]
            each = each or orphan(self._database, rows, foreign_key, target=target, texts=self._texts)
        return refused_together(rows, error) if each is None else refused(each, error)


def _names(columns: Sequence[Column]) -> Any:
    return comma_separated(identifier(column.name) for column in columns)
