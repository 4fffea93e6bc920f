"""What an environment is made from, and what of it has changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.runs import ENVIRONMENT, MIGRATION

from IntegrationLibrary.environments.loader import load_environment
from IntegrationLibrary.environments.sources import Sources

MORE = """\
  payments: {type: mock, rules: rules.yaml}
  site: {type: container, build: image, files: {/etc/site.conf: site.conf}}
"""
CHANGES = {
    "environment.yaml": ["'environment.yaml'"],
    "migrations/2.sql": ["the migrations or seeds of database 'shelf'"],
    "seed.yaml": ["the migrations or seeds of database 'shelf'"],
    "rules.yaml": ["the rules in 'rules.yaml'"],
    "site.conf": ["file 'site.conf'"],
    "image/Dockerfile": ["the build context 'FOLDER/image'"],
    "image/index.html": ["the build context 'FOLDER/image'"],
    "image/ignored.txt": [],
    "image/orders.robot": [],
    "image/results/log.html": [],
    "notes.txt": [],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an environment file and all that it names."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1.sql").write_text(MIGRATION, encoding="utf-8")
    (tmp_path / "seed.yaml").write_text("books: [{title: seeded}]", encoding="utf-8")
    (tmp_path / "rules.yaml").write_text("rules: [{request: {path: /}, response: {status: 201}}]", encoding="utf-8")
    (tmp_path / "site.conf").touch()
    (tmp_path / "image").mkdir()
    (tmp_path / "image" / "Dockerfile").write_text("FROM scratch", encoding="utf-8")
    (tmp_path / "image" / ".dockerignore").write_text("# not sent\nignored.txt\n", encoding="utf-8")
    (tmp_path / "environment.yaml").write_text(ENVIRONMENT + MORE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", CHANGES)
def test_what_has_changed_is_named(folder: Path, name: str) -> None:
    """And what nothing is made from may change."""
    sources = Sources(load_environment(folder / "environment.yaml"))
    (folder / name).parent.mkdir(exist_ok=True)
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write("\n")

    assert [each.replace(str(folder), "FOLDER") for each in sources.changed()] == CHANGES[name]


def test_a_file_that_is_gone_has_changed(folder: Path) -> None:
    """Whatever cannot be read is not what it was."""
    sources = Sources(load_environment(folder / "environment.yaml"))
    (folder / "seed.yaml").unlink()

    assert sources.changed() == ["the migrations or seeds of database 'shelf'"]


def test_the_variables_that_the_file_names_are_known(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By hashes: their values may be secrets."""
    monkeypatch.setenv("TOKEN", "s3cret")
    file = folder / "environment.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "  other: {type: external, url: '${env.URL:http://x/}${env.TOKEN}'}\n", "utf-8")
    variables = Sources(load_environment(file)).variables

    assert list(variables) == ["TOKEN", "URL"]
    assert variables["URL"] is None
    assert "s3cret" not in str(variables)
