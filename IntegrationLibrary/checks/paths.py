"""JSONPath: what a path selects in a document, and what is there instead when it selects nothing."""

from __future__ import annotations

from typing import Any

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.text import did_you_mean, listed


def select(document: Any, path: str) -> list[Any]:
    """Return all values that the path selects, as jsonpath-ng reads it.

    Raises:
        IntegrationError: The path is not one.

    """
    from jsonpath_ng.exceptions import JSONPathError
    from jsonpath_ng.ext.parser import parse

    try:
        expression = parse(path)
    except JSONPathError as error:
        raise IntegrationError(
            f"'{path}' is no JSONPath.", expected="such as $.id or $.lines[0].sku", seen=str(error)
        ) from error
    except Exception as error:
        raise IntegrationError(f"'{path}' is no JSONPath.", seen=str(error)) from error
    return [match.value for match in expression.find(document)]


def fields_near(document: Any, path: str) -> str:
    """Return which fields there are at the deepest place that the path reaches."""
    reached, rest = document, path.removeprefix("$").lstrip(".").split(".")
    while rest and isinstance(reached, dict) and rest[0] in reached:
        reached = reached[rest.pop(0)]
    if not isinstance(reached, dict):
        return f"a {type(reached).__name__}, not an object"
    hint = did_you_mean(rest[0], reached) if rest else ""
    return f"the fields {listed(reached, limit=30)}" + (f"; {hint}" if hint else "")
