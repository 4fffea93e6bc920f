"""What editors and shells are given."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from fixtures.commands import Shell

REPOSITORY = Path(__file__).parents[2]
SHIPPED = [
    *sorted((REPOSITORY / "resources" / "environments").glob("*.yaml")),
    REPOSITORY / "IntegrationLibrary" / "commands" / "starter" / "environment.yaml",
]


def test_the_shipped_environment_files_follow_the_schema(shell: Shell) -> None:
    """And one with a misspelt key does not."""
    printed = shell.rfintegration("schema")
    shell.rfintegration("schema", "--output", "environment.schema.json")
    written = (shell.folder / "environment.schema.json").read_text(encoding="utf-8")
    schema = json.loads(written)
    wrong = {"environment": "x", "services": {"y": {"type": "process", "comand": ["true"]}}}

    assert written == printed.stdout
    for file in SHIPPED:
        jsonschema_rs.validate(schema, yaml.safe_load(file.read_text(encoding="utf-8")))
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(schema, wrong)


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_shells_are_told_how_to_complete(shell: Shell, name: str) -> None:
    """The script calls the command back."""
    assert "_RFINTEGRATION_COMPLETE" in shell.rfintegration("completion", name).stdout


def test_commands_are_listed_in_the_order_they_are_met(shell: Shell) -> None:
    """Beginning first, what is rarely needed last."""
    told = shell.rfintegration("--help").stdout.partition("Commands:\n")[2]
    names = [line.split()[0] for line in told.splitlines() if line.strip()]

    assert names[:8] == ["init", "run", "up", "status", "logs", "down", "doctor", "schema"]
