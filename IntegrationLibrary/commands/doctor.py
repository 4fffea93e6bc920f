"""`rfintegration doctor`: whether this machine has what is needed, and what to do where it has not."""

from __future__ import annotations

import click

from IntegrationLibrary.commands.choices import as_json
from IntegrationLibrary.commands.console import print_json, print_rows
from IntegrationLibrary.commands.examinations import MISSING, examine
from IntegrationLibrary.commands.progress import shown


@click.command(short_help="Look whether this machine has what is needed.")
@as_json
def doctor(*, as_json: bool) -> None:
    """Look whether this machine has what is needed; the exit code is 1 when something is missing."""
    findings = shown(examine, "Looking")
    if as_json:
        print_json([finding.__dict__ for finding in findings])
    else:
        print_rows([(finding.verdict, finding.subject, finding.text) for finding in findings], indent="")
    raise SystemExit(1 if any(finding.verdict == MISSING for finding in findings) else 0)
