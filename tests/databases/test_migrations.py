"""A migration that fails is told with the line of its statement."""

from __future__ import annotations

from pathlib import Path

import pytest

from IntegrationLibrary.base.errors import ConfigurationError
from IntegrationLibrary.databases.migrations import migration_files, run_migrations
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
