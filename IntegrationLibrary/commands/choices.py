"""Arguments and options that several commands take."""

from __future__ import annotations

from pathlib import Path

import click

environment_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


class _Switch(click.ParamType):  # type: ignore[type-arg]  # it takes none in older versions
    """SERVICE=HOW, such as postgres=external."""

    name = "SERVICE=HOW"

    def convert(
        self, value: str | tuple[str, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Take the two apart."""
        if isinstance(value, tuple):
            return value
        service, equals, how = value.partition("=")
        if not (service and equals and how):
            self.fail(f"'{value}' is not of the form SERVICE=HOW, such as postgres=external", param, ctx)
        return service, how


switches = click.option(
    "--run",
    "switches",
    type=_Switch(),
    multiple=True,
    metavar="SERVICE=HOW",
    help="Run a service in another way than the file says, such as postgres=external. Can be given several times.",
)
