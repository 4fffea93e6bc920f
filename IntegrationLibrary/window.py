"""The window of one test: from its checkpoint to its rollback, with evidence of what went on in it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.logs import Tail
from IntegrationLibrary.base.text import listed, seconds
from IntegrationLibrary.evidence.card import card, summary, words
from IntegrationLibrary.evidence.record import Evidence
from IntegrationLibrary.isolation.strategy import RollbackReport
from IntegrationLibrary.session import Session

_log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class Ending:
    """How a test ended: its evidence as HTML and in words, and what went wrong in undoing what it did."""

    html: str = ""
    words: str = ""
    gone: tuple[str, ...] = ()
    """What is to be said of services that have ended."""
    late: tuple[str, ...] = ()
    """What is to be said of writes that an earlier test caused."""
    error: IntegrationError | None = None


class TestWindow:
    """Begins with the test, ends with it; everything a test did to the system lies in between."""

    def __init__(self, session: Session, name: str) -> None:
        self._session = session
        self._name = name
        self._started = time.monotonic()
        self._scope = session.enter_test(name)
        self._logs = dict(session.logs_before)

    def end(self, status: str) -> Ending:
        """Undo what the test did."""
        evidence = _without_hiding(lambda: self._evidence(status), instead=None)
        gone: tuple[str, ...] = ()
        if status == "FAIL":
            gone = _without_hiding(self._gone, instead=gone)
        late: tuple[str, ...] = _without_hiding(self._late, instead=())
        rollback, error = self._roll_back()
        self._session.test = None
        if evidence is None or not self._session.services:
            return Ending(gone=gone, late=late, error=error)
        ended = replace(evidence, rollback=rollback, status="FAIL" if error else status)
        return Ending(card(ended) if ended.status == "FAIL" else summary(ended), words(ended), gone, late, error)

    def _late(self) -> tuple[str, ...]:
        return tuple(self._session.late_writes(self._scope))

    def _gone(self) -> tuple[str, ...]:
        """Return a sentence for each service that has ended: what failed may be no more than that."""
        endings = ((service.name, service.ending()) for service in self._session.services.values())
        return tuple(f"Service '{name}' does not run any more: {ending}." for name, ending in endings if ending)

    def _roll_back(self) -> tuple[str, IntegrationError | None]:
        try:
            undone = self._session.leave(self._scope)
        except IntegrationError as error:
            return f"failed: {error}", error
        rollbacks = [_said(*each) for each in undone.reports.items()]
        return listed([*undone.faults, *rollbacks, *undone.told], separator="; "), None

    def _evidence(self, status: str) -> Evidence:
        has_failed = status == "FAIL"
        counts: dict[str, Any] = {}
        changes: list[Any] = []
        for name, checkpoint in self._scope.checkpoints.items():
            database = self._session.databases[name]
            if not database.isolation.keeps_changes:
                continue
            of = f"{name}: " if len(self._scope.checkpoints) > 1 else ""
            counts |= {of + table: rows for table, rows in database.isolation.counts(checkpoint).items()}
            if has_failed:
                changes += [replace(change, table=of + change.table) for change in database.changes(checkpoint)]
        logs = self._log_tails() if has_failed else {}
        return Evidence(
            test=self._name,
            status=status,
            seconds=time.monotonic() - self._started,
            exchanges=self._session.recorder.since(self._scope.exchanges),
            changes=changes,
            counts=counts,
            mock_hits=[
                {"mock": mock.name, **hit}
                for mock in self._session.mocks()
                for hit in mock.act("hits", since=self._session.hits_before.get(mock.name, 0))
            ],
            service_logs={name: found.lines for name, found in logs.items()},
            logs_left_out={name: found.left_out for name, found in logs.items()},
            rollback="",
        )

    def _log_tails(self) -> dict[str, Tail]:
        tails = {name: service.log_since(self._logs.get(name, 0)) for name, service in self._session.services.items()}
        return {name: found for name, found in tails.items() if found.lines}


def _said(name: str, report: RollbackReport) -> str:
    notes = f" ({'; '.join(report.notes)})" if report.notes else ""
    return f"database {name}: {report.step} in {seconds(report.elapsed)}{notes}"


def _without_hiding(collect: Callable[[], T], *, instead: T) -> T:
    """Return what *collect* returns; evidence that cannot be had must not hide how the test ended."""
    try:
        return collect()
    except Exception as error:  # noqa: BLE001 the rollback comes after it, whatever it was
        _log.warning("Evidence is missing: %s", error)
        return instead
