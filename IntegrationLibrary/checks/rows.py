"""Database rows: where one does not have the expected values of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.checks.differences import Difference
from IntegrationLibrary.checks.values import value_differences

_SHOWN_COLUMNS = 30


def row_differences(expected: Mapping[str, Any], seen: Mapping[str, Any]) -> list[Difference]:
    """Return which columns of a row do not have their expected values, read as `values.is_same` says.

    Raises:
        IntegrationError: The row has no such column: it could be neither right nor wrong.

    """
    found = []
    for column, value in expected.items():
        if column not in seen:
            raise IntegrationError(
                f"There is no column '{column}'.",
                expected=f"one of {listed(seen, limit=_SHOWN_COLUMNS)}",
                next_step=did_you_mean(column, seen) or None,
            )
        found += value_differences(value, seen[column], root="", steps=(column,))
    return found
