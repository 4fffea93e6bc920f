"""Whether a request meets a rule: it does when nothing differs, and what differs explains why it does not."""

from __future__ import annotations

import re
from typing import Any

from IntegrationLibrary.mocks.hits import Hit
from IntegrationLibrary.mocks.rules import Rule


def request_differences(rule: Rule, hit: Hit) -> list[str]:
    """Return what keeps the request from meeting the rule, in words."""
    wanted = rule.request
    found = []
    if "method" in wanted and str(wanted["method"]).upper() != hit.method:
        found.append(f"method is {hit.method}, not {wanted['method']}")
    if "path" in wanted and wanted["path"] != hit.path:
        found.append(f"path is {hit.path}, not {wanted['path']}")
    if "path_pattern" in wanted and not re.fullmatch(wanted["path_pattern"], hit.path):
        found.append(f"path {hit.path} does not match {wanted['path_pattern']}")
    found += _texts("query", wanted.get("query", {}), hit.query)
    found += _texts("header", {name.lower(): text for name, text in wanted.get("headers", {}).items()}, hit.headers)
    if "json" in wanted:
        found += partial_differences(wanted["json"], hit.json, "json")
    return found


def partial_differences(wanted: Any, seen: Any, path: str) -> list[str]:
    """Return where *seen* lacks something of *wanted*; objects may have more fields than are wanted."""
    if isinstance(wanted, dict) and isinstance(seen, dict):
        return [
            each
            for name, value in wanted.items()
            for each in (
                partial_differences(value, seen[name], f"{path}.{name}")
                if name in seen
                else [f"{path}.{name} is missing"]
            )
        ]
    if isinstance(wanted, list) and isinstance(seen, list) and len(wanted) == len(seen):
        pairs = enumerate(zip(wanted, seen, strict=True))
        return [each for index, (one, two) in pairs for each in partial_differences(one, two, f"{path}[{index}]")]
    return [] if wanted == seen and type(wanted) is type(seen) else [f"{path} is {seen!r}, not {wanted!r}"]


def _texts(what: str, wanted: dict[str, Any], seen: dict[str, str]) -> list[str]:
    return [
        f"{what} {name} is {seen.get(name)!r}, not {text!r}"
        for name, text in wanted.items()
        if not _fits(text, seen.get(name))
    ]


def _fits(wanted: Any, seen: str | None) -> bool:
    if seen is None:
        return False
    if isinstance(wanted, dict):
        contains, matches = wanted.get("contains", ""), wanted.get("matches", "")
        return str(contains) in seen and re.search(str(matches), seen) is not None
    return str(wanted) == seen
