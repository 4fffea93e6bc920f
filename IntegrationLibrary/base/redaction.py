"""Masks secrets before they reach a log, a message or evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping

MASK = "***"

_SECRET_NAME = re.compile(r"pass(word|wd|phrase)?$|secret|token|api[-_]?key|private[-_]?key|credential", re.IGNORECASE)
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
_URL_PASSWORD = re.compile(r"(?P<before>[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s@/]+(?=@)", re.IGNORECASE)

_QUERY_VALUE = re.compile(r"(?P<before>(?:^|[?&])(?P<name>[\w.%\[\]-]+)=)[^&#\s\"'<>]+")


def is_secret_name(name: str) -> bool:
    """Return whether a value of this name (of a variable, a key, a header) is to be masked."""
    return name.lower() in _SECRET_HEADERS or _SECRET_NAME.search(name) is not None


def mask_urls(text: str) -> str:
    """Return *text* with the passwords and the secret query parameters of its URLs masked."""
    return _QUERY_VALUE.sub(_without_value, _URL_PASSWORD.sub(rf"\g<before>{MASK}", text))


def mask_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with the values of those that carry secrets masked."""
    return {name: MASK if is_secret_name(name) else mask_urls(value) for name, value in headers.items()}


def mask_values(value: object) -> object:
    """Return a JSON value with everything masked that stands under a secret name."""
    if isinstance(value, Mapping):
        return {
            key: MASK if isinstance(key, str) and is_secret_name(key) else mask_values(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [mask_values(item) for item in value]
    return mask_urls(value) if isinstance(value, str) else value


def _without_value(found: re.Match[str]) -> str:
    return f"{found['before']}{MASK}" if is_secret_name(found["name"]) else found[0]
