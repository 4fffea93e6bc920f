"""`rfintegration run`: an environment, the tests on it, and its end."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.tallies import FOLDER_VARIABLE, Count, gathered
from IntegrationLibrary.commands.child import run_child
from IntegrationLibrary.commands.choices import environment_file
from IntegrationLibrary.commands.interrupts import ended_by_signals
from IntegrationLibrary.commands.progress import shown
from IntegrationLibrary.commands.up import first_attach, progress_of
from IntegrationLibrary.commands.verdict import ENVIRONMENT_FAILED, exit_code, verdict

if TYPE_CHECKING:  # imported when something is started
    from IntegrationLibrary.supervisor.client import Client
    from IntegrationLibrary.supervisor.runs import RunFolder

_LISTENER = ["--listener", "IntegrationLibrary.tally.Tally"]
_ROBOT = [sys.executable, "-m", "robot"]
_PABOT = [sys.executable, "-m", "pabot.pabot", "--command", *_ROBOT, "--end-command", "--pabotlibport", "0"]


_EXAMPLES = """\b
rfintegration run environment.yaml -- tests
rfintegration run --processes 4 environment.yaml -- --include smoke tests

Robot's and pabot's own options go behind the two dashes.
"""


@click.command(short_help="Run tests, with an environment around them.", epilog=_EXAMPLES)
@environment_file
@click.option("--processes", type=click.IntRange(min=1), help="How many workers pabot has; without it, pabot decides.")
@click.option("--no-pabot", is_flag=True, help="Run robot itself, one test after the other.")
@click.argument("arguments", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- ARGUMENTS")
def run(file: Path, processes: int | None, arguments: tuple[str, ...], *, no_pabot: bool) -> None:
    """Start the environment FILE, run the tests with pabot, and end the environment.

    The exit code is that of the tests. When nothing but the environment failed it is 254, which Robot does not use.
    An environment that is kept already is used, and stays.
    """
    if no_pabot and processes:
        raise click.UsageError("--processes is for pabot, and --no-pabot is without it.")
    command = [*(_ROBOT if no_pabot else _PABOT), *(["--processes", str(processes)] if processes else [])]
    raise SystemExit(_run(file.resolve(), [*command, *_LISTENER, *arguments]))


def _run(file: Path, command: list[str]) -> int:
    """Run the command in its environment, tell how it went, and return the exit code."""
    ended: list[tuple[Count, int]] = []
    try:
        with ended_by_signals(), _environment(file) as (tallies, variables):
            code = run_child(command, {**os.environ, **variables})
            ended.append((gathered(tallies), code))
    except IntegrationError as error:
        click.echo(str(error), err=True)
    if not ended:
        click.echo(f"No test was run. Exit code {ENVIRONMENT_FAILED}: the environment failed, and nothing else did.")
        return ENVIRONMENT_FAILED
    ((count, code),) = ended
    for line in verdict(count, code):
        click.echo(line)
    return exit_code(count, code)


@contextmanager
def _environment(file: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """Start the environment for a run that this process is the root of, and end it with all that belongs to it.

    Gives the folder for the counts of the run's processes, and the variables that make a process one of them.
    """
    from IntegrationLibrary.base.processes import ProcessIdentity
    from IntegrationLibrary.supervisor.client import reach_supervisor
    from IntegrationLibrary.supervisor.runs import ROOT_VARIABLE, RUN_VARIABLE, RunFolder

    root = ProcessIdentity.of(os.getpid())
    supervisor = reach_supervisor(root)
    folder = RunFolder.of(root)
    try:
        _start(supervisor, folder, file)
        tallies = folder.path / "tallies"
        tallies.mkdir(mode=0o700)
        yield (
            tallies,
            {
                FOLDER_VARIABLE: str(tallies),
                RUN_VARIABLE: folder.path.name,
                ROOT_VARIABLE: f"{root.pid} {root.created!r}",
            },
        )
    finally:
        _end(supervisor, folder)


def _start(supervisor: Client, folder: RunFolder, file: Path) -> None:
    """Start the environment, or look whether one that is kept is as its files say."""
    from IntegrationLibrary.supervisor.kept import find_kept

    kept = find_kept(file, {})
    if kept is None:
        first_attach(supervisor, file, {}, waits_for=progress_of(folder))
        return
    click.echo(f"Environment {file} is kept: it is used, and stays.", err=True)
    try:
        first_attach(kept, file, {}, waits_for=str)
    finally:
        kept.close()


def _end(supervisor: Client, folder: RunFolder) -> None:
    from IntegrationLibrary.supervisor.keeping import end_supervisor

    shown(lambda: end_supervisor(folder), "Ending the environment")
    supervisor.close()  # now nothing waits for an answer any more, also when the start was interrupted
