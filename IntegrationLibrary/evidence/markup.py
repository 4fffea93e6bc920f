"""Pieces of HTML for Robot's log: escaped, without scripts and links, in colours that both of its themes can show."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape

from IntegrationLibrary.base.redaction import mask_text, mask_values
from IntegrationLibrary.base.text import counted, shortened

GOOD, NEUTRAL, BAD = "#2a9d5c", "#d08700", "#d64545"
BORDER = "border:1px solid color-mix(in srgb, currentColor 25%, transparent)"
CELL = "border:1px solid #8886;padding:2px 8px;text-align:left;vertical-align:top"
_PRE = (
    f"{BORDER};border-radius:4px;padding:6px;margin:4px 0;white-space:pre-wrap;overflow-wrap:anywhere;"
    "background:color-mix(in srgb, currentColor 5%, transparent)"
)
_INDENT = "margin:4px 0 4px 12px"


def text(value: str) -> str:
    """Return text that no browser takes for markup; for use between tags only."""
    return escape(value, quote=False)


def section(title: str, content: str) -> str:
    """Return content under a title, or nothing when there is none."""
    return f'<div style="margin-top:10px"><b>{text(title)}</b></div>{content}' if content else ""


def line(html: str) -> str:
    """Return an indented line of its own."""
    return f'<div style="{_INDENT}">{html}</div>'


def folded(summary: str, content: str, *, mark: str = "") -> str:
    """Return content that opens with a click on its summary; *mark* `open` shows it at once."""
    return f'<details{mark and " "}{mark} style="{_INDENT}"><summary>{summary}</summary>{content}</details>'


def code(content: str) -> str:
    """Return a piece of text in type of a fixed width."""
    return f"<code>{text(content)}</code>"


def block(content: str) -> str:
    """Return text in a box, its lines as they are."""
    return f'<pre style="{_PRE}">{text(content)}</pre>'


def columns(parts: Iterable[str]) -> str:
    """Return parts side by side, or one below the other where there is no room."""
    cells = "".join(f'<div style="flex:1 1 30em;min-width:0">{part}</div>' for part in parts)
    return f'<div style="display:flex;flex-wrap:wrap;gap:0 12px">{cells}</div>'


def pretty(body: str, limit: int) -> str:
    """Return a body as a person reads it: JSON over several lines, secrets masked, cut at *limit* characters."""
    try:
        shown = json.dumps(mask_values(json.loads(body)), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        shown = mask_text(body)
    return shortened(shown, limit)


def left_out(number: int, noun: str) -> str:
    """Return a line that tells how many more there are, if any."""
    return line(f"{counted(number, noun)} left out") if number > 0 else ""


def fitting(pieces: Iterable[str], limit: int) -> list[str]:
    """Return the first pieces, as many as fit into *limit* characters together."""
    found: list[str] = []
    for piece in pieces:
        limit -= len(piece)
        if limit < 0:
            break
        found.append(piece)
    return found
