"""With `verify: always` a rollback is compared with its checkpoint, whatever the journal says."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest
from fixtures.isolation import armed
from fixtures.postgres import empty_database

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.databases.embedded import EmbeddedServer
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.isolation.rollback import Rollback
from IntegrationLibrary.isolation.strategy import Exactness, Isolated

SCHEMA = """
CREATE TABLE orders (id serial PRIMARY KEY, price float8, kind regclass, at timestamptz, stays interval);
CREATE TABLE stock (sku text, amount int);
CREATE TABLE "Odd Name" (more json, bytes bytea, cash money);
CREATE TABLE parted (id int, kind int) PARTITION BY LIST (kind);
CREATE TABLE parted_one PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_two (kind int NOT NULL, id int NOT NULL);
ALTER TABLE parted ATTACH PARTITION parted_two FOR VALUES IN (2);
CREATE TABLE parent (id int); CREATE TABLE child (more text) INHERITS (parent); CREATE TABLE without_columns ();
INSERT INTO orders (price, kind, at, stays) VALUES (0.1, 'stock', 'now', '1 day'), ('NaN', NULL, NULL, NULL);
INSERT INTO stock VALUES ('A', 1), ('A', 1), (NULL, NULL);
INSERT INTO "Odd Name" VALUES ('{"a":  1}', '\\x00', 1.5);
INSERT INTO parted VALUES (1, 1); INSERT INTO child VALUES (1, 'x'); INSERT INTO without_columns DEFAULT VALUES;
"""
PROGRAMS = {
    "nothing": "SELECT 1",
    "rows that go": "DELETE FROM orders; DELETE FROM stock; DELETE FROM child; DELETE FROM without_columns",
    "rows that come": "INSERT INTO orders VALUES (9); INSERT INTO stock SELECT FROM generate_series(1, 3)",
    "rows that move": "UPDATE parted SET kind = 3 - kind",
    "truncate": 'TRUNCATE orders, "Odd Name", parent, parted RESTART IDENTITY',
    "other printing": "SET datestyle = 'SQL, DMY'; SET timezone = 'Asia/Tokyo'; SET intervalstyle = iso_8601;"
    "SET bytea_output = escape; SET extra_float_digits = -3; SET search_path = public, pg_catalog;"
    """UPDATE orders SET price = 1; UPDATE "Odd Name" SET cash = 2; SELECT nextval('orders_id_seq')""",
}
UNNOTED = "UPDATE stock SET amount = 9 WHERE amount = 1; DELETE FROM orders; DELETE FROM integration_library.journal"


@pytest.fixture
def shop(each_server: EmbeddedServer) -> Iterator[Database]:
    """A database with tables of several kinds."""
    with empty_database(each_server) as opened:
        opened.execute(SCHEMA)
        yield opened


@pytest.fixture
def application(shop: Database) -> Iterator[Database]:
    """A second connection."""
    with contextlib.closing(Database(shop.url)) as opened:
        yield opened


@pytest.fixture
def isolation(shop: Database) -> Rollback:
    """The strategy that verifies, on a database that no template can renew."""
    Rollback.arm(shop, Exactness(verify="always"))
    return Rollback(Isolated(shop, "shop"))


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_is_undone_is_no_difference(program: str, isolation: Rollback, application: Database) -> None:
    """However the application has its values printed, and again in each test."""
    for _ in range(2):
        checkpoint = isolation.checkpoint("test")
        application.execute(PROGRAMS[program])

        assert isolation.roll_back(checkpoint).step == "rolled back"


def test_checkpoints_that_nest_are_each_compared(isolation: Rollback, application: Database) -> None:
    """An inner rollback leaves what its suite has written."""
    outer = isolation.checkpoint("suite")
    application.execute("DELETE FROM stock")
    inner = isolation.checkpoint("test")
    application.execute("DELETE FROM orders")

    assert isolation.roll_back(inner).step == "rolled back"
    assert isolation.roll_back(outer).step == "rolled back"


def test_what_is_committed_after_the_checkpoint_is_no_difference(isolation: Rollback, application: Database) -> None:
    """What was written before it and is undone with the rest was not counted at the checkpoint."""
    application.execute("BEGIN; DELETE FROM stock")
    checkpoint = isolation.checkpoint("test")
    application.execute("COMMIT")

    assert isolation.roll_back(checkpoint).step == "rolled back"


def test_what_nobody_noted_fails_the_test_by_its_tables(
    isolation: Rollback, application: Database, golden: Callable[[str, str], None]
) -> None:
    """A journal that was tampered with would let the next test meet other rows."""
    checkpoint = isolation.checkpoint("test")
    application.execute(UNNOTED)

    with pytest.raises(EnvironmentFailure) as failure:
        isolation.roll_back(checkpoint)
    golden("isolation/not_as_before_without_a_template", str(failure.value))


def test_the_database_is_cloned_anew_where_it_can_be(
    each_server: EmbeddedServer, shop: Database, golden: Callable[[str, str], None]
) -> None:
    """The test fails, and the next one has the rows that it should have."""
    exactness = Exactness(verify="always")
    with armed(shop, each_server, clones=True, close=shop.close, exactness=exactness) as isolation:
        checkpoint = isolation.checkpoint("test")
        shop.execute(UNNOTED)
        with pytest.raises(EnvironmentFailure) as failure:
            isolation.roll_back(checkpoint)

        golden("isolation/not_as_before", str(failure.value).replace(isolation.isolated.name, "shop"))
        assert shop.value("SELECT count(*) FROM stock WHERE amount = 1") == 2
        assert isolation.roll_back(isolation.checkpoint("next test")).step == "rolled back"


def test_a_slot_that_differs_from_its_template_is_not_handed_on(isolation: Rollback, application: Database) -> None:
    """The next worker gets a clone."""
    assert isolation.renew()
    application.execute(UNNOTED)

    assert not isolation.renew()


def test_a_sequence_that_does_not_go_back_is_a_difference(isolation: Rollback, application: Database) -> None:
    """Who draws from it while the rollback is not yet over is found."""
    _, drawn, _, rows = isolation.checkpoint("test").state
    application.execute("SELECT nextval('orders_id_seq')")

    found = application.value("SELECT integration_library.differences(%s::jsonb, %s::jsonb)", [rows, drawn])

    assert found == ["sequence orders_id_seq (3, was 2)"]
