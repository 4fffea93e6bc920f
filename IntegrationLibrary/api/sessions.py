"""RequestsLibrary sessions under the services' names."""

from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from IntegrationLibrary.api.recorder import Recorder
from IntegrationLibrary.base.text import seconds

if TYPE_CHECKING:
    from requests import Session
    from requests.adapters import HTTPAdapter

TIMEOUT = 10.0


def open_session(
    create_session: Callable[..., Session], alias: str, url: str, recorder: Recorder, *, timeout: float = TIMEOUT
) -> Session:
    """Make the session *alias* with RequestsLibrary's `create_session`, and record what goes over it.

    It never waits for ever, and never asks twice, so that a service that answers only sometimes is not hidden.
    Certificates are checked; `REQUESTS_CA_BUNDLE` names others than the system's. Services on this machine are
    reached without the proxy that the environment names.
    """
    # Never disable_warnings: RequestsLibrary 0.9.7 then drops everything below ERROR that any library logs.
    session = create_session(alias, url, timeout=timeout, max_retries=0, verify=True)
    session.trust_env = not _is_loopback(url)
    adapter = _recording_adapter(recorder, alias, timeout)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    session.hooks["response"].append(recorder.hook(alias))
    return session


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _recording_adapter(recorder: Recorder, alias: str, default_timeout: float) -> HTTPAdapter:
    from requests.adapters import HTTPAdapter

    class RecordingAdapter(HTTPAdapter):
        """Records requests that get no answer; those that get one are recorded by the session's hook."""

        def send(self, request: Any, stream: bool = False, timeout: Any = None, **options: Any) -> Any:  # type: ignore[override]  # noqa: FBT001, FBT002 requests' signature
            # RequestsLibrary has one default timeout for all its sessions, that of the one made last.
            limit = default_timeout if timeout is None else timeout
            start = time.monotonic()
            try:
                return super().send(request, stream, limit, **options)
            except BaseException as error:  # also Robot's timeout, which is none of Exception
                why = _why(error, limit)
                recorder.add_failed(request, alias, elapsed=time.monotonic() - start, why=why)
                raise

    return RecordingAdapter()


def _why(error: BaseException, timeout: Any) -> str:
    from requests.exceptions import ConnectTimeout, ReadTimeout, RequestException

    connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    if isinstance(error, ConnectTimeout):
        return f"no connection within {seconds(connect)}"
    if isinstance(error, ReadTimeout):
        return f"no answer within {seconds(read)}"
    return f"no answer: {_system_words(error) if isinstance(error, RequestException) else error}"


def _system_words(error: BaseException) -> str:
    """Return what the operating system said: requests and urllib3 wrap its error thrice."""
    words, cause = str(error), error.__context__
    while cause is not None:
        words = str(cause)
        if getattr(cause, "strerror", None):
            return str(cause.strerror)  # type: ignore[attr-defined]
        cause = cause.__context__
    return words
