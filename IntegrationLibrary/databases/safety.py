"""External databases: only those that are named as test databases may be changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, unquote, urlsplit

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.redaction import mask_urls
from IntegrationLibrary.base.text import listed

_PRODUCTION = re.compile(r"(?:^|[^a-z])(production|prod|prd|live)(?:[^a-z]|$)", re.IGNORECASE)
# Parameters that libpq takes from a URL's query instead of its host and path (PostgreSQL manual, 34.1.1.2).
_OVERRIDING = frozenset({"dbname", "host", "hostaddr", "port", "service", "servicefile"})


def why_refused(url: str, test_databases: Sequence[str]) -> str | None:
    """Return why the database at *url* must not be changed, or None when it may be."""
    parts = urlsplit(url)
    overriding = sorted(_OVERRIDING & dict(parse_qsl(parts.query)).keys())
    if overriding:
        return f"its part after the ? names {listed(overriding)} a second time"
    name, host = unquote(parts.path.lstrip("/")), parts.hostname or ""
    for what, text in (("host", host), ("database", name)):
        found = _PRODUCTION.search(text)
        if found:
            return f"its {what} '{text}' looks like production ('{found[1]}')"
    if name not in test_databases:
        return f"'{name}' is not named under test_databases ({listed(test_databases) or 'which names none'})"
    return None


def refuse_unless_test_database(url: str, test_databases: Sequence[str]) -> None:
    """Refuse to change a database that is not named as a test database.

    Raises:
        EnvironmentFailure: It is not, or it looks like production.

    """
    reason = why_refused(url, test_databases)
    if reason is not None:
        raise EnvironmentFailure(
            f"Database '{mask_urls(url)}' is refused.",
            expected="a test database: what tests write there is rolled back or emptied",
            seen=reason,
        )
