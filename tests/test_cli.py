"""The command `rfintegration`, as a shell runs it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.external import SCHEMA, external_environment, schema_of
from fixtures.fingerprints import fingerprint

from IntegrationLibrary.databases.postgres import Database, url_parts


def rfintegration(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    command = [sys.executable, "-m", "IntegrationLibrary", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def file(database: Database, tmp_path: Path) -> Path:
    """An environment file with an external database."""
    database.execute(SCHEMA)
    path = tmp_path / "environment.yaml"
    path.write_text(external_environment(database.url, seeds="[]"), encoding="utf-8")
    return path


def test_a_database_is_armed_and_disarmed(file: Path, database: Database) -> None:
    """What was written in between is undone, and the schema is byte for byte what it was."""
    rows, schema = fingerprint(database), schema_of(database)
    armed = rfintegration("arm", file)
    is_armed = database.value("SELECT to_regnamespace('integration_library') IS NOT NULL")
    database.execute("DELETE FROM books; INSERT INTO books (title) VALUES ('new')")
    disarmed = rfintegration("disarm", file)

    assert (armed.returncode, disarmed.returncode) == (0, 0), armed.stderr + disarmed.stderr
    assert is_armed
    assert "is armed for isolation 'rollback'." in armed.stdout
    assert "is as it was before it was armed." in disarmed.stdout
    assert (fingerprint(database), schema_of(database)) == (rows, schema)
    assert url_parts(database.url)["password"] not in armed.stdout + disarmed.stdout


def test_what_is_not_armed_can_be_disarmed(file: Path) -> None:
    """Whoever cleans up need not know what there is to clean."""
    assert rfintegration("disarm", file).returncode == 0


def test_missing_rights_are_told(file: Path, database: Database) -> None:
    """An owner who is no superuser reads what that costs, and what to grant."""
    name = database.value("SELECT current_database()")
    database.execute("DROP ROLE IF EXISTS il_owner; CREATE ROLE il_owner LOGIN PASSWORD 'x'")
    database.execute(f"ALTER DATABASE {name} OWNER TO il_owner; ALTER TABLE books OWNER TO il_owner")
    url = re.sub("//[^@]+@", "//il_owner:x@", database.url)
    file.write_text(external_environment(url, seeds="[]"), encoding="utf-8")
    told = rfintegration("arm", file)
    rfintegration("disarm", file)
    database.execute("REASSIGN OWNED BY il_owner TO postgres; DROP ROLE il_owner")

    assert "no right to make event triggers: changes of the schema are noticed by a fingerprint" in told.stdout
    assert "GRANT SET ON PARAMETER session_replication_role TO il_owner" in told.stdout


def test_a_database_that_a_run_has_is_left_alone(file: Path, database: Database) -> None:
    """A run would lose what it can undo."""
    database.execute("SELECT pg_advisory_lock(7305812047)")
    told = rfintegration("disarm", file)

    assert told.returncode == 1
    assert "another run has it" in told.stderr


def test_a_file_without_external_databases_is_told(tmp_path: Path) -> None:
    """There is nothing to arm."""
    file = tmp_path / "environment.yaml"
    file.write_text("environment: e\nservices: {p: {type: postgres, databases: {main: {}}}}", encoding="utf-8")
    told = rfintegration("arm", file)

    assert told.returncode == 1
    assert "has no external database." in told.stderr
