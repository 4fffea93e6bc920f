"""Evidence as HTML for Robot's log: one card for a failed test, one line for a passed one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from IntegrationLibrary.base.logs import size_words
from IntegrationLibrary.base.redaction import mask_text
from IntegrationLibrary.base.text import counted, listed, seconds, shortened
from IntegrationLibrary.evidence.changes import changes_html
from IntegrationLibrary.evidence.exchanges import exchanges_html
from IntegrationLibrary.evidence.markup import BORDER, block, code, fitting, left_out, line, section, text
from IntegrationLibrary.evidence.record import Evidence

LARGEST_CARD = 200_000
"""No card has more characters: a log with many failed tests must still open in a browser."""

_ROOM_FOR_EXCHANGES = 100_000
_ROOM_FOR_CHANGES = 45_000
_ROOM_FOR_HITS = 10_000
_ROOM_FOR_LOGS = 40_000
_ROOM_FOR_MARKUP = 600
_LONGEST_LINE = 400
_SHOWN_LINES = 60
_LONGEST_NAME = 300


def words(evidence: Evidence) -> str:
    """Return in one line how much of what there was."""
    parts = [counted(len(evidence.exchanges), "request")] if evidence.exchanges else []
    parts += [listed(f"{table} {counts}" for table, counts in evidence.counts.items())] if evidence.counts else []
    parts += [counted(len(evidence.mock_hits), "mock hit")] if evidence.mock_hits else []
    return " · ".join(parts) or "nothing was asked, nothing changed"


def summary(evidence: Evidence) -> str:
    """Return the one line of a passed test."""
    parts = [words(evidence), mask_text(evidence.rollback)]
    told = " · ".join(shortened(part, _LONGEST_NAME) for part in parts if part)
    return f'<span style="opacity:.75">{text(told)}</span>'


def card(evidence: Evidence) -> str:
    """Return the card of a failed test, at most `LARGEST_CARD` characters."""
    title = f"Evidence of '{shortened(evidence.test, _LONGEST_NAME)}'"
    sections = [
        section("Requests and answers", exchanges_html(evidence.exchanges, _ROOM_FOR_EXCHANGES)),
        section("Changes in the database", changes_html(evidence.changes, _ROOM_FOR_CHANGES)),
        section("Mock hits", _hits(evidence.mock_hits)),
        *_logs(evidence.service_logs, evidence.logs_left_out),
        section("Afterwards", line(text(shortened(mask_text(evidence.rollback), 1000))) if evidence.rollback else ""),
    ]
    return (
        f'<details open style="{BORDER};border-radius:6px;padding:8px 12px;margin:4px 0;font-size:90%">'
        f"<summary><b>{text(title)}</b> ({text(evidence.status)} after {seconds(evidence.seconds)}: "
        f"{text(shortened(words(evidence), _LONGEST_NAME))})</summary>{''.join(sections)}</details>"
    )


def _hits(hits: Sequence[Mapping[str, Any]]) -> str:
    newest = fitting(map(_hit, reversed(hits)), _ROOM_FOR_HITS)
    return left_out(len(hits) - len(newest), "earlier hit") + "".join(reversed(newest))


def _hit(hit: Mapping[str, Any]) -> str:
    asked = f"{hit['method']} {shortened(mask_text(str(hit['path'])))}"
    body = shortened(mask_text(str(hit.get("body") or "")))
    why = f"; {mask_text(str(hit['unmatched']))}" if hit.get("unmatched") else ""
    rule = f"by rule '{shortened(str(hit['rule']))}'" if hit.get("rule") else shortened(f"as no rule fits{why}")
    return line(
        f"{text(str(hit['mock']))}: {code(asked)} {code(body) if body else ''} → "
        f"<b>{text(str(hit['status']))}</b> {text(rule)}"
    )


def _logs(logs: Mapping[str, Sequence[str]], before: Mapping[str, int]) -> list[str]:
    room = _ROOM_FOR_LOGS // max(len(logs), 1) - _ROOM_FOR_MARKUP
    sections = (section(f"Log of {name}", _log(lines, room, before.get(name, 0))) for name, lines in logs.items())
    return fitting(sections, _ROOM_FOR_LOGS)


def _log(lines: Sequence[str], room: int, before: int) -> str:
    """Return the newest lines; they are masked as one text, because a secret may have several lines."""
    masked = mask_text("\n".join(map(mask_text, lines[-_SHOWN_LINES:]))).split("\n")
    shown = [shortened(each, _LONGEST_LINE) for each in masked]
    fits = len(fitting((text(each) for each in reversed(shown)), room))
    older = left_out(max(len(lines), len(shown)) - fits, "earlier line")
    oldest = line(f"{size_words(before)} before them left out") if before else ""
    return oldest + older + block("\n".join(shown[len(shown) - fits :]))
