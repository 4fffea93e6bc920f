"""Probe `http`."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.text import shortened
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.probes.probe import Probe, Target

_TIMEOUT = 2.0
_SHOWN_BODY = 120


class HttpProbe(Probe):
    """GET a path, such as `{http: /health}`, or `{http: {path: /health, status: 204}}`; redirects are not followed."""

    name: ClassVar[str] = "http"
    options: ClassVar[frozenset[str]] = frozenset({"path", "status", "body_contains"})

    def __init__(self, value: Any, target: Target) -> None:
        super().__init__(value, target)
        options = value if isinstance(value, dict) else {"path": value}
        self._status = int(options.get("status", 200))
        self._contains = str(options.get("body_contains", ""))
        self._url = urljoin(f"{(target.url or '').rstrip('/')}/", str(options["path"]))
        if urlsplit(self._url).scheme not in {"http", "https"} or not urlsplit(self._url).hostname:
            raise IntegrationError(f"'{self._url}' is no HTTP URL.", expected="such as http://127.0.0.1:8080/health")

    def ask(self) -> Answer:
        """GET it."""
        try:
            status, body = self._get()
        except TimeoutError:
            return Answer.not_yet(f"no answer within {_TIMEOUT:.0f} s")
        except (OSError, HTTPException) as error:
            return Answer.not_yet(_trouble(error))
        text = f"{status} {shortened(body, _SHOWN_BODY)}".strip()
        return Answer.ready(text) if status == self._status and self._contains in body else Answer.not_yet(text)

    def expects(self) -> str:
        """Return method, URL and status."""
        return f"GET {self._url} -> {self._status}" + (f" with '{self._contains}'" if self._contains else "")

    def _get(self) -> tuple[int, str]:
        parts = urlsplit(self._url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT)
        try:
            connection.request("GET", f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}")
            response = connection.getresponse()
            return response.status, response.read(64 * 1024).decode("utf-8", errors="replace").strip()
        finally:
            connection.close()


def _trouble(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
