"""`rfintegration init`: a beginning that works, for a service of your own."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import click

from IntegrationLibrary.commands.console import print_rows, telling_failures

_STARTER = Path(__file__).parent / "starter"
_SCHEMA = "environment.schema.json"
_FILES = {
    "environment.yaml": "what runs together: put your service in here",
    "service/app.py": "a tiny service, until yours is in its place",
    "service/migrations/001_notes.sql": "its table",
    "tests/notes.robot": "what the service promises",
    "tests/notes.resource": "the words that the tests use",
    ".github/workflows/integration-tests.yml": "the same tests on GitHub, on each push",
    _SCHEMA: "what editors need to complete environment.yaml",
}


@click.command(short_help="Make a beginning that works: environment, service, tests.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@telling_failures
def init(folder: Path) -> None:
    """Write an environment file, a tiny service with a database, tests and a CI workflow into FOLDER.

    The tests pass at once. Files that are there already are left as they are.
    """
    there = [name for name in _FILES if (folder / name).exists()]
    written = [name for name in _FILES if name not in there]
    for name in written:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_content(name), encoding="utf-8")
    _tell(folder, written=written, there=there)


def _content(name: str) -> str:
    if name == _SCHEMA:
        from IntegrationLibrary.environments.schema import environment_schema

        return json.dumps(environment_schema(), indent=2) + "\n"
    return (_STARTER / name.removeprefix(".")).read_text(encoding="utf-8")


def _tell(folder: Path, *, written: list[str], there: list[str]) -> None:
    if written:
        click.echo("Written:")
        print_rows([(str(folder / name), _FILES[name]) for name in written])
    if there:
        click.echo("Left as they are, because they are there already:")
        print_rows([(str(folder / name),) for name in there])
    click.echo("Next:")
    here = [] if folder == Path() else [(f"cd {shlex.quote(str(folder))}", "")]
    print_rows([*here, ("robot --outputdir results tests", "runs the tests; results/log.html shows what happened")])
