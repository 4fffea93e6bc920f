"""Loads seeds into a database: all of them or nothing."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.text import counted, listed, seconds
from IntegrationLibrary.databases.catalog import Catalog
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.seeding.files import read_seed, seed_files
from IntegrationLibrary.seeding.names import NamedRows
from IntegrationLibrary.seeding.script import run_statements
from IntegrationLibrary.seeding.seed import Seed
from IntegrationLibrary.seeding.store import Store

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loaded:
    """What was loaded: the number of rows per table, the named rows as they are stored, and how long it took."""

    rows: Mapping[str, int]
    named: NamedRows
    seconds: float

    def __str__(self) -> str:
        tables = listed(f"{counted(count, 'row')} of {table}" for table, count in self.rows.items())
        return f"{tables or 'No rows'} seeded in {seconds(self.seconds)}."


def load_seed(
    database: Database, catalog: Catalog, files: Sequence[Path], *, guard: Callable[[], None] | None = None
) -> Loaded:
    """Load the seed files into the database in one transaction: everything or nothing.

    Rows go in so that every foreign key holds, whatever their order in the files. An SQL file is run where it stands
    among the others: rows of the files before it are in, rows of those after it are not.

    Args:
        database: Where they go.
        catalog: The tables of the database.
        files: YAML, JSON, CSV and SQL files, or folders of them.
        guard: Refuses when this database must not be changed.

    Raises:
        ConfigurationError: A file is wrong, or PostgreSQL refuses one of its rows; file and line are in the text.

    """
    if guard is not None:
        guard()
    started = time.monotonic()
    seeds = [read_seed(file) for file in seed_files(files)]
    store = Store(database, catalog)
    try:
        with database.transaction():
            _put_in(database, catalog, seeds, store)
            store.finish()
    except IntegrationError:
        catalog.refresh()  # tables that an SQL file made are gone again
        raise
    loaded = Loaded(dict(store.counts), store.named, time.monotonic() - started)
    _log.info("%s", loaded)
    return loaded


def _put_in(database: Database, catalog: Catalog, seeds: Sequence[Seed], store: Store) -> None:
    for is_script, group in groupby(seeds, key=lambda seed: bool(seed.statements)):
        if is_script:
            run_statements(database, [statement for seed in group for statement in seed.statements])
            catalog.refresh()
        else:
            store.put_in([row for seed in group for row in seed.rows])
