"""The boundaries of suites and tests, as Robot tells them: where isolation begins and ends and evidence is shown."""

from __future__ import annotations

import logging
from typing import Any

from robot.api import logger
from robot.libraries.BuiltIn import BuiltIn
from robot.running.context import EXECUTION_CONTEXTS

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.tallies import FAILURE_TAG
from IntegrationLibrary.hiding import hide_in_item, hide_in_message, hide_in_suite, hide_in_test
from IntegrationLibrary.keywords.neighbours import Neighbours
from IntegrationLibrary.session import Scope, Session, current_session
from IntegrationLibrary.skipping import Skipping
from IntegrationLibrary.window import TestWindow

_log = logging.getLogger(__name__)


class Boundaries:
    """One per process, however many listeners tell it: what is told twice is done once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._suites: dict[str, Scope] = {}
        self._window: TestWindow | None = None
        self._charges: list[str] = []
        self.late_writes_fail = False
        self.writes_evidence = False
        """Whether what is logged now is evidence, which is HTML of our own with its secrets masked."""
        self.neighbours = Neighbours(session)
        self.skipping = Skipping(session)

    def start_suite(self, data: Any) -> None:
        """Begin the suite's scope."""
        if _is_dry_run() or data.id in self._suites:
            return
        try:
            self._tell_late_writes()
            self._suites[data.id] = self._session.enter(data.full_name)
        except Exception as error:  # noqa: BLE001 Robot would swallow it, and the test pass without isolation
            self._charge(error)

    def end_suite(self, data: Any, result: Any) -> None:
        """Undo what the suite wrote outside its tests."""
        scope = self._suites.pop(data.id, None)
        if scope is None:
            return
        self._settle()
        try:
            if not data.has_teardown:  # what the teardown wrote is nobody's late write
                self._tell_late_writes()
            self._session.leave(scope)
        except IntegrationError as error:
            result.metadata["Rollback"] = str(error)
            _log.error("Suite '%s' could not be rolled back: %s", data.full_name, error)

    def start_test(self, data: Any) -> None:
        """Begin the test's scope; a test that is tried again begins anew.

        What goes wrong here fails the test at its end: Robot goes on when a listener raises.
        """
        if _is_dry_run() or self._window is not None or self.skipping.skip_if_gone(data):
            return
        try:
            self._tell_late_writes()
            self.neighbours.introduce()
            self._window = TestWindow(self._session, data.name)
        except Exception as error:  # noqa: BLE001 Robot would swallow it, and the test pass without isolation
            self._charge(error)

    def _tell_late_writes(self) -> None:
        late = self._session.undo_late_writes()
        if late is not None:
            self._charge_late_write(late)

    def _charge_late_write(self, sentence: str) -> None:
        logger.warn(sentence)
        self._charges += [sentence] if self.late_writes_fail else []

    def end_test(self, data: Any, result: Any) -> None:
        """Show what the test did, undo it, and fail the test when that does not work."""
        del data
        window, self._window = self._window, None
        self._fail_for_charges(result)
        if window is not None:
            self._settle()
            self._end(window, result)
        self._fail_for_charges(result)
        self.skipping.look(result)
        if result.status == "FAIL" and EnvironmentFailure.prefix in result.message:
            result.tags.add(FAILURE_TAG)

    def _fail_for_charges(self, result: Any) -> None:
        for charge in self._charges:
            _fail(result, charge)
        self._charges.clear()

    def _charge(self, error: Exception) -> None:
        """Remember what fails the test at its end; an error that nobody has words for is logged with its place."""
        if isinstance(error, IntegrationError):
            self._charges.append(str(error))
            return
        _log.exception("The test is not isolated.")
        self._charges.append(f"The test is not isolated: {type(error).__name__}: {error}")

    def _settle(self) -> None:
        try:
            self.neighbours.settle()
        except Exception as error:  # noqa: BLE001 Robot would swallow it, and the test pass without isolation
            self._charge(error)

    def _end(self, window: TestWindow, result: Any) -> None:
        try:
            ending = window.end(result.status)
        except Exception as error:  # noqa: BLE001 Robot would swallow it, and the test pass without isolation
            self._charge(error)
            return
        if ending.html:
            self.writes_evidence = True
            logger.info(ending.html, html=True)
            self.writes_evidence = False
        for sentence in ending.late:
            self._charge_late_write(sentence)
        for sentence in ending.gone:
            _fail(result, sentence)
        if ending.error is not None:
            _fail(result, str(ending.error))
        if result.status == "FAIL" and ending.html:
            logger.console(f"\n  Evidence: {_place(result)} has the card of '{result.name}' ({ending.words}).")

    def close(self) -> None:
        """Close what the process has opened."""
        self._session.close()


_boundaries: list[Boundaries] = []


def boundaries() -> Boundaries:
    """Return the one object of this process that knows where tests begin and end."""
    if not _boundaries:
        _boundaries.append(Boundaries(current_session()))
    return _boundaries[0]


class Listener:
    """Isolates tests also in suites that do not import the library: --listener IntegrationLibrary.Listener."""

    ROBOT_LISTENER_API_VERSION = 3

    def start_suite(self, data: Any, result: Any) -> None:
        """Robot begins a suite."""
        del result
        boundaries().start_suite(data)

    def end_suite(self, data: Any, result: Any) -> None:
        """Robot ends a suite."""
        boundaries().end_suite(data, result)
        hide_in_suite(result)

    def start_test(self, data: Any, result: Any) -> None:
        """Robot begins a test."""
        del result
        boundaries().start_test(data)

    def end_test(self, data: Any, result: Any) -> None:
        """Robot ends a test."""
        boundaries().end_test(data, result)
        hide_in_test(result)

    def end_body_item(self, data: Any, result: Any) -> None:
        """Robot ends a keyword or a control structure."""
        del data
        hide_in_item(result)

    def log_message(self, message: Any) -> None:
        """Robot is about to write a message."""
        hide_in_message(message, is_ours=boundaries().writes_evidence)

    def close(self) -> None:
        """Robot ends."""
        boundaries().close()


def _place(result: Any) -> str:
    """Return where the test is in the log; pabot's merged log numbers tests anew."""
    under_pabot = BuiltIn().get_variable_value("${CALLER_ID}") is not None
    return "log.html" if under_pabot else f"log.html#{result.id}"


def _fail(result: Any, text: str) -> None:
    """Fail the test; its own failure stays in front."""
    result.status = "FAIL"
    result.message = f"{result.message}\n\n{text}" if result.message else text


def _is_dry_run() -> bool:
    context = EXECUTION_CONTEXTS.current
    return context is None or bool(context.dry_run)
