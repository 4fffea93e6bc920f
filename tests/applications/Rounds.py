"""A listener that compares every round of a suite with the first: the whole database, and each answer."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fixtures.fingerprints import Fingerprint, fingerprint

from IntegrationLibrary.checks.bodies import body_differences
from IntegrationLibrary.databases.catalog import Catalog
from IntegrationLibrary.databases.postgres import Database
from IntegrationLibrary.session import current_session

_CLOCK_AND_CHANCE = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?"  # times
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # UUIDs
)

Answer = tuple[str, int, Any]


class Rounds:
    """Writes what it found into *file*; *chance* are the fields of answers that a clock or chance makes."""

    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self, file: str, *chance: str) -> None:
        self._file = Path(file)
        self._chance = frozenset(chance)
        self._first: Fingerprint = {}
        self._url = ""
        self._size: dict[str, int] = {}
        self._answers: dict[str, list[Answer]] = {}
        self._differences: list[str] = []
        self._tests = 0
        self._looks = 0
        self._requests = 0
        self._touched: Counter[str] = Counter()

    def end_keyword(self, data: Any, result: Any) -> None:
        """Look at the database before each round, which begins when a suite attaches to the environment."""
        del data
        if result.name == "Start Environment" and result.passed:
            (database,) = current_session().databases.values()
            self._url = database.url
            self._look()

    def end_test(self, data: Any, result: Any) -> None:
        """Note what a test was answered and which tables it wrote to; it is not rolled back yet."""
        del result
        session = current_session()
        if not session.databases:
            return
        (isolation,) = (database.isolation for database in session.databases.values())
        scope = session.beginning()
        counts = isolation.counts(scope.checkpoints[isolation.isolated.name])
        self._touched.update({table: count.added + count.changed + count.removed for table, count in counts.items()})
        answers = [self._answer(exchange) for exchange in session.recorder.since(scope.exchanges)]
        self._tests += 1
        self._requests += len(answers)
        self._differences += _answered_otherwise(data.name, self._answers.setdefault(data.name, answers), answers)

    def close(self) -> None:
        """Look at the database once more, and write everything down."""
        if self._url:
            self._look()
        found = {
            **self._size,
            "tests": self._tests,
            "requests": self._requests,
            "looks": self._looks,
            "touched": dict(self._touched),
            "differences": self._differences,
        }
        self._file.write_text(json.dumps(found), encoding="utf-8")

    def _look(self) -> None:
        database = Database(self._url)
        try:
            now = fingerprint(database)
            tables = len(Catalog(database).tables)
        finally:
            database.close()
        if not self._looks:
            self._first, self._size = now, {"tables": tables, **_size(now)}
        self._looks += 1
        names = sorted(now.keys() | self._first.keys())
        self._differences += [name for name in names if now.get(name) != self._first.get(name)]

    def _answer(self, exchange: Any) -> Answer:
        try:
            body = json.loads(exchange.response_body)
        except ValueError:
            body = exchange.response_body
        return _steady(exchange.request_line), exchange.status, self._known(body)

    def _known(self, body: Any) -> Any:
        """Return of an answer what does not come from the clock or from chance."""
        if isinstance(body, dict):
            return {key: "..." if key in self._chance else self._known(value) for key, value in body.items()}
        if isinstance(body, list):
            return [self._known(item) for item in body]
        return _steady(body) if isinstance(body, str) else body


def _steady(text: str) -> str:
    return _CLOCK_AND_CHANCE.sub("...", text)


def _answered_otherwise(test: str, first: list[Answer], now: list[Answer]) -> Iterable[str]:
    if len(first) != len(now):
        yield f"{test}: {len(now)} requests in place of {len(first)}"
    for (asked, status, body), (asked_now, status_now, body_now) in zip(first, now, strict=False):
        if (asked, status) != (asked_now, status_now):
            yield f"{test}: {asked} {status} is now {asked_now} {status_now}"
        for difference in body_differences(body, body_now):
            yield f"{test}: {asked}: {difference}"


def _size(found: Fingerprint) -> dict[str, int]:
    rows = [texts for name, texts in found.items() if name.startswith("rows of ")]
    return {"rows": sum(map(len, rows)), "sequences": sum(name.startswith("sequence ") for name in found)}
