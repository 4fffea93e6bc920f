"""The command `rfintegration`: what is done with environments outside of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click

from IntegrationLibrary.base.errors import IntegrationError

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Environments of IntegrationLibrary, outside of a run."""


@main.command()
@_FILE
def arm(file: Path) -> None:
    """Arm the external databases of the environment FILE, and say which rights are missing.

    A run does this by itself, and takes it back at its end. What an earlier run left is undone first.
    """
    from IntegrationLibrary.environments import external

    _tell(external.arm, file)


@main.command()
@_FILE
def disarm(file: Path) -> None:
    """Give the external databases of the environment FILE back as they were before they were armed.

    What was written since is undone. Needed after a run that was killed, when no other run follows.
    """
    from IntegrationLibrary.environments import external

    _tell(external.disarm, file)


def _tell(do: Callable[[Path], Iterator[str]], file: Path) -> None:
    try:
        for sentence in do(file):
            click.echo(sentence)
    except IntegrationError as error:
        click.echo(str(error), err=True)
        raise SystemExit(1) from error
