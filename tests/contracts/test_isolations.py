"""Every isolation strategy keeps what it promises, and does not promise what it does not keep."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fixtures.fingerprints import Fingerprint, fingerprint

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.databases.catalog import Catalog
from IntegrationLibrary.databases.embedded import EmbeddedServer
from IntegrationLibrary.databases.postgres import Database, DatabaseError
from IntegrationLibrary.databases.templates import clone, drop
from IntegrationLibrary.isolation.strategy import ISOLATIONS, Isolated, Isolation, Story
from IntegrationLibrary.seeding.load import load_seed

STRATEGIES = [strategy.name for strategy in ISOLATIONS.all()]
SCHEMA = """
CREATE TABLE customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE orders (
    id serial PRIMARY KEY, customer int NOT NULL REFERENCES customers ON DELETE CASCADE, total numeric);
CREATE SEQUENCE invoice;
"""
SEED = """
customers:
  - {name: Ada}
  - {name: Grace}
orders:
  - {customer: 1, total: 10}
  - {customer: 2, total: 20}
"""
WRITES = {
    Story.INSERT: "INSERT INTO customers (name) OVERRIDING SYSTEM VALUE VALUES ('Eve')",
    Story.UPDATE: "UPDATE orders SET total = total + 1",
    Story.DELETE: "DELETE FROM orders WHERE total = 10",
    Story.CASCADE: "DELETE FROM customers WHERE name = 'Ada'",
    Story.UPSERT: "INSERT INTO orders VALUES (1, 2, 99), (7, 1, 1) ON CONFLICT (id) DO UPDATE SET total = 99",
    Story.TRUNCATE: "TRUNCATE customers CASCADE",
    Story.SCHEMA: "ALTER TABLE orders ADD paid boolean; CREATE TABLE refunds (id int)",
}
_numbers = itertools.count(1)


@dataclass
class Stage:
    """A seeded database with the strategy under test, and two programs that write to it."""

    isolation: Isolation
    keywords: Database
    application: Database

    def rows(self) -> Fingerprint:
        """All rows as the keywords see them; not the sequences, which have a story of their own."""
        return self._held(lambda name: not name.startswith("sequence"))

    def sequences(self) -> Fingerprint:
        """Where all sequences are."""
        return self._held(lambda name: name.startswith("sequence"))

    def _held(self, wanted: Callable[[str], bool]) -> Fingerprint:
        return {name: texts for name, texts in fingerprint(self.keywords).items() if wanted(name)}

    def is_undone(self, write: Callable[[], object]) -> bool:
        """Whether a rollback brings every row back that *write* touches."""
        before = self.rows()
        checkpoint = self.isolation.checkpoint("before")
        write()
        assert self.rows() != before, "the story has no effect"
        self.isolation.roll_back(checkpoint)
        return self.rows() == before


@pytest.fixture(scope="module")
def template_of(
    postgres_server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[type[Isolation]], tuple[str, Path]]]:
    """Builds a template for a strategy, once."""
    admin_url = postgres_server.url("postgres")
    seed = tmp_path_factory.mktemp("seeds") / "seed.yaml"
    seed.write_text(SEED, encoding="utf-8")
    built: list[str] = []

    def build(strategy: type[Isolation]) -> tuple[str, Path]:
        name = f"contract_{strategy.name}"
        if name not in built:
            clone(admin_url, "template0", name)
            built.append(name)
            database = Database(postgres_server.url(name))
            database.execute(SCHEMA)
            load_seed(database, Catalog(database), [seed])
            strategy.arm(database)
            database.close()
        return name, seed

    yield build
    for name in built:
        drop(admin_url, name)


@pytest.fixture(params=STRATEGIES)
def stage(
    request: pytest.FixtureRequest,
    postgres_server: EmbeddedServer,
    template_of: Callable[[type[Isolation]], tuple[str, Path]],
) -> Iterator[Stage]:
    """A clone of the strategy's template, as a worker gets it."""
    strategy = ISOLATIONS.get(request.param)
    template, seed = template_of(strategy)
    admin_url, name = postgres_server.url("postgres"), f"stage_{next(_numbers)}"
    clone(admin_url, template, name)
    keywords, application = Database(postgres_server.url(name)), Database(postgres_server.url(name))

    def fresh_clone() -> None:
        keywords.close()
        clone(admin_url, template, name)

    def reseed() -> None:
        load_seed(keywords, Catalog(keywords), [seed])

    isolated = Isolated(keywords, name, template, admin_url, reseed, fresh_clone)
    yield Stage(strategy(isolated), keywords, application)
    application.close()
    keywords.close()
    drop(admin_url, name)


def promises(stage: Stage, story: Story) -> bool:
    """Whether the strategy promises the story."""
    return story not in stage.isolation.not_promised


@pytest.mark.parametrize("story", WRITES, ids=lambda story: story.name.lower())
def test_rows_are_undone_as_promised(stage: Stage, story: Story) -> None:
    """What a strategy promises is undone; what it does not promise is not undone, so that its table is true."""
    undone = stage.is_undone(lambda: stage.keywords.execute(WRITES[story]))

    assert undone == promises(stage, story)


def test_what_another_connection_committed_is_undone_as_promised(stage: Stage) -> None:
    """The application writes over connections of its own."""
    undone = stage.is_undone(lambda: stage.application.execute(WRITES[Story.INSERT]))

    assert undone == promises(stage, Story.COMMITTED_ELSEWHERE)


def test_sequences_are_set_back_as_promised(stage: Stage) -> None:
    """Those of columns, and those that stand alone."""
    before = stage.sequences()
    checkpoint = stage.isolation.checkpoint("before")
    stage.keywords.tuples("SELECT nextval('orders_id_seq'), nextval('invoice')")
    stage.isolation.roll_back(checkpoint)

    assert (stage.sequences() == before) == promises(stage, Story.SEQUENCES)


def test_checkpoints_nest_as_promised(stage: Stage) -> None:
    """The inner one keeps what was written before it, and can be returned to twice; the outer one undoes all."""
    first = stage.rows()
    outer = stage.isolation.checkpoint("outer")
    stage.keywords.execute("UPDATE orders SET total = 1")
    second = stage.rows()
    inner = stage.isolation.checkpoint("inner")
    seen = []
    for checkpoint in (inner, inner, outer):
        stage.keywords.execute("DELETE FROM orders")
        stage.isolation.roll_back(checkpoint)
        seen.append(stage.rows())

    assert (seen == [second, second, first]) == promises(stage, Story.NESTED)


def test_changes_are_listed_as_promised(stage: Stage) -> None:
    """One row was added, and a strategy that keeps no record says so."""
    checkpoint = stage.isolation.checkpoint("before")
    stage.application.execute(WRITES[Story.INSERT])

    if promises(stage, Story.CHANGES):
        assert [(change.table, change.kind) for change in stage.isolation.changes(checkpoint)] == [
            ("customers", "added")
        ]
    else:
        with pytest.raises(IntegrationError, match="keeps no record of changes"):
            stage.isolation.changes(checkpoint)


def test_connections_of_the_application_live_on_as_promised(stage: Stage) -> None:
    """The connection that was opened before the rollback is the one that is used after it."""
    checkpoint = stage.isolation.checkpoint("before")
    session = stage.application.value("SELECT pg_backend_pid()")
    stage.keywords.execute(WRITES[Story.UPDATE])
    stage.isolation.roll_back(checkpoint)

    try:
        lives = stage.application.value("SELECT pg_backend_pid()") == session
    except DatabaseError:
        lives = False
    assert lives == promises(stage, Story.CONNECTIONS)


def test_a_rollback_can_be_repeated(stage: Stage) -> None:
    """Nothing happened since: nothing changes, nothing fails."""
    checkpoint = stage.isolation.checkpoint("before")
    before = stage.rows()
    stage.isolation.roll_back(checkpoint)
    stage.isolation.roll_back(checkpoint)

    assert stage.rows() == before


def test_many_tests_after_each_other_leave_nothing(stage: Stage) -> None:
    """What one rollback leaves behind does not add up."""
    before = stage.rows()
    for _ in range(30 if promises(stage, Story.CONNECTIONS) else 3):
        checkpoint = stage.isolation.checkpoint("test")
        stage.keywords.execute("INSERT INTO customers (name) VALUES (gen_random_uuid()); DELETE FROM orders")
        stage.isolation.roll_back(checkpoint)

    assert (stage.rows() == before) == promises(stage, Story.INSERT)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_strategy_is_documented(strategy: str) -> None:
    """The first line of its docstring is a sentence, and what it does not promise begins with no."""
    found = ISOLATIONS.get(strategy)

    assert (found.__doc__ or "").splitlines()[0].endswith(".")
    assert all(text.startswith("no") for text in found.not_promised.values())
