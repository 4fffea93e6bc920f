"""One HTTP request with its response, as data that outlives both."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlsplit

from IntegrationLibrary.base.errors import CheckFailed
from IntegrationLibrary.base.redaction import mask_headers, mask_urls, mask_values
from IntegrationLibrary.base.text import shortened

LONGEST_BODY = 64 * 1024
NO_ANSWER = 0
"""The status of a request that was not answered."""

_CHARSET = re.compile(r"charset=[\"']?([\w-]+)", re.IGNORECASE)
_CURL_KNOWS = frozenset({"user-agent", "accept-encoding", "accept", "connection", "content-length"})


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
            return self.reason
        return f"{self.status} {self.reason} {shortened(masked_body(self.response_body))}".strip()

    def json(self) -> Any:
        """Return the answer's body as JSON.

        Raises:
            CheckFailed: It is none.

        """
        try:
            return json.loads(self.response_body)
        except ValueError:
            raise CheckFailed(
                "Response body is not JSON." if self.response_body else "Response has no body.",
                expected=f"JSON  for {self.request_line}",
                seen=self.answer_line,
            ) from None

    def curl(self) -> str:
        """Return the request as a command line, secrets masked."""
        how = {"GET": [], "HEAD": ["--head"]}.get(self.method, ["-X", self.method])
        parts = ["curl", "-i", *how, mask_urls(self.url)]
        for name, value in mask_headers(self.request_headers).items():
            if name.lower() not in _CURL_KNOWS:
                parts += ["-H", f"{name}: {value}"]
        if self.request_body:
            parts += ["--data-raw", masked_body(self.request_body)]
        return shlex.join(parts)


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


def masked_body(body: str) -> str:
    """Return a body with its secrets masked: those under secret names in JSON and forms, and those in URLs."""
    try:
        return json.dumps(mask_values(json.loads(body)), ensure_ascii=False)
    except ValueError:
        return mask_urls(body)


def body_text(body: object, content_type: str) -> str:
    """Return a body as text; one that is none is described."""
    if body is None:
        return ""
    if isinstance(body, str):
        return body
    if not isinstance(body, bytes):
        return f"({type(body).__name__}, streamed)"
    named = _CHARSET.search(content_type)
    try:
        text = body.decode(named[1] if named else "utf-8")
    except (UnicodeDecodeError, LookupError):
        text = "\0"
    return text if "\0" not in text else f"({len(body)} bytes of {content_type or 'an unknown type'})"


def _request(request: Any) -> tuple[str, str, dict[str, str], str]:
    headers = {name: str(value) for name, value in request.headers.items()}
    body = _cut(body_text(request.body, headers.get("Content-Type", "")), LONGEST_BODY)
    return str(request.method), str(request.url), headers, body


def _cut(body: str, longest: int | None) -> str:
    return body if longest is None else shortened(body, longest)
