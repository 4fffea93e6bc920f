"""Bodies: what differs between the expected and the seen JSON value."""

from __future__ import annotations

import copy
import math
from collections.abc import Collection
from typing import Any

from IntegrationLibrary.checks.comparison import IGNORED, Comparison
from IntegrationLibrary.checks.differences import Difference
from IntegrationLibrary.checks.paths import replaced


def body_differences(
    expected: Any, seen: Any, *, partial: bool = False, ignored: Collection[str] = ()
) -> list[Difference]:
    """Return where *seen* differs from *expected*; 1 equals 1.0, and nothing else equals what has another type.

    Args:
        expected: The JSON value that should be there.
        seen: The JSON value that is there.
        partial: Keys of objects that *expected* does not name are not looked at.
        ignored: JSONPaths such as `id`, `lines[*].id` or `$.meta.created_at` of what may differ or be missing.

    Raises:
        IntegrationError: One of *ignored* is no JSONPath.

    """
    if ignored:
        expected, seen = copy.deepcopy(expected), copy.deepcopy(seen)
    for path in ignored:
        expected, seen = replaced(expected, path, IGNORED), replaced(seen, path, IGNORED)
    return list(Comparison(_are_equal, partial=partial).differences(expected, seen))


def _are_equal(expected: Any, seen: Any) -> bool:
    if isinstance(expected, bool) or isinstance(seen, bool):
        return expected is seen
    return bool(expected == seen) or (_is_nan(expected) and _is_nan(seen))


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)
