"""`rfintegration down`: ends environments that are kept, and removes what dead runs left."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from IntegrationLibrary.base.text import counted, listed
from IntegrationLibrary.commands.choices import as_json
from IntegrationLibrary.commands.console import print_json, telling_failures
from IntegrationLibrary.commands.progress import shown


@click.command(short_help="End what is kept.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option("--leftovers", is_flag=True, help="Remove what runs left that were killed; what is alive stays.")
@as_json
@telling_failures
def down(file: Path | None, *, leftovers: bool, as_json: bool) -> None:
    """End the kept environment of FILE, or all that are kept.

    Tests of a run that uses one fail from then on.
    """
    if leftovers and file is not None:
        raise click.UsageError("--leftovers is about all runs that are dead: it takes no FILE.")
    if leftovers:
        _remove_leftovers(as_json=as_json)
    else:
        _end(file, as_json=as_json)


def _end(file: Path | None, *, as_json: bool) -> None:
    from IntegrationLibrary.supervisor.keeping import end_supervisor, kept_environments

    ended = [kept for kept in kept_environments() if file is None or kept.file == file.resolve()]
    for kept in ended:
        shown(partial(end_supervisor, kept.run), f"Ending {kept.file}")
    if as_json:
        print_json({"ended": [{"file": str(kept.file), "switches": kept.switches} for kept in ended]})
        return
    for kept in ended:
        click.echo(f"Ended {kept.file}.")
    if not ended:
        click.echo(f"No environment of {file} is kept." if file else "No environment is kept.")


def _remove_leftovers(*, as_json: bool) -> None:
    from IntegrationLibrary.supervisor.leftovers import remove_leftovers

    removed = shown(remove_leftovers, "Removing what dead runs left")
    if as_json:
        print_json({"removed": [{"run": each.run, "processes": each.processes} for each in removed]})
        return
    for each in removed:
        processes = f" with {counted(len(each.processes), 'process', 'processes')} ({listed(each.processes)})"
        click.echo(f"Removed {each.run}{processes if each.processes else ', its folder only'}.")
    if not removed:
        click.echo("Dead runs have left nothing.")
