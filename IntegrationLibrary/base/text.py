"""Words for messages: shortened values, lists of names, the nearest match."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

SHOWN_CHARACTERS = 300
SHOWN_ITEMS = 10


def shortened(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """Return *text*, cut at *limit* characters with the number of those left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}... and {len(text) - limit} characters more"


def listed(items: Iterable[object], *, separator: str = ", ", limit: int = SHOWN_ITEMS) -> str:
    """Return the items in a row, cut at *limit* with the number of those left out."""
    texts = [str(item) for item in items]
    shown = separator.join(texts[:limit])
    if len(texts) <= limit:
        return shown
    return f"{shown}{separator}and {len(texts) - limit} more"


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the one of *names* that *name* was probably meant to be, or None."""
    known = {each.lower(): each for each in names}
    matches = get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    return known[matches[0]] if matches else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return `did you mean 'x'?`, or an empty text when nothing is near."""
    match = nearest(name, names)
    return f"did you mean '{match}'?" if match else ""


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return `1 row` or `2 rows`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def seconds(value: float) -> str:
    """Return a duration with its unit, as a person would say it."""
    if round(value * 1000) < 1000:  # noqa: PLR2004 milliseconds of a second
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s".replace(".0 s", " s")


def last_lines(lines: Sequence[str], count: int = SHOWN_ITEMS) -> str:
    """Return the last *count* lines as one text."""
    return "\n".join(line.rstrip() for line in lines[-count:])
