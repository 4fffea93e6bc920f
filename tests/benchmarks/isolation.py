"""What a test's isolation costs: ours, and what people use instead, beside it in the same run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from benchmarks.figures import Figure, in_turn

from IntegrationLibrary.databases.embedded import EmbeddedServer
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.databases.templates import clone, drop
from IntegrationLibrary.isolation.rollback import Rollback
from IntegrationLibrary.isolation.strategy import Isolated

TABLES = [f"t{number}" for number in range(7)]
_FEW, _MANY = 1_000, 1_000_000
_MORE = [int(rows) for rows in os.environ.get("BENCH_ROWS", "").split()]
"""Sizes to look at besides, without the peers, who take minutes then."""
_TESTS = 10_000
_CLONE, _TRUNCATE, _DELETE = "template clone + reconnect", "TRUNCATE + reseed", "DELETE + reseed"


@dataclass
class Stage:
    """A seeded, armed database, and the connection of an application that writes to it."""

    server: EmbeddedServer
    rows: int
    name: str

    def __post_init__(self) -> None:
        self.url = self.server.url(self.name)
        self.ours = Database(self.url)
        self.application = Database(self.url)
        self.isolation = Rollback(Isolated(self.ours, self.name))

    def write(self, tables: int) -> None:
        """Do what a test's service does: in each table a row is added, changed and removed, and committed."""
        for table in TABLES[:tables]:
            self.application.execute(f"INSERT INTO {table} (name, amount) VALUES ('new', 1)")
            self.application.execute(f"UPDATE {table} SET amount = amount + 1 WHERE id = 3")
            self.application.execute(f"DELETE FROM {table} WHERE id = 5")

    def write_many(self, rows: int) -> None:
        """Insert rows into all tables alike."""
        for table in TABLES:
            self.application.execute(
                f"INSERT INTO {table} (name, amount) SELECT 'new', i FROM generate_series(1, %s) AS i",
                [rows // len(TABLES)],
            )

    def close(self) -> None:
        """Close both connections."""
        self.ours.close()
        self.application.close()


def isolation_figures(server: EmbeddedServer) -> Iterator[Figure]:
    """Yield the costs of checkpoint and rollback at two sizes, with the peers' at the same."""
    for rows, peer_rounds in ((_FEW, 15), (_MANY, 3), *((rows, 0) for rows in _MORE)):
        stage = _staged(server, rows)
        for tables in (0, 2, 7):
            figure = Figure(f"checkpoint + rollback, {tables} tables touched, {rows:,} rows")
            yield _rolled_back(stage, figure, partial(stage.write, tables), rounds=300)
        for inserted, rounds in ((50, 300), (20_000, 10)):
            figure = Figure(f"checkpoint + rollback, {inserted:,} rows written in 7 tables, {rows:,} rows")
            yield _rolled_back(stage, figure, partial(stage.write_many, inserted), rounds=rounds)
        if peer_rounds:
            yield from _peers(stage, peer_rounds)
        if rows == _FEW:
            yield _after_many(stage)
        stage.close()
        for name in (stage.name, f"{stage.name}_seeded"):
            drop(server.url("postgres"), name)


def _write_order(database: Database) -> None:
    """Do what a web request does: write an order, its lines, stock and a payment, in one transaction."""
    with database.transaction():
        database.execute("INSERT INTO t0 (name, amount) VALUES (%s, %s)", ["order", 1])
        database.execute("INSERT INTO t1 (name, amount) VALUES (%s, 1), (%s, 2)", ["line", "line"])
        database.execute("UPDATE t2 SET amount = amount - 1 WHERE id = ANY (%s)", [[3, 5]])
        database.execute("INSERT INTO t3 (name, amount) VALUES (%s, 1), (%s, 2)", ["movement", "movement"])
        database.execute("INSERT INTO t4 (name, amount) VALUES (%s, %s)", ["payment", 1])


def _insert(database: Database, rows: int) -> None:
    database.execute("INSERT INTO t6 (name, amount) SELECT 'new', i FROM generate_series(1, %s) AS i", [rows])


def journal_figures(server: EmbeddedServer) -> Iterator[Figure]:
    """Yield what the journal adds to the application's own writes; to be asked on one processor."""
    stage = _staged(server, _FEW)
    plain = Database(server.url(f"{stage.name}_seeded"))
    for label, write, rounds in (
        ("writes an order", _write_order, 1000),
        ("inserts one row", partial(_insert, rows=1), 1000),
        ("inserts 20,000 rows", partial(_insert, rows=20_000), 15),
    ):
        without = Figure(f"application {label}, no journal")
        with_ours = Figure(f"application {label}, journal", against=without.name)
        yield from in_turn(rounds, (without, partial(write, plain)), (with_ours, partial(write, stage.application)))
    plain.close()
    stage.close()


def _rolled_back(stage: Stage, figure: Figure, write: Callable[[], None], *, rounds: int) -> Figure:
    for _ in range(rounds):
        with figure.taken():
            checkpoint = stage.isolation.checkpoint("test")
        write()
        with figure.taken():
            stage.isolation.roll_back(checkpoint)
        rolled_back = figure.milliseconds.pop()
        figure.milliseconds[-1] += rolled_back
    return figure


def _after_many(stage: Stage) -> Figure:
    _rolled_back(stage, Figure(""), partial(stage.write, 2), rounds=_TESTS)
    size = stage.ours.value("SELECT pg_size_pretty(pg_total_relation_size('integration_library.journal'))")
    print(f"journal after {_TESTS:,} tests: {size}", file=sys.stderr)  # noqa: T201 a command's own output
    figure = Figure(f"checkpoint + rollback, 2 tables touched, after {_TESTS:,} tests")
    return _rolled_back(stage, figure, partial(stage.write, 2), rounds=300)


def _peers(stage: Stage, rounds: int) -> Iterator[Figure]:
    """Yield the peers' costs; ours is taken in the same rounds, so that the ratio is of one moment."""
    seeds = {table: stage.ours.tuples(f"SELECT * FROM {table}") for table in TABLES}
    size = f", {stage.rows:,} rows"
    ours = Figure(f"checkpoint + rollback beside its peers, 2 tables{size}")

    def reseed() -> None:
        for table, rows in seeds.items():
            stage.ours.copy(f"COPY {table} FROM STDIN", rows)

    def truncate() -> None:
        stage.ours.execute(f"TRUNCATE {', '.join(TABLES)}")
        reseed()

    def delete() -> None:
        for table in TABLES:
            stage.ours.execute(f"DELETE FROM {table}")
        reseed()

    def clone_again() -> None:
        clone(stage.server.url("postgres"), f"{stage.name}_seeded", f"{stage.name}_peer")
        application = Database(stage.server.url(f"{stage.name}_peer"))
        application.value("SELECT 1")
        application.close()

    peers: list[tuple[Figure, Callable[[], None]]] = [
        (Figure(f"{_CLONE}{size}", against=ours.name), clone_again),
        (Figure(f"{_TRUNCATE}{size}", against=ours.name), truncate),
        (Figure(f"{_DELETE}{size}", against=ours.name), delete),
    ]
    for _ in range(rounds):
        _rolled_back(stage, ours, partial(stage.write, 2), rounds=1)
        # The peers' own writes are no test's: the journal is switched off for them.
        stage.ours.execute("SELECT set_config('integration_library.rolling_back', 'on', false)")
        in_turn(1, *peers)
        stage.ours.execute("SELECT set_config('integration_library.rolling_back', 'off', false)")
    drop(stage.server.url("postgres"), f"{stage.name}_peer")
    yield from (ours, *(figure for figure, _ in peers))


def _staged(server: EmbeddedServer, rows: int) -> Stage:
    seeded, armed, admin_url = f"bench_{rows}_seeded", f"bench_{rows}", server.url("postgres")
    clone(admin_url, "template0", seeded)
    database = Database(server.url(seeded))
    for table in TABLES:
        database.execute(
            f"CREATE TABLE {table} (id serial PRIMARY KEY, name text NOT NULL, amount int NOT NULL,"
            " made timestamptz NOT NULL DEFAULT now())"
        )
        database.execute(
            f"INSERT INTO {table} (name, amount) SELECT 'row ' || i, i FROM generate_series(1, {rows // 7}) AS i"
        )
    database.execute("VACUUM ANALYZE")
    database.close()
    clone(admin_url, seeded, armed)
    database = Database(server.url(armed))
    Rollback.arm(database)
    database.close()
    return Stage(server, rows, armed)
