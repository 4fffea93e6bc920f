"""An application goes on writing as fast as it can while checkpoints are made and rolled back to."""

from __future__ import annotations

import itertools
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random

import psycopg
from fixtures.applications import Application, Connect, pid
from fixtures.fingerprints import fingerprint

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.isolation.rollback import Rollback

PURCHASE = [
    "UPDATE stock SET amount = amount - 1 WHERE sku = 'SKU-' || %s",
    "SELECT FROM stock WHERE sku = 'SKU-' || %s FOR UPDATE",
    "INSERT INTO orders (customer, total) VALUES (%s, 1)",
    "UPDATE customers SET visits = visits + 1 WHERE id = %s",
    "DELETE FROM orders WHERE id = (SELECT max(id) FROM orders WHERE customer > %s)",
    "INSERT INTO customers VALUES (-%s, 'new') ON CONFLICT DO NOTHING",
    "DELETE FROM customers WHERE id = -%s",
]


class Shopping:
    """An application that writes as fast as it can, in any order of tables, until it is told to stop."""

    def __init__(self, connections: list[Application], pool: ThreadPoolExecutor) -> None:
        self.bought = itertools.count()
        self.errors: list[psycopg.Error] = []
        self._stopped = threading.Event()
        self._running = [pool.submit(self._shop, each, Random(seed)) for seed, each in enumerate(connections)]  # noqa: S311 no secret

    def until_more(self, purchases: int) -> None:
        """Wait until so many more purchases are made."""
        goal = self.made() + purchases
        waited = wait_until(lambda: Answer.ready() if self.made() > goal else Answer.not_yet("too few"), timeout=20)
        assert waited.is_ready

    def made(self) -> int:
        """Return how many purchases were made; it counts the question too."""
        return next(self.bought)

    def stop(self) -> None:
        """Stop, and raise what went wrong outside the database."""
        self._stopped.set()
        for each in self._running:
            each.result()

    def _shop(self, connection: Application, random: Random) -> None:
        while not self._stopped.is_set():
            try:
                with connection.transaction():
                    for statement in random.sample(PURCHASE, 3):
                        connection.execute(statement, [random.randint(11, 30)])
                next(self.bought)
            except psycopg.Error as error:
                self.errors.append(error)


def test_an_application_that_never_stops_writing_is_rolled_back_again_and_again(
    isolation: Rollback, connect: Connect, watcher: Database, pool: ThreadPoolExecutor
) -> None:
    """Rollbacks end clean or with names, the application never meets us in a deadlock nor in an error of a trigger."""
    before = fingerprint(watcher)
    first = isolation.checkpoint("first")
    application = [connect(f"shop {number}") for number in range(4)]
    shopping = Shopping(application, pool)
    failures = []
    for _ in range(30):
        checkpoint = isolation.checkpoint("test")
        shopping.until_more(10)
        try:
            isolation.roll_back(checkpoint)
        except EnvironmentFailure as failure:
            failures.append(str(failure))
    shopping.stop()
    isolation.roll_back(first)

    assert fingerprint(watcher) == before
    assert [each for each in failures if not re.search(r"shop \d \(pid", each)] == []
    assert len(failures) < 30
    deadlocks = [each.diag.message_detail or "" for each in shopping.errors if each.sqlstate == "40P01"]
    assert [each for each in deadlocks if re.search(rf"rocess {pid(isolation.database.second())}\b", each)] == []
    others = {each.sqlstate for each in shopping.errors}
    assert others <= {"40P01", "23503", "23505"}, "its own deadlocks, and rows that another connection took or gave"
