"""Evidence as HTML for Robot's log: one card for a failed test, one line for a passed one.

Everything is escaped, no script is used, and colours are mixed from the page's own, so that both of the log's themes
can be read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any
from urllib.parse import urlsplit

from IntegrationLibrary.base.redaction import MASK, is_secret_name, mask_urls, mask_values
from IntegrationLibrary.base.text import counted, listed, seconds, shortened
from IntegrationLibrary.evidence.record import ChangeLike, Evidence, ExchangeLike

_SHOWN_BODY = 4000
_SHOWN_ROWS = 20
_SHOWN_LINES = 60
_SHOWN_EXCHANGES = 30

_BORDER = "border:1px solid color-mix(in srgb, currentColor 25%, transparent)"
_CELL = f"{_BORDER};padding:2px 8px;text-align:left;vertical-align:top"
_PRE = (
    f"{_BORDER};border-radius:4px;padding:6px;margin:4px 0;white-space:pre-wrap;overflow-wrap:anywhere;"
    "background:color-mix(in srgb, currentColor 5%, transparent)"
)
_MARKS = {"added": "#2a9d5c", "changed": "#d08700", "removed": "#d64545"}


def summary(evidence: Evidence) -> str:
    """Return the one line of a passed test."""
    parts = [counted(len(evidence.exchanges), "request")] if evidence.exchanges else []
    parts += [listed(f"{table} {counts}" for table, counts in evidence.counts.items())] if evidence.counts else []
    parts += [counted(len(evidence.mock_hits), "mock hit")] if evidence.mock_hits else []
    parts += [evidence.rollback] if evidence.rollback else []
    return f'<span style="opacity:.75">{escape(" · ".join(parts) or "nothing was asked, nothing changed")}</span>'


def card(evidence: Evidence) -> str:
    """Return the card of a failed test."""
    title = f"Evidence of '{evidence.test}'"
    sections = [
        _section("Requests and answers", _exchanges(evidence.exchanges)),
        _section("Changes in the database", _changes(evidence.changes)),
        _section("Mock hits", _hits(evidence.mock_hits)),
        *(_section(f"Log of {name}", _log(lines)) for name, lines in evidence.service_logs.items()),
        _section("Afterwards", escape(evidence.rollback)),
    ]
    return (
        f'<details open style="{_BORDER};border-radius:6px;padding:8px 12px;margin:4px 0;font-size:90%">'
        f"<summary><b>{escape(title)}</b> ({escape(evidence.status)} after {seconds(evidence.seconds)})</summary>"
        f"{''.join(sections)}</details>"
    )


def _section(title: str, content: str) -> str:
    if not content:
        return ""
    return f'<div style="margin-top:10px"><b>{escape(title)}</b></div>{content}'


def _exchanges(exchanges: Sequence[ExchangeLike]) -> str:
    shown = "".join(_exchange(exchange) for exchange in exchanges[:_SHOWN_EXCHANGES])
    return shown + _left_out(len(exchanges) - _SHOWN_EXCHANGES, "request")


def _exchange(exchange: ExchangeLike) -> str:
    path = urlsplit(mask_urls(exchange.url))
    place = path.path + (f"?{path.query}" if path.query else "")
    has_failed = exchange.status >= 400 or exchange.status == 0  # noqa: PLR2004 RFC 9110, 15; 0 is no answer
    colour = _MARKS["removed" if has_failed else "added"]
    head = (
        f"<code>{escape(exchange.method)} {escape(place)}</code> → "
        f'<b style="color:{colour}">{exchange.status} {escape(exchange.reason)}</b> in {seconds(exchange.elapsed)}'
    )
    bodies = "".join(
        f"<div>{label}</div><pre style='{_PRE}'>{escape(_pretty(body))}</pre>"
        for label, body in (("asked", exchange.request_body), ("answered", exchange.response_body))
        if body
    )
    curl = f"<pre style='{_PRE}'>{escape(shortened(exchange.curl(), _SHOWN_BODY))}</pre>"
    return f"<details open style='margin:4px 0 4px 12px'><summary>{head}</summary>{bodies}{curl}</details>"


def _pretty(body: str) -> str:
    try:
        text = json.dumps(mask_values(json.loads(body)), indent=2, ensure_ascii=False)
    except ValueError:
        text = mask_urls(body)
    return shortened(text, _SHOWN_BODY)


def _changes(changes: Sequence[ChangeLike]) -> str:
    tables: dict[str, list[ChangeLike]] = {}
    for change in changes:
        tables.setdefault(change.table, []).append(change)
    return "".join(_table(name, rows) for name, rows in tables.items())


def _table(name: str, changes: Sequence[ChangeLike]) -> str:
    columns = list(next(row for row in (changes[0].new, changes[0].old) if row is not None))
    head = "".join(f"<th style='{_CELL}'>{escape(column)}</th>" for column in ["", *columns])
    rows = "".join(_row(change, columns) for change in changes[:_SHOWN_ROWS])
    return (
        f"<div style='margin:4px 0 4px 12px'><code>{escape(name)}</code>"
        f"<table style='border-collapse:collapse;margin:2px 0'><tr>{head}</tr>{rows}</table>"
        f"{_left_out(len(changes) - _SHOWN_ROWS, 'row')}</div>"
    )


def _row(change: ChangeLike, columns: Iterable[str]) -> str:
    mark = f"<td style='{_CELL};color:{_MARKS[change.kind]}'>{escape(change.kind)}</td>"
    return f"<tr>{mark}{''.join(_cells(change, columns))}</tr>"


def _cells(change: ChangeLike, columns: Iterable[str]) -> Iterator[str]:
    for column in columns:
        row = change.new if change.new is not None else change.old or {}
        text = _value(column, row.get(column))
        if change.old is not None and change.new is not None and change.old.get(column) != change.new.get(column):
            before = _value(column, change.old.get(column))
            yield f"<td style='{_CELL};color:{_MARKS['changed']}'>{escape(before)} → <b>{escape(text)}</b></td>"
        else:
            yield f"<td style='{_CELL}'>{escape(text)}</td>"


def _value(column: str, value: Any) -> str:
    if is_secret_name(column):
        return MASK
    if value is None:
        return "NULL"
    text = value if isinstance(value, str) else json.dumps(mask_values(value), ensure_ascii=False)
    return shortened(mask_urls(text), 120)


def _hits(hits: Sequence[Any]) -> str:
    shown = "".join(
        f"<div style='margin-left:12px'>{escape(str(hit['mock']))}: "
        f"<code>{escape(str(hit['method']))} {escape(str(hit['path']))}</code> → <b>{escape(str(hit['status']))}</b> "
        f"({escape(str(hit.get('rule') or 'no rule'))})</div>"
        for hit in hits[:_SHOWN_EXCHANGES]
    )
    return shown + _left_out(len(hits) - _SHOWN_EXCHANGES, "hit")


def _log(lines: Sequence[str]) -> str:
    text = "\n".join(shortened(mask_urls(line), 400) for line in lines[-_SHOWN_LINES:])
    return _left_out(len(lines) - _SHOWN_LINES, "earlier line") + f"<pre style='{_PRE}'>{escape(text)}</pre>"


def _left_out(number: int, noun: str) -> str:
    return f"<div style='margin-left:12px'>{counted(number, noun)} more left out</div>" if number > 0 else ""
