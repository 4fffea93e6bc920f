"""`rfintegration arm` and `disarm`: external databases, outside of a run."""

from __future__ import annotations

from pathlib import Path

import click

from IntegrationLibrary.commands.choices import environment_file
from IntegrationLibrary.commands.console import telling_failures


@click.command(short_help="Arm external databases.")
@environment_file
@telling_failures
def arm(file: Path) -> None:
    """Arm the external databases of the environment FILE, and say which rights are missing.

    A run does this by itself, and takes it back at its end. What an earlier run left is undone first.
    """
    from IntegrationLibrary.environments import external

    for sentence in external.arm(file):
        click.echo(sentence)


@click.command(short_help="Give external databases back.")
@environment_file
@telling_failures
def disarm(file: Path) -> None:
    """Give the external databases of the environment FILE back as they were before they were armed.

    What was written since is undone. Needed after a run that was killed, when no other run follows.
    """
    from IntegrationLibrary.environments import external

    for sentence in external.disarm(file):
        click.echo(sentence)
