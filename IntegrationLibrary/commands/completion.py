"""`rfintegration completion`: what a shell needs to complete the commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_HOW = {
    "bash": 'eval "$(rfintegration completion bash)"   in ~/.bashrc',
    "zsh": 'eval "$(rfintegration completion zsh)"   in ~/.zshrc',
    "fish": "rfintegration completion fish > ~/.config/fish/completions/rfintegration.fish",
}


@click.command(
    short_help="Print what a shell needs to complete commands.",
    epilog="\b\n" + "\n".join(_HOW.values()),
)
@click.argument("shell", type=click.Choice(list(_HOW)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that lets SHELL complete the commands and options."""
    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"This version of click knows no completion for {shell}.")
    root = context.find_root().command
    click.echo(made(root, {}, "rfintegration", "_RFINTEGRATION_COMPLETE").source())
