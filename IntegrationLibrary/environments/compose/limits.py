"""Limits of a service: memory and processors, how often it is started again, how long it may take to end."""

from __future__ import annotations

from typing import Any

from IntegrationLibrary.environments.compose.nodes import Node
from IntegrationLibrary.environments.compose.scalars import duration, number, size, text, whole

_ONE = "each worker has one container of each service"
_SWARM = "it is about clusters; leave it to a file for them"
_DEPLOY = ("resources", "replicas")
_DEPLOY_REFUSED = {
    **dict.fromkeys(("mode", "endpoint_mode", "labels", "rollback_config", "update_config", "placement"), _SWARM),
    "restart_policy": "write 'restart' of the service",
}
_RESTARTS = {"no": "no", "false": "no", "always": "always", "unless-stopped": "always", "on-failure": "on-failure"}
"""`unless-stopped` differs from `always` when the engine is started again; no run outlives that."""
_SHORTEST_GRACE = 0.1


def memory(node: Node) -> dict[str, Any]:
    """Return the memory that it may have."""
    return {"memory": size(node)}


def cpus(node: Node) -> dict[str, Any]:
    """Return the processors that it may use; none at all means all of them."""
    return {"cpus": number(node) or None}


def deploy(node: Node) -> dict[str, Any]:
    """Return the limits under `resources`; of the rest only one copy of the service is no mistake."""
    entries = node.entries(_DEPLOY, _DEPLOY_REFUSED)
    if "replicas" in entries:
        scale(entries["replicas"])
    resources = entries["resources"].entries(("limits",), {"reservations": ""}) if "resources" in entries else {}
    limits = resources["limits"].entries(("cpus", "memory"), {"pids": ""}) if "limits" in resources else {}
    return {
        **(memory(limits["memory"]) if "memory" in limits else {}),
        **(cpus(limits["cpus"]) if "cpus" in limits else {}),
    }


def scale(node: Node) -> dict[str, Any]:
    """Return nothing: there is one container of each service."""
    if whole(node) != 1:
        raise node.wrong("1", _ONE)
    return {}


def restart(node: Node) -> dict[str, Any]:
    """Return when it is started again, and how often at most."""
    policy, _, limit = str(node.value).lower().partition(":")
    if policy not in _RESTARTS or (limit and not (policy == "on-failure" and limit.isdecimal())):
        raise node.wrong("one of no, always, on-failure, on-failure:3, unless-stopped")
    return {"restart": _RESTARTS[policy]} | ({"restart_limit": int(limit)} if limit and int(limit) else {})


def stop_grace_period(node: Node) -> dict[str, Any]:
    """Return the seconds it may take to end."""
    return {"stop_timeout": max(duration(node), _SHORTEST_GRACE)}


def ulimits(node: Node) -> dict[str, Any]:
    """Return the soft and the hard limit of each kind."""
    return {"ulimits": {name: _ulimit(each) for name, each in node.mapping().items()}}


def _ulimit(node: Node) -> list[int]:
    if not isinstance(node.value, dict):
        return [whole(node, least=-1)] * 2
    entries = node.entries(("soft", "hard"))
    if len(entries) < 2:  # noqa: PLR2004 soft and hard
        raise node.wrong("a number, or a mapping with the keys 'soft' and 'hard'")
    return [whole(entries[key], least=-1) for key in ("soft", "hard")]


def logging(node: Node) -> dict[str, Any]:
    """Return nothing: what a container prints goes into the log of its service, whatever the file's options."""
    entries = node.entries(("driver", "options"))
    if "driver" in entries and text(entries["driver"]) not in {"json-file", "local"}:
        raise entries["driver"].wrong("json-file or local", "the log of the service is read from the engine")
    return {}
