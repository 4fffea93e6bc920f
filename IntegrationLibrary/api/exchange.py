"""One HTTP request with its response, as data that outlives both."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlsplit

from IntegrationLibrary.base.errors import CheckFailed
from IntegrationLibrary.base.redaction import mask_headers, mask_text, mask_urls, mask_values
from IntegrationLibrary.base.text import counted, shortened

LONGEST_BODY = 64 * 1024
NO_ANSWER = 0
"""The status of a request that was not answered."""

_CHARSET = re.compile(r"charset=[\"']?([\w-]+)", re.IGNORECASE)
_LINES = re.compile(r"\s*[\r\n]+\s*")
_LONGEST_IN_CURL = 4000
_OF_CONNECTION = frozenset({"accept-encoding", "connection", "content-length", "transfer-encoding"})
"""Headers that curl makes itself as it needs them (RFC 9110, section 7.6.1 and 8.6)."""


class Description(str):
    """Stands for a body that is not shown itself."""

    __slots__ = ()


class Response(Protocol):
    """A response of RequestsLibrary: what is read of a `requests.Response`, which is costly to import."""

    status_code: int
    reason: str
    headers: Any
    elapsed: timedelta
    request: Any

    @property
    def content(self) -> Any: ...  # noqa: D102 as the class says


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; times in seconds, secrets still in it.

    A request that got no answer has the status 0, and its *reason* says why.
    """

    number: int
    session: str
    started: datetime
    elapsed: float
    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: str
    status: int = NO_ANSWER
    reason: str = ""
    response_headers: Mapping[str, str] = field(default_factory=dict)
    response_body: str = ""

    @property
    def request_line(self) -> str:
        """The request in short, such as `POST /orders`, secrets masked."""
        parts = urlsplit(mask_urls(self.url))
        return f"{self.method} {parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")

    @property
    def answer_line(self) -> str:
        """The answer in short, such as `409 Conflict {"code": "SKU_LOCKED"}`, secrets masked."""
        if self.status == NO_ANSWER:
            return mask_text(self.reason)
        return f"{self.status} {self.reason} {shortened(_in_line(self.response_body))}".strip()

    def json(self) -> Any:
        """Return the answer's body as JSON.

        Raises:
            CheckFailed: It is none.

        """
        try:
            return json.loads(self.response_body)
        except (ValueError, RecursionError) as error:
            what = "Response body is not JSON." if self.response_body else "Response has no body."
            raise CheckFailed(
                "Response body is nested too deeply." if isinstance(error, RecursionError) else what,
                expected=f"JSON  for {self.request_line}",
                seen=self.answer_line + self._called(),
            ) from None

    def _called(self) -> str:
        if not self.response_body or isinstance(self.response_body, Description):
            return ""
        kind = next((text for name, text in self.response_headers.items() if name.lower() == "content-type"), "")
        return f" ({kind})" if kind else ""

    def curl(self) -> str:
        """Return the request as a command line, secrets masked."""
        how = {"GET": [], "HEAD": ["--head"]}.get("" if self.request_body else self.method, ["-X", self.method])
        parts = ["curl", "-i", *how, mask_urls(self.url)]
        for name, value in mask_headers(self.request_headers).items():
            if not _curl_sends(name, value):
                parts += ["-H", f"{name}: {value}" if value else f"{name};"]
        return shlex.join([*parts, *_curl_body(self.request_body, self.request_headers)])


def from_response(response: Response, session: str, number: int, *, longest: int | None = LONGEST_BODY) -> Exchange:
    """Return what an answered request was; bodies longer than *longest* characters are cut, with a note.

    Reads the whole body of the response.
    """
    body = body_text(response.content, response.headers.get("Content-Type", ""))
    return from_head(response, session, number, body=_cut(body, longest))


def from_head(response: Response, session: str, number: int, *, body: str) -> Exchange:
    """Return what an answered request was, with *body* in place of the answer's body, which is not read."""
    return Exchange(
        number,
        session,
        datetime.now(UTC) - response.elapsed,
        response.elapsed.total_seconds(),
        *_request(response.request),
        status=response.status_code,
        reason=response.reason or phrase(response.status_code),
        response_headers=dict(response.headers),
        response_body=body,
    )


def without_answer(request: Any, session: str, number: int, *, elapsed: float, why: str) -> Exchange:
    """Return what a request was that failed after *elapsed* seconds; *request* is a `requests.PreparedRequest`."""
    started = datetime.now(UTC) - timedelta(seconds=elapsed)
    return Exchange(number, session, started, elapsed, *_request(request), reason=why)


def phrase(status: int) -> str:
    """Return what a status means (RFC 9110, section 15), such as `Created` for 201."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def body_text(body: object, content_type: str) -> str:
    """Return a body as text; one that is none is described."""
    if body is None:
        return ""
    if isinstance(body, str):
        return _printable(body)
    if not isinstance(body, bytes | bytearray):
        return Description(f"({type(body).__name__}, streamed)")
    text = _decoded(bytes(body), content_type)
    if "\0" in text:
        return Description(f"({counted(len(body), 'byte')} of {content_type or 'an unknown type'})")
    return _printable(text)


def _request(request: Any) -> tuple[str, str, dict[str, str], str]:
    headers = {_text(name): _text(value) for name, value in request.headers.items()}
    body = _cut(body_text(request.body, headers.get("Content-Type", "")), LONGEST_BODY)
    return str(request.method), str(request.url), headers, body


def _decoded(body: bytes, content_type: str) -> str:
    """Return bytes as text, with a zero byte in it when they are none."""
    named = _CHARSET.search(content_type)
    old_default = ["latin-1"] if content_type.startswith("text/") else []  # RFC 2616, section 3.7.1
    for charset in [*([named[1]] if named else []), "utf-8-sig", *old_default]:
        with suppress(UnicodeDecodeError, LookupError):
            return body.decode(charset).removeprefix("\ufeff")
    return "\0"


def _in_line(body: str) -> str:
    """Return a body as one line, secrets masked."""
    try:
        return json.dumps(mask_values(json.loads(body)), ensure_ascii=False)
    except (ValueError, RecursionError):
        return _LINES.sub(" ", mask_text(body)).strip()


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)  # RFC 9110, section 5.5


def _printable(text: str) -> str:
    """Return a text without halves of characters, which JSON may name but no file can hold."""
    return text.encode(errors="backslashreplace").decode()


def _cut(body: str, longest: int | None) -> str:
    return body if longest is None or isinstance(body, Description) else shortened(body, longest)


def _curl_sends(name: str, value: str) -> bool:
    """Return whether a header need not be told to curl: it is made by curl as it is by requests."""
    if name.lower() == "user-agent":
        return value.startswith("python-requests")
    return name.lower() in _OF_CONNECTION or (name.lower(), value) == ("accept", "*/*")


def _curl_body(body: str, headers: Mapping[str, str]) -> list[str]:
    if not body:
        return []
    is_typed = any(name.lower() == "content-type" for name in headers)
    parts = [] if is_typed else ["-H", "Content-Type:"]  # curl would call it a form
    if isinstance(body, Description) or len(body) > _LONGEST_IN_CURL:
        return [*parts, "--data-binary", "@body"]
    return [*parts, "--data-raw", mask_text(body)]
