"""Probe `sql` asks a real PostgreSQL server."""

from __future__ import annotations

import re

import pytest

from IntegrationLibrary.base.ports import LOOPBACK, free_port
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.probes.probe import Target
from IntegrationLibrary.probes.sql import SqlProbe


def ask(query: str, url: str) -> Answer:
    """Ask once."""
    return SqlProbe(query, Target(database_url=url)).ask()


def test_a_true_value_is_ready(database: Database) -> None:
    """The URL may stand in the file, or be the service's own."""
    assert ask("SELECT true", database.url) == Answer.ready("the query returned True")
    probe = SqlProbe({"query": "SELECT 5", "url": database.url}, Target())
    assert probe.ask() == Answer.ready("the query returned 5")
    assert probe.expects() == "a true value from SELECT 5"


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("SELECT false", "the query returned False"),
        ("SELECT NULL", "the query returned None"),
        ("SELECT 1 WHERE false", "the query returned no row"),
        ("SELECT count(*) > 0 FROM orders", 'relation "orders" does not exist'),
    ],
)
def test_what_may_still_come_is_not_yet(database: Database, query: str, seen: str) -> None:
    """Migrations may still make the table, a job the row."""
    answer = ask(query, database.url)

    assert answer.readiness.value == "not yet"
    assert seen in answer.text


def test_a_server_that_is_not_there_is_not_yet() -> None:
    """It may only be starting."""
    answer = ask("SELECT true", f"postgresql://u:geheim@{LOOPBACK}:{free_port()}/d")

    assert answer.readiness.value == "not yet"
    assert "geheim" not in answer.text


@pytest.mark.parametrize(
    ("wrong", "right", "query"),
    [
        (r":[^:@]+@", ":wrong@", "SELECT true"),
        ("/test_", "/nowhere_", "SELECT true"),
        ("", "", "SELEC true"),
    ],
    ids=["wrong password", "no such database", "no SQL"],
)
def test_what_no_time_mends_is_never(database: Database, wrong: str, right: str, query: str) -> None:
    """The wait is given up at once."""
    answer = ask(query, re.sub(wrong, right, database.url))

    assert answer.readiness.value == "never"
    assert answer.text
