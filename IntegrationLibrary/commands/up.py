"""`rfintegration up`: an environment that stays, for one run after the other."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.redaction import mask_urls, mask_values, remember_secrets
from IntegrationLibrary.base.text import counted, listed
from IntegrationLibrary.commands.choices import as_json, environment_file, switches
from IntegrationLibrary.commands.console import print_json, print_rows, telling_failures
from IntegrationLibrary.commands.interrupts import ended_by_signals
from IntegrationLibrary.commands.progress import shown

if TYPE_CHECKING:  # imported when something is started
    from IntegrationLibrary.supervisor.client import Client
    from IntegrationLibrary.supervisor.runs import RunFolder


@click.command(short_help="Start an environment and keep it.")
@environment_file
@switches
@as_json
@telling_failures
def up(file: Path, switches: tuple[tuple[str, str], ...], *, as_json: bool) -> None:
    """Start the environment FILE and keep it until `rfintegration down`.

    Runs of robot and pabot that start this file attach to it, each worker with its own databases and services, in a
    moment instead of seconds. One that is kept already is started anew, so that it is as the files say now.
    """
    with ended_by_signals():
        told = keep(file.resolve(), dict(switches))
    if as_json:
        print_json(mask_values(_for_programs(told)))
        return
    click.echo(f"Environment '{told['environment']}' is up:")
    print_rows([(name, address(service["fields"])) for name, service in told["services"].items()])
    click.echo("It stays until 'rfintegration down'. Runs that start this file attach to it.")


def keep(file: Path, switches: dict[str, str]) -> dict[str, Any]:
    """Start the environment anew, with one slot ready, and return what is in it.

    Raises:
        IntegrationError: A run uses it, or it does not start; nothing of it is left then.

    """
    from IntegrationLibrary.supervisor.keeping import end_supervisor, start_kept
    from IntegrationLibrary.supervisor.runs import RunFolder

    run = RunFolder.kept(file, switches)
    _refuse_if_used(file, switches)
    if run.path.exists():
        shown(lambda: end_supervisor(run), "Ending the one before")
    client = start_kept(file, switches)
    try:
        return first_attach(client, file, switches, waits_for=progress_of(run))
    except BaseException:
        end_supervisor(run)
        raise
    finally:
        client.close()


def first_attach(
    client: Client, file: Path, switches: dict[str, str], *, waits_for: Callable[[], str]
) -> dict[str, Any]:
    """Have the environment started and a slot made, leave it to the next worker, and return what is in it."""
    from IntegrationLibrary.base.processes import ProcessIdentity

    own = ProcessIdentity.of(os.getpid())
    attach = {"file": str(file), "switches": switches, "holder": [own.pid, own.created]}
    told: dict[str, Any] = shown(lambda: client.call("attach", **attach), "Starting", waits_for=waits_for)
    client.call("release")
    remember_secrets(told)
    return told


def progress_of(run: RunFolder) -> Callable[[], str]:
    """Return what tells which services the run's supervisor waits for."""
    from IntegrationLibrary.supervisor.client import connect

    client = connect(run)

    def waits_for() -> str:
        if client is None:
            return ""
        with contextlib.suppress(IntegrationError):
            return listed(client.call("progress"))
        return ""

    return waits_for


def address(fields: dict[str, str]) -> str:
    """Return where a service answers, secrets masked."""
    if "url" in fields:
        return mask_urls(fields["url"])
    return f"{fields['host']}:{fields['port']}" if fields.get("port") else ""


def _refuse_if_used(file: Path, switches: dict[str, str]) -> None:
    from IntegrationLibrary.supervisor.kept import find_kept

    client = find_kept(file, switches)
    if client is None:
        return
    try:
        holders = [
            slot["holder"]
            for each in client.call("overview")["environments"]
            for slot in each["slots"]
            if slot["holder"]
        ]
    finally:
        client.close()
    if holders:
        raise EnvironmentFailure(
            f"'{file.name}' cannot be started anew: {counted(len(holders), 'worker')} of a run {_use(holders)} it.",
            seen=f"pid {listed(holders)}",
            next_step=f"wait until that run has ended, or end it with 'rfintegration down {file}'",
        )


def _use(holders: list[int]) -> str:
    return "uses" if len(holders) == 1 else "use"


def _for_programs(told: dict[str, Any]) -> dict[str, Any]:
    services = {name: {"type": each["type"], "fields": each["fields"]} for name, each in told["services"].items()}
    return {"environment": told["environment"], "file": told["file"], "services": services}
