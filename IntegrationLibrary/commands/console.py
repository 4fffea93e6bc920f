"""What commands print: plain where a program reads, failures on standard error, durations as a person says them."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TextIO

import click

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.redaction import mask_urls

P = ParamSpec("P")

_STYLES = {"ready": "green", "ok": "green", "not yet": "yellow", "note": "yellow", "never": "red", "missing": "red"}
_SPANS = ((86400, "d"), (3600, "h"), (60, "min"))


def telling_failures(command: Callable[P, None]) -> Callable[P, None]:
    """Let a failure be told in its own words, with exit code 1, and not as a traceback."""

    @functools.wraps(command)
    def telling(*arguments: P.args, **named: P.kwargs) -> None:
        try:
            command(*arguments, **named)
        except IntegrationError as error:
            if named.get("as_json"):
                print_json({"failure": failure(error)})
            else:
                click.echo(mask_urls(str(error)), err=True)
            raise SystemExit(1) from error

    return telling


def failure(error: IntegrationError) -> dict[str, str]:
    """Return a failure for programs."""
    told = {
        "headline": f"{error.prefix}{error.headline}",
        "expected": error.expected,
        "seen": error.seen,
        "next": error.next_step,
    }
    return {name: text for name, text in told.items() if text}


def print_json(value: Any) -> None:
    """Print a value for programs."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def is_read_by_a_person(stream: TextIO = sys.stdout) -> bool:
    """Return whether the stream is a terminal and not a file or another program."""
    return stream.isatty()


def span(seconds: float) -> str:
    """Return a duration in its largest unit: `12 s`, `3 min`, `2 h`, `5 d`."""
    for length, unit in _SPANS:
        if seconds >= length:
            return f"{seconds // length:.0f} {unit}"
    return f"{seconds:.0f} s"


def print_rows(rows: Sequence[tuple[str, ...]], *, indent: str = "  ") -> None:
    """Print rows in columns; in colours where a person reads."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    if is_read_by_a_person():
        _print_coloured(lines, indent)
        return
    for line in lines:
        click.echo((indent + "  ".join(line)).rstrip())


def _print_coloured(lines: list[list[str]], indent: str) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console()
    for line in lines:
        text = Text("  ").join(Text(cell, style=_STYLES.get(cell.strip(), "")) for cell in line)
        text.rstrip()
        console.print(Text(indent).append_text(text), soft_wrap=True)  # what is wrapped by hand cannot be copied
