"""What is said of Compose files is what is done with them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import IntegrationLibrary
from IntegrationLibrary.environments.compose.service import KNOWN, REFUSED
from IntegrationLibrary.environments.loader import load_environment

TEXT = (Path(IntegrationLibrary.__file__).parent / "environments" / "compose" / "COMPOSE.md").read_text("utf-8")
TAKEN, REST = TEXT.split("## What is taken over")[1].split("## What is refused")


def keys(text: str) -> set[str]:
    """Return what stands in backquotes."""
    return set(re.findall(r"`([a-z_]+)`", text))


def test_every_key_that_is_taken_over_has_a_row() -> None:
    """In the first column of its table, and there is nothing else in it."""
    firsts = [row.split("|")[1] for row in TAKEN.splitlines() if row.startswith("| `")]

    assert keys(" ".join(firsts)) == set(KNOWN)


def test_every_key_that_is_refused_is_named() -> None:
    """In the list of services' keys."""
    assert keys(REST.split("Of services:")[1].split("A service with one")[0]) == set(REFUSED)


def test_its_example_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an environment file beside a folder with the Compose file."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "migrations").mkdir()
    compose = (
        "services: {web: {image: web, depends_on: [db]}, db: {image: postgres}, mail: {image: m, profiles: [mail]}}"
    )
    (tmp_path / "docker-compose.yml").write_text(compose, encoding="utf-8")
    file = tmp_path / "tests" / "environment.yaml"
    file.write_text(re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    environment = load_environment(file)

    assert [(entry.name, entry.type) for entry in environment.services.values()] == [
        ("db", "postgres"),
        ("web", "container"),
    ]
