"""A small shop that is armed for strategy `rollback`, and who uses it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest
from fixtures.applications import Application, Connect
from fixtures.postgres import empty_database

from IntegrationLibrary.databases.embedded import EmbeddedServer
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.databases.templates import clone, drop
from IntegrationLibrary.isolation.rollback import Rollback
from IntegrationLibrary.isolation.strategy import Isolated

SCHEMA = """
CREATE TABLE customers (id int PRIMARY KEY, name text UNIQUE, visits int NOT NULL DEFAULT 0);
CREATE TABLE orders (
    id serial PRIMARY KEY, customer int NOT NULL REFERENCES customers ON DELETE CASCADE, total int NOT NULL);
CREATE TABLE stock (sku text PRIMARY KEY, amount int NOT NULL);
CREATE MATERIALIZED VIEW sold AS SELECT customer, sum(total) AS total FROM orders GROUP BY customer;
INSERT INTO customers VALUES (1, 'Ada'), (2, 'Grace'), (3, 'Alan');
INSERT INTO orders (customer, total) VALUES (1, 10), (2, 20);
INSERT INTO stock VALUES ('TEA-01', 5), ('TEA-02', 7);
INSERT INTO customers SELECT number, 'customer ' || number FROM generate_series(11, 30) AS number;
INSERT INTO stock SELECT 'SKU-' || number, 100 FROM generate_series(11, 30) AS number;
REFRESH MATERIALIZED VIEW sold;
"""


@pytest.fixture(scope="module")
def armed_shop(each_server: EmbeddedServer) -> Iterator[str]:
    """An armed shop on each version of PostgreSQL."""
    with empty_database(each_server) as opened:
        opened.execute(SCHEMA)
        Rollback.arm(opened)
        name = opened.value("SELECT current_database()")
        opened.close()
        yield name


@pytest.fixture
def isolation(each_server: EmbeddedServer, armed_shop: str) -> Iterator[Rollback]:
    """The strategy on a shop of the test's own."""
    name = f"{armed_shop}_copy"
    clone(each_server.url("postgres"), armed_shop, name)
    opened = Database(each_server.url(name))
    yield Rollback(Isolated(opened, "shop"))
    opened.close()
    drop(each_server.url("postgres"), name)


@pytest.fixture
def impatient(isolation: Rollback) -> Rollback:
    """The same, that gives up soon."""
    return Rollback(replace(isolation.isolated, patience=0.2))


@pytest.fixture
def watcher(isolation: Rollback) -> Iterator[Database]:
    """A connection that looks at who waits."""
    opened = Database(isolation.database.url)
    yield opened
    opened.close()


@pytest.fixture
def connect(isolation: Rollback) -> Iterator[Connect]:
    """Opens connections as applications have them, and closes them after the test."""
    opened: list[Application] = []

    def open_one(name: str = "shop") -> Application:
        opened.append(psycopg.connect(isolation.database.url, autocommit=True, application_name=name))
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads in which statements may wait."""
    with ThreadPoolExecutor() as threads:
        yield threads
