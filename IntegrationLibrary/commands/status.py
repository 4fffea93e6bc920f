"""`rfintegration status`: what runs now, and who uses it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import click

from IntegrationLibrary.base.redaction import mask_urls, mask_values
from IntegrationLibrary.commands.choices import as_json
from IntegrationLibrary.commands.console import print_json, print_rows, span, telling_failures
from IntegrationLibrary.commands.progress import shown
from IntegrationLibrary.commands.running import Running, running
from IntegrationLibrary.commands.up import address

Row = tuple[str, str, str, str]
_STATES = {"ready": "ready", "not yet": "not ready", "never": "ended"}


@click.command(short_help="Show what runs, where, and who uses it.")
@as_json
@telling_failures
def status(*, as_json: bool) -> None:
    """Show the environments that are kept and those of runs: services, addresses, who has which slot."""
    from IntegrationLibrary.supervisor.leftovers import dead_runs

    found = shown(lambda: running("status"), "Asking")
    dead = [str(run.path) for run in dead_runs()]
    if as_json:
        print_json(mask_values({"running": [_for_programs(each) for each in found], "dead": dead}))
        return
    for each in found:
        _show(each)
    for folder in dead:
        click.echo(f"{folder} was left by a dead run: 'rfintegration down --leftovers' removes it.")
    if not found and not dead:
        click.echo("Nothing runs: no environment is kept, and no run is under way.")


def _show(each: Running) -> None:
    since = span(time.time() - each.since)
    for environment in each.environments:
        whose = "kept" if each.is_kept else f"of the run of pid {each.root}"
        click.echo(f"Environment '{environment['environment']}', {whose}, for {since}  ({environment['file']})")
        print_rows(_rows(environment))
        for name, seen in _troubles(environment):
            click.echo(f"  {name}: {seen}  ('rfintegration logs {name}' shows what it printed)")
    if not each.environments:
        click.echo(f"Nothing is started yet, for {since}  ({each.folder})")


def _rows(environment: dict[str, Any]) -> list[Row]:
    rows: list[Row] = [_row(name, service, "all workers") for name, service in environment["services"].items()]
    for slot in environment["slots"]:
        holder = f"worker {slot['number']}, {'pid ' + str(slot['holder']) if slot['holder'] else 'free'}"
        rows += [_row(name, service, holder) for name, service in slot["services"].items()]
        rows += [(name, holder, "", mask_urls(url)) for name, url in _databases(slot)]
    return rows


def _databases(slot: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a service for all workers holds for this one, each with its URL."""
    for name, fields in slot["fields"].items():
        for field, value in fields.items():
            if field.endswith(".url"):
                yield f"{name}.{field.removesuffix('.url')}", value


def _row(name: str, service: dict[str, Any], whose: str) -> Row:
    condition = service["condition"]
    state = f"{condition} by a test" if condition else _STATES[service["state"]]
    return name, whose, state, address(service["fields"])


def _troubles(environment: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the services that no test has stopped and that are not ready, each with what was seen."""
    for slot in (environment, *environment["slots"]):
        for name, service in slot["services"].items():
            if service["state"] != "ready" and not service["condition"]:
                yield name, service["seen"]


def _for_programs(each: Running) -> dict[str, Any]:
    return {
        "kept": each.is_kept,
        "folder": str(each.folder),
        "root": each.root,
        "seconds": round(time.time() - each.since, 1),
        "environments": each.environments,
    }
