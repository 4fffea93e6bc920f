"""The response that a keyword judges, and how a failure tells of it."""

from __future__ import annotations

import logging
from typing import Protocol

from IntegrationLibrary.api.exchange import NO_ANSWER, Exchange, Response, from_response
from IntegrationLibrary.api.recorder import Recorder
from IntegrationLibrary.base.errors import CheckFailed, IntegrationError
from IntegrationLibrary.checks.differences import Difference, as_lines
from IntegrationLibrary.checks.words import shown

_log = logging.getLogger(__name__)


class Recording(Protocol):
    """What is needed of the session."""

    @property
    def recorder(self) -> Recorder:
        """Where the exchanges of this library's sessions are."""


def judged(session: Recording, response: Response | None) -> Exchange:
    """Return what is judged: the given response, or the last one; the log tells which one it was.

    Raises:
        IntegrationError: There is none.
        CheckFailed: The last request was not answered.

    """
    seen = session.recorder.last if response is None else _given(response)
    if seen is None:
        older = session.recorder.older
        raise IntegrationError(
            "There is no response to judge: this test has made no request.",
            expected="a request in this test, or in its suite's setup, over a session named after a service",
            seen=f"the last one was made by an earlier test or suite: {older.request_line}" if older else None,
            next_step="use 'GET On Session    SERVICE    /path' before, or give response=",
        )
    if seen.status == NO_ANSWER:
        raise CheckFailed(
            f"Request {seen.request_line} was not answered.", expected="a response", seen=seen.answer_line
        )
    _log.info("The response to %s is judged: %s %s", seen.request_line, seen.status, seen.reason)
    return seen


def failure(headline: str, *, expected: str, differences: list[Difference], seen: Exchange) -> CheckFailed:
    """Return the failure of a judgement that found these differences."""
    lines = [as_lines(differences)] if differences else []
    return CheckFailed(
        headline, expected=f"{expected}  for {seen.request_line}", seen="\n".join([*lines, f"in {seen.answer_line}"])
    )


def _given(response: Response) -> Exchange:
    if hasattr(response, "status_code") and hasattr(response, "request"):
        return from_response(response, "", 0, longest=None)
    raise IntegrationError(
        "The argument 'response' is no response.",
        expected="what 'GET On Session' and its like return",
        seen=f"{shown(response)} ({type(response).__name__})",
    )
