"""The command `rfintegration`: what is done with environments outside of a test, in the order a user meets it."""

from __future__ import annotations

import click

from IntegrationLibrary.commands.arming import arm, disarm
from IntegrationLibrary.commands.completion import completion
from IntegrationLibrary.commands.doctor import doctor
from IntegrationLibrary.commands.down import down
from IntegrationLibrary.commands.init import init
from IntegrationLibrary.commands.logs import logs
from IntegrationLibrary.commands.run import run
from IntegrationLibrary.commands.schema import schema
from IntegrationLibrary.commands.status import status
from IntegrationLibrary.commands.up import up

_COMMANDS = (init, run, up, status, logs, down, doctor, schema, arm, disarm, completion)


class _InThisOrder(click.Group):
    """Lists its commands as they are given here."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names."""
        del ctx
        return list(self.commands)


@click.group(
    cls=_InThisOrder,
    commands={str(command.name): command for command in _COMMANDS},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="robotframework-integrationlibrary", prog_name="rfintegration")
def main() -> None:
    """Environments of IntegrationLibrary, outside of a run."""
