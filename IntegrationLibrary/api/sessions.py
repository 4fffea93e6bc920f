"""RequestsLibrary sessions under the services' names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from IntegrationLibrary.api.recorder import Recorder

if TYPE_CHECKING:
    from requests import Session

_TIMEOUT = 10


def open_session(create_session: Callable[..., Session], name: str, url: str, recorder: Recorder) -> None:
    """Make the session *name* with RequestsLibrary's `create_session`, and record what goes over it.

    It gives up after 10 s, where RequestsLibrary's own sessions wait for ever, and never asks twice, so that a service
    that answers only sometimes is not hidden.
    """
    session = create_session(name, url, timeout=_TIMEOUT, max_retries=0, disable_warnings=1)
    session.hooks["response"].append(recorder.hook(name))
