"""`rfintegration schema`: what editors need to complete and check environment files."""

from __future__ import annotations

import json
from pathlib import Path

import click

from IntegrationLibrary.commands.console import telling_failures


@click.command(short_help="Print the JSON Schema of environment files.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of standard output.")
@telling_failures
def schema(output: Path | None) -> None:
    """Print the JSON Schema of environment files, for editors that complete and check them.

    An editor with a YAML language server uses it when the environment file begins with the line

    # yaml-language-server: $schema=environment.schema.json
    """
    from IntegrationLibrary.environments.schema import environment_schema

    text = json.dumps(environment_schema(), indent=2)
    if output is None:
        click.echo(text)
        return
    output.write_text(text + "\n", encoding="utf-8")
    click.echo(f"Wrote {output}.", err=True)
