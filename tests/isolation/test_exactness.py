"""Which sequences go back, and whether a rollback is verified, is what the environment file says."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest
from fixtures.fingerprints import fingerprint
from fixtures.postgres import empty_database

from IntegrationLibrary.databases.embedded import EmbeddedServer
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.isolation.rollback import Rollback
from IntegrationLibrary.isolation.strategy import Exactness, Isolated

SCHEMA = """
CREATE TABLE orders (id serial PRIMARY KEY, item text, price float8, kind regclass);
CREATE TABLE stock (sku text, amount int);
CREATE TABLE parted (id int, kind int) PARTITION BY LIST (kind);
CREATE TABLE parted_one PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parent (id int); CREATE TABLE child (more text) INHERITS (parent); CREATE TABLE without_columns ();
CREATE SEQUENCE pooled INCREMENT 50; CREATE SEQUENCE "Cached" CACHE 20; CREATE SEQUENCE falling INCREMENT -1;
INSERT INTO orders (item, price, kind) VALUES ('tea', 0.1, 'stock'), ('cup', 'NaN', NULL);
INSERT INTO stock VALUES ('A', 1), ('A', 1), (NULL, NULL);
INSERT INTO parted VALUES (1, 1); INSERT INTO child VALUES (1, 'x'); INSERT INTO without_columns DEFAULT VALUES;
SELECT nextval('pooled'), nextval('pooled'), nextval('"Cached"'), nextval('falling');
"""
DRAWN = "SELECT nextval('orders_id_seq'), nextval('pooled'), nextval('\"Cached\"'), nextval('falling')"
WRITES = "UPDATE stock SET amount = 9; DELETE FROM orders; INSERT INTO parted VALUES (2, 1); TRUNCATE without_columns"

Arm = Callable[[Exactness], Rollback]


@pytest.fixture
def shop(each_server: EmbeddedServer) -> Iterator[Database]:
    """A database with sequences of every kind, and tables of several."""
    with empty_database(each_server) as opened:
        opened.execute(SCHEMA)
        yield opened


@pytest.fixture
def arm(shop: Database) -> Arm:
    """Arms it, and returns the strategy."""

    def arm_it(exactness: Exactness) -> Rollback:
        Rollback.arm(shop, exactness)
        return Rollback(Isolated(shop, "shop"))

    return arm_it


def sequences(database: Database) -> dict[str, str]:
    """Where each sequence is."""
    found = fingerprint(database)
    return {
        name.removeprefix("sequence "): texts[0].split()[0]
        for name, texts in found.items()
        if name.startswith("sequence ") and "integration_library" not in name
    }


_BEFORE = {"orders_id_seq": "2", "pooled": "51", '"Cached"': "20", "falling": "-1"}
_AHEAD = {"orders_id_seq": "3", "pooled": "101", '"Cached"': "40", "falling": "-2"}
_LEFT = {"auto": _AHEAD | {"orders_id_seq": "2"}, "restore": _BEFORE, "keep": _AHEAD}


@pytest.mark.parametrize("mode", _LEFT)
def test_the_mode_says_which_sequences_go_back(mode: str, arm: Arm, shop: Database) -> None:
    """By themselves those do whose numbers nobody can hold in advance."""
    isolation = arm(Exactness(sequences=mode))
    assert sequences(shop) == _BEFORE
    checkpoint = isolation.checkpoint("test")
    with contextlib.closing(Database(shop.url)) as application:
        application.execute(DRAWN)
    isolation.roll_back(checkpoint)

    assert sequences(shop) == _LEFT[mode]


@pytest.mark.parametrize("mode", _LEFT)
def test_the_mode_is_kept_when_the_schema_changes(mode: str, arm: Arm, shop: Database) -> None:
    """A sequence that a suite makes is treated as those that were there before it."""
    isolation = arm(Exactness(sequences=mode))
    shop.execute("CREATE SEQUENCE later INCREMENT 50")
    checkpoint = isolation.checkpoint("test")
    with contextlib.closing(Database(shop.url)) as application:
        application.execute(f"{DRAWN}, nextval('later'), nextval('later')")
    isolation.roll_back(checkpoint)

    left_ahead = {**_LEFT[mode], "later": "1" if mode == "restore" else "51"}
    assert sequences(shop) == left_ahead


@pytest.mark.parametrize(
    ("mode", "notes"),
    [
        ("auto", ('sequences stay ahead: pooled (101, was 51), "Cached" (40, was 20), falling (-2, was -1)',)),
        ("restore", ()),
        ("keep", ()),
    ],
)
def test_sequences_that_stay_ahead_by_themselves_are_noted(
    mode: str, notes: tuple[str, ...], arm: Arm, shop: Database
) -> None:
    """Who wonders about gaps in numbers reads it in the log; where the file says it, nobody wonders."""
    isolation = arm(Exactness(sequences=mode))
    checkpoint = isolation.checkpoint("test")
    with contextlib.closing(Database(shop.url)) as application:
        application.execute(DRAWN)
    noted = isolation.roll_back(checkpoint).notes

    assert noted == notes
    assert isolation.roll_back(isolation.checkpoint("quiet test")).notes == ()


def test_a_sequence_that_was_restarted_does_not_stay_behind(arm: Arm, shop: Database) -> None:
    """It would give numbers that rows have already, whoever may hold some in advance."""
    isolation = arm(Exactness())
    checkpoint = isolation.checkpoint("test")
    shop.execute("SELECT setval('pooled', 1, false), setval('falling', -1, false), setval('\"Cached\"', 7)")
    notes = isolation.roll_back(checkpoint).notes

    assert (sequences(shop), notes) == (_BEFORE, ())
