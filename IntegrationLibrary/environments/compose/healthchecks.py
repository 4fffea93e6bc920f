"""Health checks, asked once a second."""

from __future__ import annotations

import math
from typing import Any

from IntegrationLibrary.environments.compose.nodes import Node
from IntegrationLibrary.environments.compose.scalars import duration, flag, text, texts, whole

_KEYS = ("test", "interval", "timeout", "retries", "start_period", "start_interval", "disable")
_INTERVAL, _TIMEOUT, _RETRIES = 30.0, 30.0, 3
"""What the engine takes where nothing is said: https://docs.docker.com/reference/dockerfile/#healthcheck"""
_LONGEST_INTERVAL = 1.0
"""The engine waits an interval before the first check too: with the usual 30 s a test would wait for nothing. So it
asks each second, and as many more times as the interval was longer: it is unhealthy when it would have been."""
_USUAL_PATIENCE = 60.0


def healthcheck(node: Node) -> dict[str, Any]:
    """Return the check, and as much patience with the service as the check has."""
    entries = node.entries(_KEYS)
    if "disable" in entries and flag(entries["disable"]):
        return {"healthcheck": "none"}
    tested = _test(entries["test"]) if "test" in entries else []
    if tested is None:
        return {"healthcheck": "none"}
    for key in {"start_interval"} & entries.keys():
        duration(entries[key])
    interval = _seconds(entries, "interval", _INTERVAL)
    retries = (whole(entries["retries"]) if "retries" in entries else 0) or _RETRIES
    start_period = duration(entries["start_period"]) if "start_period" in entries else 0.0
    asked_each = min(interval, _LONGEST_INTERVAL)
    check = {
        "command": tested,
        "interval": asked_each,
        "timeout": _seconds(entries, "timeout", _TIMEOUT),
        "retries": math.ceil(retries * interval / asked_each),
        "start_period": start_period,
    }
    patience = start_period + retries * interval
    return {"healthcheck": check} | ({"timeout": patience} if patience > _USUAL_PATIENCE else {})


def _seconds(entries: dict[str, Node], key: str, default: float) -> float:
    """Return a duration; as for the engine, none at all means the usual one."""
    return (duration(entries[key]) if key in entries else 0.0) or default


def _test(node: Node) -> list[str] | None:
    """Return the command that is asked with; empty for the image's own, None for no check at all."""
    if not isinstance(node.value, list):
        return ["/bin/sh", "-c", text(node)]
    kind, *rest = texts(node) or ["CMD"]
    if kind == "NONE":
        return None
    if kind == "CMD-SHELL" and len(rest) == 1:
        return ["/bin/sh", "-c", rest[0]]
    if kind == "CMD" and rest:
        return rest
    raise node.wrong("a text, or a list that begins with CMD, CMD-SHELL or NONE", "the rest is the command")
