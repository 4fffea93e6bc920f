"""A migration command is told which database it migrates, in the variables that the application knows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.session import Session

ENVIRONMENT = """
environment: shop
services:
  postgres:
    type: postgres
    databases:
      shop:
        migrations:
          command: [python, migrate.py]
          folder: db
          environment: {{SHOP_DATABASE: "${{{field}}}", SHOP_PORT: "${{postgres.port}}"}}
      stock: {{}}
"""
MIGRATE = """
import os, psycopg
assert f":{os.environ['SHOP_PORT']}/" in os.environ["SHOP_DATABASE"]
with psycopg.connect(os.environ["SHOP_DATABASE"]) as connection:
    connection.execute("CREATE TABLE orders ()")
"""


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's program, and a cache in which nothing is built yet."""
    monkeypatch.setenv("INTEGRATIONLIBRARY_CACHE", str(tmp_path / "cache"))
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "migrate.py").write_text(MIGRATE, encoding="utf-8")


def test_the_fields_of_the_database_are_those_of_the_one_that_is_migrated(
    open_environment: Callable[[str], Session],
) -> None:
    """The same text stands in the service's own environment, where it is the worker's database."""
    session = open_environment(ENVIRONMENT.format(field="postgres.shop.url"))

    assert session.database("shop").database.value("SELECT count(*) FROM orders") == 0


def test_another_database_has_no_address_yet(open_environment: Callable[[str], Session]) -> None:
    """It may be built later, and each worker has its own."""
    with pytest.raises(EnvironmentFailure, match="differs from worker to worker"):
        open_environment(ENVIRONMENT.format(field="postgres.stock.url"))
