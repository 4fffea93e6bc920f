"""JSON values: what differs between the expected and the seen one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from IntegrationLibrary.checks.differences import Difference

_NOTHING = "nothing"


def body_differences(
    expected: Any, seen: Any, *, partial: bool = False, ignored: Collection[str] = ()
) -> list[Difference]:
    """Return where *seen* differs from *expected*.

    Args:
        expected: The JSON value that should be there.
        seen: The JSON value that is there.
        partial: Fields of objects that *expected* does not name are not looked at.
        ignored: Paths such as `id`, `lines[*].id` or `$.meta.created_at` that may differ.

    """
    patterns = [_pattern(path) for path in ignored]
    found = _compare(expected, seen, "$", partial=partial)
    return [each for each in found if not any(pattern.fullmatch(each.path) for pattern in patterns)]


def shown(value: Any) -> str:
    """Return a value with its type, as a difference shows it."""
    return f"{value!r} ({type(value).__name__})"


def _pattern(path: str) -> re.Pattern[str]:
    whole = path if path.startswith("$") else f"$.{path}"
    return re.compile(re.escape(whole).replace(r"\[\*\]", r"\[\d+\]") + r"(\..*|\[.*)?")


def _compare(expected: Any, seen: Any, path: str, *, partial: bool) -> Iterator[Difference]:
    if isinstance(expected, dict) and isinstance(seen, dict):
        yield from _compare_objects(expected, seen, path, partial=partial)
    elif isinstance(expected, list) and isinstance(seen, list):
        yield from _compare_lists(expected, seen, path, partial=partial)
    elif not _are_equal(expected, seen):
        yield _difference(path, expected, seen)


def _compare_objects(
    expected: dict[str, Any], seen: dict[str, Any], path: str, *, partial: bool
) -> Iterator[Difference]:
    for name, value in expected.items():
        if name not in seen:
            yield Difference(f"{path}.{name}", repr(value), _NOTHING)
        else:
            yield from _compare(value, seen[name], f"{path}.{name}", partial=partial)
    if not partial:
        for name in seen.keys() - expected.keys():
            yield Difference(f"{path}.{name}", _NOTHING, repr(seen[name]))


def _compare_lists(expected: list[Any], seen: list[Any], path: str, *, partial: bool) -> Iterator[Difference]:
    for index, (one, other) in enumerate(zip(expected, seen, strict=False)):
        yield from _compare(one, other, f"{path}[{index}]", partial=partial)
    for index in range(len(seen), len(expected)):
        yield Difference(f"{path}[{index}]", repr(expected[index]), _NOTHING)
    for index in range(len(expected), len(seen)):
        yield Difference(f"{path}[{index}]", _NOTHING, repr(seen[index]))


def _are_equal(expected: Any, seen: Any) -> bool:
    if isinstance(expected, bool) or isinstance(seen, bool):
        return expected is seen
    return bool(expected == seen)


def _difference(path: str, expected: Any, seen: Any) -> Difference:
    if str(expected) == str(seen):
        return Difference(path, shown(expected), shown(seen))
    return Difference(path, repr(expected), repr(seen))
