"""How the tests of a run ended, gathered from its processes: failures of the product, and of the environment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FAILURE_TAG = "environment-failure"
FOLDER_VARIABLE = "INTEGRATIONLIBRARY_TALLY"
"""Names the folder that each process of a run writes its counts to."""


@dataclass(frozen=True)
class Count:
    """How many tests ended how, and how many processes ended without saying so."""

    passed: int = 0
    product: int = 0
    """Tests that failed because of the system under test, or of themselves."""
    environment: int = 0
    """Tests that failed because the environment could not do its part."""
    skipped: int = 0
    lost: int = 0
    """Processes that began a suite and never ended it."""
    processes: int = 0

    @classmethod
    def of(cls, endings: Sequence[str]) -> Count:
        """Return the count of one process's tests; each ending is Robot's status, or `environment`."""
        return cls(
            passed=endings.count("PASS"),
            product=endings.count("FAIL"),
            environment=endings.count("environment"),
            skipped=endings.count("SKIP"),
            processes=1,
        )

    def __add__(self, other: Count) -> Count:
        return Count(**{name: value + getattr(other, name) for name, value in self.__dict__.items()})

    @property
    def tests(self) -> int:
        """How many tests there were."""
        return self.passed + self.product + self.environment + self.skipped

    @property
    def failed(self) -> int:
        """How many tests failed, for whatever reason."""
        return self.product + self.environment


def gathered(folder: Path) -> Count:
    """Return the counts of all processes that wrote into *folder*."""
    total = Count()
    for file in sorted(folder.glob("*.json")):
        try:
            counts = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            counts = {}
        total += Count(**counts) if counts else Count(lost=1, processes=1)
    return total
