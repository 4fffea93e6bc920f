"""Skips what cannot tell anything any more: tests of a suite whose environment is gone."""

from __future__ import annotations

from typing import Any

from robot.utils import escape

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.session import Session


class Skipping:
    """Notices after a failed test that the environment is gone, and skips tests from then on, until it is there again.

    It is gone when a service has ended that no test has stopped, or when the supervisor has.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._gone: str | None = None
        self.is_wanted = False

    def look(self, result: Any) -> None:
        """Let a failed test say that the environment is gone, if it is, as an environment failure."""
        if not self.is_wanted or result.status != "FAIL":
            return
        self._gone = self._session.gone()
        if self._gone is None:
            return
        marked = f"{EnvironmentFailure.prefix}{self._gone}"
        if marked not in result.message and self._gone in result.message:
            result.message = result.message.replace(self._gone, marked)
        elif marked not in result.message:
            result.message = f"{result.message}\n\n{marked}"

    def skip_if_gone(self, data: Any) -> bool:
        """Make the test say only why it is skipped, when the environment is still gone; return whether it was."""
        if self._gone is not None:
            self._gone = self._session.gone()
        if self._gone is None:
            return False
        data.setup = data.teardown = data.template = None
        data.body.clear()
        data.body.create_keyword("BuiltIn.Skip", args=[escape(f"{EnvironmentFailure.prefix}{self._gone}")])
        return True
