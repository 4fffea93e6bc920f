"""A template is built as the environment file says, and anew when that says something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.environments.building import EnvironmentBuilder
from IntegrationLibrary.services.postgres import DatabaseSpec


@pytest.mark.parametrize("key", [{"isolation": "none"}, {"sequences": "restore"}, {"verify": "always"}])
def test_another_isolation_is_another_template(key: dict[str, str], tmp_path: Path) -> None:
    """What is armed in one way is not used in another."""
    builder = EnvironmentBuilder(tmp_path)

    usual, other = (builder.inputs("shop", DatabaseSpec.model_validate(keys)) for keys in ({}, key))

    assert usual == builder.inputs("shop", DatabaseSpec())
    assert usual != other


def test_a_template_is_armed_as_the_file_says(database: Database, tmp_path: Path) -> None:
    """Each clone goes by it."""
    EnvironmentBuilder(tmp_path).build(database.url, DatabaseSpec(sequences="keep", verify="always"), {})

    assert database.tuples("SELECT sequences, verify FROM integration_library.settings") == [("keep", "always")]
