"""What a run has shown: failures of the product and of the environment told apart, in words and in the exit code."""

from __future__ import annotations

from IntegrationLibrary.base.tallies import FAILURE_TAG, Count
from IntegrationLibrary.base.text import counted

ENVIRONMENT_FAILED = 254
"""Robot has no use for this exit code: 0 to 250 count failures, 251 to 253 and 255 are taken."""
_STOPPED = 253
_MEANS_THE_USER = frozenset({251, 252, _STOPPED})
"""Help was asked for, the command line or the suites are wrong, the run was stopped: Robot's own words suffice."""


def exit_code(count: Count, code: int) -> int:
    """Return the exit code of a run whose tests ended so, and whose robot or pabot ended with *code*."""
    if code in {0, _STOPPED} or count.product:
        return code
    if count.environment or count.lost:
        return ENVIRONMENT_FAILED
    return code if count.processes or code in _MEANS_THE_USER else ENVIRONMENT_FAILED


def verdict(count: Count, code: int) -> list[str]:
    """Return the last lines of a run."""
    lines = [_counts(count)] if count.tests else []
    if count.environment:
        lines.append(
            f"Environment failures say nothing about the product: their texts have 'Environment:', their tag is "
            f"{FAILURE_TAG}."
        )
    if count.lost:
        killed = "was killed or crashed: its" if count.lost == 1 else "were killed or crashed: their"
        lines.append(f"{counted(count.lost, 'worker')} {killed} tests are not counted.")
    if code and not count.processes and code not in _MEANS_THE_USER:
        lines.append(f"No test was run: robot or pabot ended with exit code {code}.")
    if exit_code(count, code) == ENVIRONMENT_FAILED:
        lines.append(f"Exit code {ENVIRONMENT_FAILED}: the environment failed, and nothing else did.")
    return lines


def _counts(count: Count) -> str:
    parts = [f"{count.passed} passed"]
    if count.product:
        parts.append(counted(count.product, "product failure"))
    if count.environment:
        parts.append(counted(count.environment, "environment failure"))
    if count.skipped:
        parts.append(f"{count.skipped} skipped")
    return f"{counted(count.tests, 'test')}: {', '.join(parts)}."
