"""DatabaseLibrary's writes are undone as our own are, whatever the strategy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from robot.api import ExecutionResult

ENVIRONMENT = """\
environment: neighbours
services:
  postgres:
    type: postgres
    databases:
      shelf:
        migrations: migrations
        seeds: [seed.yaml]
        isolation: {isolation}
"""
SUITE = """\
*** Settings ***
Library           IntegrationLibrary
Library           DatabaseLibrary
Suite Setup       Put In A Row For The Suite


*** Test Cases ***
Both Libraries Write
    Execute Sql String    INSERT INTO books (title) VALUES ('by DatabaseLibrary')    alias=shelf
    Add Row    books    title=by us
    Row Count Should Be    books    4
    Check Row Count    SELECT * FROM books    ==    4    alias=shelf

Both Libraries Write Again
    Check Row Count    SELECT * FROM books    ==    2    alias=shelf
    Execute Sql String    INSERT INTO books (title) VALUES ('by DatabaseLibrary')    alias=shelf
    Add Row    books    title=by us
    Row Count Should Be    books    4

A Refused Statement Spoils Nothing
    Run Keyword And Expect Error    *unique*
    ...    Execute Sql String    INSERT INTO books (title) VALUES ('seeded')    alias=shelf
    Run Keyword And Expect Error    *unique*    Add Row    books    title=seeded
    Execute Sql String    DELETE FROM books    alias=shelf
    Table Should Be Empty    books

Nothing Is Left
    Row Count Should Be    books    2


*** Keywords ***
Put In A Row For The Suite
    Start Environment    environment.yaml
    Add Row    books    title=of the suite
"""


@pytest.mark.parametrize("isolation", ["rollback", "transaction"])
def test_both_libraries_write_and_both_are_undone(isolation: str, tmp_path: Path) -> None:
    """Tests of one suite do not see each other's rows, and keep the suite's."""
    result = run(tmp_path, isolation, SUITE)

    assert result == dict.fromkeys(result, "")


def test_databaselibrary_is_connected_again_after_a_fresh_clone(tmp_path: Path) -> None:
    """A clone ends all connections, DatabaseLibrary's too."""
    without_rows_of_the_suite = SUITE.replace("    Add Row    books    title=of the suite\n", "")
    suite = without_rows_of_the_suite.replace("    4", "    3").replace("    2", "    1")

    result = run(tmp_path, "template", suite)

    assert result == dict.fromkeys(result, "")


def test_a_checkpoint_in_a_test_is_refused_where_it_means_nothing(tmp_path: Path) -> None:
    """The strategy knows one state only; the text says which one knows more."""
    suite = """\
*** Settings ***
Library           IntegrationLibrary
Suite Setup       Start Environment    environment.yaml

*** Test Cases ***
There Is No Way Back
    Create Checkpoint    here
"""

    result = run(tmp_path, "truncate", suite)

    assert result == {
        "There Is No Way Back": "Isolation 'truncate' of database 'shelf' has no checkpoints inside tests.\n"
        "  Next:     set isolation: rollback in the environment file"
    }


def run(folder: Path, isolation: str, suite: str) -> dict[str, str]:
    """Run the suite; return each test's failure text, empty when it passed."""
    (folder / "migrations").mkdir()
    (folder / "migrations" / "1.sql").write_text("CREATE TABLE books (id serial PRIMARY KEY, title text UNIQUE)")
    (folder / "seed.yaml").write_text("books: [{title: seeded}]")
    (folder / "environment.yaml").write_text(ENVIRONMENT.format(isolation=isolation))
    (folder / "suite.robot").write_text(suite)
    subprocess.run(
        [sys.executable, "-m", "robot", "--outputdir", "results", "suite.robot"], cwd=folder, check=False, timeout=120
    )
    suite_result = ExecutionResult(folder / "results" / "output.xml").suite
    return {test.name: test.message for test in suite_result.all_tests}
