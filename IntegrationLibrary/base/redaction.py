"""Masks secrets before they reach a log, a message or evidence.

A value is taken for a secret because it is a known one, because of the name it stands under, or because of its form.
In doubt, it is one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from IntegrationLibrary.base.known import KnownSecrets

MASK = "***"

KNOWN = KnownSecrets()
"""The secrets that this process has been told of: what an environment file names as such, Robot's secret values."""

_SECRET_NAME = re.compile(
    r"passw(or)?d|passphrase|pass$|pwd|secret|token|jwt|api[-_]?key|(access|private|signing|account)[-_]?key|credential"
    r"|authorization|cookie|signature|^sig$|^auth$|session[-_]?id$|cvv|cvc",
    re.IGNORECASE,
)
_URL_PASSWORD = re.compile(
    r"(?P<before>(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*+://[^\s:/@]*:)(?P<password>[^\s@/]+)(?=@)", re.IGNORECASE
)
_HEADER_LINE = re.compile(
    r"(?P<before>\b(?:proxy-)?(?:authorization|set-cookie|cookie)\s*:\s*)[^\s\"'\\<>][^\r\n\"'\\<>]*", re.IGNORECASE
)
_PRIVATE_KEY = re.compile(
    r"(?P<before>-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?=-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_JSON_WEB_TOKEN = re.compile(r"(?P<before>(?<![\w-]))eyJ[\w-]{8,}\.[\w-]+\.[\w-]*")
_BEARER = re.compile(r"(?P<before>\b(?:Bearer|Basic)\s+)(?=\S*[\d=])[\w.~+/=-]{8,}", re.IGNORECASE)
_HINT = re.compile(
    _SECRET_NAME.pattern.replace("^", r"\b").replace("$", r"\b")
    + r"|://[^\s/@]*:[^\s/]*@|\beyJ[\w-]|-----BEGIN |\b(?:Bearer|Basic)\s",
    re.IGNORECASE,
)
_HINT_WORDS = (
    "pass",
    "pwd",
    "secret",
    "token",
    "jwt",
    "key",
    "credential",
    "auth",
    "cookie",
    "sig",
    "session",
    "cvv",
    "cvc",
    "://",
    "eyj",
    "-----begin",
    "basic",
    "bearer",
)
_BY_FORM = (_PRIVATE_KEY, _URL_PASSWORD, _HEADER_LINE, _JSON_WEB_TOKEN, _BEARER)

_NOTHING = frozenset({"None", "null", "True", "False", "true", "false", "{}", "[]", '""', "''"})
"""What a secret name stands in front of when there is no secret."""

# A name with what leads to its value, and what the value then is.
_QUERY = (re.compile(r"(?:^|[?&])(?P<name>[\w.%\[\]-]++)="), re.compile(r"[^&#\s\"'<>]+"))
_FORM_PART = (
    re.compile(
        r"\bContent-Disposition:[^\r\n\"]{0,99}\bname=\"(?P<name>[^\"\r\n]*)\"[^\r\n]{0,999}"
        r"(?:\r?\n[^\r\n]{1,999}){0,9}\r?\n\r?\n",
        re.IGNORECASE,
    ),
    re.compile(r".*?(?=\r?\n--|\Z)", re.DOTALL),
)
_ELEMENT = (re.compile(r"<(?P<name>[\w:.-]++)(?:\s[^<>]*)?(?<!/)>"), re.compile(r"[^<]+"))
_ASSIGNMENT = (
    re.compile(r"(?<![\w.$%\[\]@-])(?P<name>[\w.$%\[\]@-]++)(?:\\*[\"'`])?[}\]]?\s*[:=]+>?\s*"),
    re.compile(
        r"(?P<plain>[\"'`])(?:\\.|(?!(?P=plain))[^\\\r\n])*(?:(?P=plain)|\\?(?=[\r\n]|$))"
        r"|(?P<escaped>\\+[\"'])(?:(?!(?P=escaped)).)*(?:(?P=escaped)|$)"
        r"|\[[^\]\r\n]*\]?|\{[^}\r\n]*\}?"
        r"|[^\s&\"'`<>\\]+"
    ),
)


def is_secret_name(name: str) -> bool:
    """Return whether a value of this name (of a variable, a key, a column, a header) is to be masked."""
    return _SECRET_NAME.search(name) is not None


def mask_urls(text: str) -> str:
    """Return *text* with the passwords and the secret query parameters of its URLs masked."""
    return _mask_named(_URL_PASSWORD.sub(rf"\g<before>{MASK}", mask_known(text)), *_QUERY)


def mask_known(text: str) -> str:
    """Return *text* with the secrets masked whose values are known."""
    return KNOWN.mask(text, MASK)


def may_hold_secret(text: str) -> bool:
    """Return whether it is worth while to mask the text; looking costs much less."""
    lower = text.lower()
    has_word = any(word in lower for word in _HINT_WORDS)  # forty times as fast as the expression
    return (has_word and _HINT.search(text) is not None) or KNOWN.are_in(text)


def remember_secrets(told: object) -> None:
    """Let be known what stands under a secret name in *told*, and the passwords of its URLs.

    What *told* says openly too, under another name, is no secret: a user that is its own password.
    """
    secrets, open_words = set[str](), set[str]()
    _collect(told, secrets, open_words)
    KNOWN.add(secrets - open_words)


def mask_text(text: str) -> str:
    """Return any text with its secrets masked: JSON, forms, headers, URLs and XML, whole or within a log line."""
    text = mask_known(text)
    if text.lstrip()[:1] in {"{", "["}:
        try:
            return _masked_json(text)
        except (ValueError, RecursionError):
            pass  # no JSON, or cut, or deeper than Python can read: it is masked by its look, as any text
    for pattern in _BY_FORM:
        text = pattern.sub(rf"\g<before>{MASK}", text)
    for name, value in (_FORM_PART, _ELEMENT, _ASSIGNMENT):
        text = _mask_named(text, name, value)
    return text


def mask_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with the values of those that carry secrets masked."""
    return {name: MASK if is_secret_name(name) else mask_text(value) for name, value in headers.items()}


def mask_values(value: object) -> object:
    """Return a JSON value with everything masked that stands under a secret name."""
    if isinstance(value, Mapping):
        return {
            key: hidden(item) if isinstance(key, str) and is_secret_name(key) else mask_values(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [mask_values(item) for item in value]
    return mask_text(value) if isinstance(value, str) else value


def hidden(value: object) -> object:
    """Return the mask for a secret, and what holds none as it is: null, true, false and what is empty."""
    return value if value is None or isinstance(value, bool) or value in ("", [], {}) else MASK


def _masked_json(text: str) -> str:
    value = json.loads(text)
    masked = mask_values(value)
    return text if masked == value else json.dumps(masked, ensure_ascii=False)


def _mask_named(text: str, names: re.Pattern[str], values: re.Pattern[str]) -> str:
    """Mask each value that stands right behind a secret name; other values may hold names themselves."""
    parts, end = [], 0
    for found in names.finditer(text):
        if found.start() >= end and is_secret_name(found["name"]) and (value := values.match(text, found.end())):
            parts += [text[end : found.end()], value[0] if value[0].rstrip(",;)") in _NOTHING else MASK]
            end = value.end()
    return "".join([*parts, text[end:]])


def _collect(told: object, secrets: set[str], open_words: set[str]) -> None:
    """Sort the texts in *told*, its keys included."""
    if isinstance(told, Mapping):
        for key, value in told.items():
            open_words.add(str(key))
            if is_secret_name(str(key)):
                secrets.update(_texts(value))
            else:
                _collect(value, secrets, open_words)
    elif isinstance(told, list | tuple):
        for each in told:
            _collect(each, secrets, open_words)
    elif isinstance(told, str):
        urls = list(_URL_PASSWORD.finditer(told))
        passwords = [found["password"] for found in urls]
        secrets.update(passwords, map(unquote, passwords))
        open_words.update(unquote(found["before"].rpartition("://")[2][:-1]) for found in urls)
        open_words.add(told)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)
