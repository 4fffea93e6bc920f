"""One HTTP request with its response, as data that outlives both."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from IntegrationLibrary.base.redaction import mask_headers, mask_urls, mask_values

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

_LONGEST_BODY = 64 * 1024


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; times in seconds, secrets still in it."""

    number: int
    session: str
    started: datetime
    elapsed: float
    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: str
    status: int
    reason: str
    response_headers: Mapping[str, str]
    response_body: str

    def json(self) -> Any:
        """Return the answer's body as JSON.

        Raises:
            ValueError: It is none.

        """
        return json.loads(self.response_body)

    def curl(self) -> str:
        """Return the request as a command line, secrets masked."""
        parts = ["curl", "-i", "-X", self.method, mask_urls(self.url)]
        for name, value in mask_headers(self.request_headers).items():
            if name.lower() not in {"user-agent", "accept-encoding", "accept", "connection", "content-length"}:
                parts += ["-H", f"{name}: {value}"]
        if self.request_body:
            parts += ["--data", masked_body(self.request_body)]
        return shlex.join(parts)


def masked_body(body: str) -> str:
    """Return a body with the values of secret fields masked, when it is JSON."""
    try:
        return json.dumps(mask_values(json.loads(body)), ensure_ascii=False)
    except ValueError:
        return mask_urls(body)


def from_response(response: Response, session: str, number: int) -> Exchange:
    """Return what an answered request was."""
    request: PreparedRequest = response.request
    elapsed = response.elapsed.total_seconds()
    return Exchange(
        number=number,
        session=session,
        started=datetime.fromtimestamp(datetime.now(UTC).timestamp() - elapsed, UTC),
        elapsed=elapsed,
        method=str(request.method),
        url=str(request.url),
        request_headers=dict(request.headers),
        request_body=_text(request.body),
        status=response.status_code,
        reason=response.reason or "",
        response_headers=dict(response.headers),
        response_body=_text(response.content),
    )


def _text(body: object) -> str:
    if not body:
        return ""
    if isinstance(body, bytes):
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return f"<{len(body)} bytes that are no text>"
    else:
        text = body if isinstance(body, str) else f"<{type(body).__name__}>"
    if len(text) > _LONGEST_BODY:
        return f"{text[:_LONGEST_BODY]}\n<{len(text) - _LONGEST_BODY} characters more>"
    return text
