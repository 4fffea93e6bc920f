"""Health checks, which the library runs inside the container until they succeed."""

from __future__ import annotations

from typing import Any

from IntegrationLibrary.environments.compose.nodes import Node
from IntegrationLibrary.environments.compose.scalars import duration, flag, text, texts, whole

_KEYS = ("test", "interval", "timeout", "retries", "start_period", "start_interval", "disable")
_INTERVAL, _RETRIES = 30.0, 3
"""What the engine takes where nothing is said: https://docs.docker.com/reference/dockerfile/#healthcheck"""
_USUAL_PATIENCE, _LONGEST_PATIENCE = 60.0, 600.0
_NONE = {"healthcheck": "none"}


def healthcheck(node: Node) -> dict[str, Any]:
    """Return the check as a probe.

    The engine would wait an interval before the first check, which is half a minute as a rule, and would go on checking
    as long as the container runs. The probe asks at once, again until it succeeds, and gives up when the engine would
    have done so, but not before a minute and not after ten.
    """
    entries = node.entries(_KEYS)
    times = {key: duration(each) for key, each in entries.items() if key not in {"test", "retries", "disable"}}
    retries = whole(entries["retries"]) if "retries" in entries else 0
    tested = _test(entries["test"]) if "test" in entries else {}
    if "disable" in entries and flag(entries["disable"]):
        return _NONE
    patience = times.get("start_period", 0.0) + (retries or _RETRIES) * (times.get("interval") or _INTERVAL)
    if tested == _NONE or patience <= _USUAL_PATIENCE:
        return tested
    return {**tested, "timeout": min(patience, _LONGEST_PATIENCE)}


def _test(node: Node) -> dict[str, Any]:
    if not isinstance(node.value, list):
        return {"ready": {"command": text(node)}}
    kind, *rest = texts(node) or ["CMD"]
    if kind == "NONE":
        return _NONE
    if kind == "CMD-SHELL" and len(rest) == 1:
        return {"ready": {"command": rest[0]}}
    if kind == "CMD" and rest:
        return {"ready": {"command": rest}}
    raise node.wrong("a text, or a list that begins with CMD, CMD-SHELL or NONE", "the rest is the command")
