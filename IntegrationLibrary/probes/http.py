"""Probe `http`."""

from __future__ import annotations

from http.client import BadStatusLine, HTTPConnection, HTTPException, HTTPSConnection
from ssl import SSLCertVerificationError
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.text import seconds, shortened
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.probes.probe import Probe, Target

_SHOWN_BODY = 120
_STATUSES = range(100, 600)


class HttpProbe(Probe):
    """GET a path, such as `{http: /health}`, or `{http: {path: /health, status: 204}}`; redirects are not followed."""

    name: ClassVar[str] = "http"
    needs_service: ClassVar[bool] = True
    options: ClassVar[frozenset[str]] = frozenset({"path", "status", "body_contains"})

    def __init__(self, value: Any, target: Target) -> None:
        super().__init__(value, target)
        options = value if isinstance(value, dict) else {"path": value}
        self._status = _status(options.get("status", 200))
        self._contains = str(options.get("body_contains", ""))
        path = str(options["path"])
        self._url = urljoin(f"{target.url.rstrip('/')}/", path) if target.url else path
        if not _is_http(self._url):
            raise IntegrationError(f"'{self._url}' is no HTTP URL.", expected="such as http://127.0.0.1:8080/health")

    def ask(self) -> Answer:
        """GET it."""
        try:
            status, body = self._get()
        except TimeoutError:
            return Answer.not_yet(f"no answer within {seconds(self.target.patience)}")
        except SSLCertVerificationError as error:
            return Answer.never(f"its certificate is refused: {error.verify_message}")
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
        connection = kind(parts.hostname or "", parts.port, timeout=self.target.patience)
        try:
            connection.request("GET", f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}")
            response = connection.getresponse()
            return response.status, response.read(64 * 1024).decode("utf-8", errors="replace").strip()
        finally:
            connection.close()


def _status(value: Any) -> int:
    if isinstance(value, bool) or not str(value).isdecimal() or int(value) not in _STATUSES:
        raise IntegrationError(f"'{value}' is no HTTP status.", expected="such as 200")
    return int(value)


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is no number
        return False


def _trouble(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    text = getattr(error, "strerror", None) or str(error).strip() or type(error).__name__
    return f"no HTTP: {text}" if isinstance(error, BadStatusLine) else text
