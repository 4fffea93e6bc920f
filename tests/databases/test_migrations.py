"""A migration that fails is told with the line of its statement."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from IntegrationLibrary.base.errors import ConfigurationError
from IntegrationLibrary.databases.migrations import (
    MigrationCommand,
    migration_files,
    migration_inputs,
    run_migrations,
)
from IntegrationLibrary.databases.postgres import Database

TABLE = "-- orders; all of them\nCREATE TABLE orders (\n  id int\n);\n\n"


@pytest.mark.parametrize(
    ("script", "line"),
    [
        (TABLE + "ALTER TABLE ordres ADD sku text;", 6),
        (TABLE + "SELECT 1;\nSELECT nothing\nFROM orders;", 7),
        (TABLE + "CREATE TALBE lines ();", 6),
        (TABLE + "INSERT INTO orders VALUES (1);\nALTER TABLE orders ADD CHECK (id > 1);", 7),
        (TABLE + "DO $$\nBEGIN\n  RAISE EXCEPTION 'not; now';\nEND $$;", 6),
        ("COMMENT ON TABLE orders IS ';';", 1),
    ],
    ids=["no position", "position", "syntax", "constraint", "block", "first"],
)
def test_the_line_of_the_statement_is_told(database: Database, tmp_path: Path, script: str, line: int) -> None:
    """PostgreSQL points at it for some errors; for the others the statements are tried one by one."""
    file = tmp_path / "1.sql"
    file.write_text(script, encoding="utf-8")

    with pytest.raises(ConfigurationError) as raised:
        run_migrations(".", database_url=database.url, base=tmp_path)

    assert raised.value.place == f"{file}:{line}"
    assert database.value("SELECT to_regclass('orders')") is None


def test_a_script_that_commits_by_itself_has_no_line_that_would_be_wrong(database: Database, tmp_path: Path) -> None:
    """What it committed cannot be tried again: its first line is told rather than another statement's."""
    file = tmp_path / "1.sql"
    file.write_text(f"BEGIN;\n{TABLE}COMMIT;\nALTER TABLE ordres ADD sku text;", encoding="utf-8")

    with pytest.raises(ConfigurationError) as raised:
        run_migrations(".", database_url=database.url, base=tmp_path)

    assert raised.value.place == f"{file}:1"


def test_files_run_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    """2 comes before 10."""
    for name in ("10_b.sql", "2_a.sql", "1.sql", "readme.txt"):
        (tmp_path / name).write_text("", encoding="utf-8")

    assert [file.name for file in migration_files(tmp_path)] == ["1.sql", "2_a.sql", "10_b.sql"]


def test_the_inputs_of_a_command_are_all_files_of_its_folder(tmp_path: Path) -> None:
    """A changed revision is seen wherever the environment file is; tests and what runs write are no part of them."""
    environment, revisions = tmp_path / "tests", tmp_path / "db"
    (revisions / "__pycache__").mkdir(parents=True)
    environment.mkdir()
    migration = MigrationCommand(("alembic", "upgrade", "head"), "../db")
    before = migration_inputs(migration, base=environment)
    for name in (
        "nightly.html",
        "x.xml",
        "orders.robot",
        "README.md",
        "app.log",
        "results/a.txt",
        "__pycache__/env.pyc",
    ):
        (revisions / name).parent.mkdir(exist_ok=True)
        written = '<meta content="Robot Framework 7.5"><testsuite name="x">'
        (revisions / name).write_text(written, encoding="utf-8")
    after_a_run = migration_inputs(migration, base=environment)
    (revisions / "0002.py").write_text("revision = 2", encoding="utf-8")

    assert after_a_run == before
    assert migration_inputs(migration, base=environment) != before


def test_a_command_runs_in_its_folder_with_its_variables(database: Database, tmp_path: Path) -> None:
    """They come on top of those of the run, and of DATABASE_URL."""
    (tmp_path / "db").mkdir()
    tell = "import json, os, pathlib; pathlib.Path('told.json').write_text(json.dumps(dict(os.environ)))"
    migration = MigrationCommand(("python", "-c", tell), "db", {"SHOP_DATABASE": "shop"})

    run_migrations(migration, database_url=database.url, base=tmp_path)

    told = json.loads((tmp_path / "db" / "told.json").read_text(encoding="utf-8"))
    assert (told["SHOP_DATABASE"], told["DATABASE_URL"]) == ("shop", database.url)
    assert told["PATH"] == os.environ["PATH"]
