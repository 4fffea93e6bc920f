"""Ports: only those inside count, since two workers could not have the same one of this machine."""

from __future__ import annotations

import re
from typing import Any

from IntegrationLibrary.environments.compose.nodes import Node, each_of
from IntegrationLibrary.environments.compose.scalars import text, whole

_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_HIGHEST = 65535
_EXPECTED = "a port inside, such as 80, 8080:80, 127.0.0.1:8080:80 or 3000-3005"
_LONG = ("target", "published", "host_ip", "protocol", "mode", "name", "app_protocol")


def ports(node: Node) -> dict[str, Any]:
    """Return the first port as the service's own, the others under their numbers.

    The ports outside are asked from the system: `${web.port}`, `${web.9000.port}`.
    """
    lists = each_of(_inside, node.items())
    numbers = list(dict.fromkeys(number for found in lists for number in found))
    if not numbers:
        return {}
    return {"port": numbers[0], "ports": {str(number): number for number in numbers[1:]}}


def _inside(node: Node) -> list[int]:
    if not isinstance(node.value, dict):
        return _short(node)
    entries = node.entries(_LONG)
    if "target" not in entries:
        raise node.wrong("a mapping with the key 'target', the port inside")
    if "protocol" in entries:
        _refuse_other_protocols(entries["protocol"], text(entries["protocol"]))
    target = whole(entries["target"], least=1)
    if target > _HIGHEST:
        raise entries["target"].wrong(f"a port, at most {_HIGHEST}")
    return [target]


def _short(node: Node) -> list[int]:
    """Return the ports inside that `[[host:]outside:]inside[/protocol]` names, where both may be ranges."""
    addresses, _, protocol = text(node).partition("/")
    _refuse_other_protocols(node, protocol or "tcp")
    before, _, inside = addresses.rpartition(":")
    found = _range(node, inside)
    outside = before.rpartition(":")[2]
    if outside and len(found) > 1 and len(_range(node, outside)) != len(found):
        raise node.wrong("ranges of the same length outside and inside")
    return list(found)


def _range(node: Node, numbers: str) -> range:
    found = _RANGE.fullmatch(numbers)
    first = int(found[1]) if found else 0
    last = int(found[2] or first) if found else 0
    if not 0 < first <= last <= _HIGHEST:
        raise node.wrong(_EXPECTED)
    return range(first, last + 1)


def _refuse_other_protocols(node: Node, protocol: str) -> None:
    if protocol.lower() != "tcp":
        raise node.wrong("a port of TCP", f"'{protocol}' is not supported")
