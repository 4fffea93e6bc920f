"""Networks: the containers of a worker are in one, in which they find each other by all their names."""

from __future__ import annotations

from typing import Any

from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.environments.compose.nodes import Node, each_of
from IntegrationLibrary.environments.compose.project import Project
from IntegrationLibrary.environments.compose.scalars import flag, text, texts

_KEYS = ("aliases", "priority", "gw_priority")
_ONE = "the containers of a worker are in one network, whose addresses the engine chooses"
_REFUSED = dict.fromkeys(
    ("ipv4_address", "ipv6_address", "link_local_ips", "mac_address", "driver_opts", "interface_name"), _ONE
)
_TOP = ("name", "driver", "internal", "external", "attachable", "enable_ipv4", "enable_ipv6", "labels")
_TOP_REFUSED = dict.fromkeys(("driver_opts", "ipam"), _ONE)
DEFAULT = "default"
"""The network that a Compose file has without saying so."""


def networks(node: Node, project: Project) -> dict[str, Any]:
    """Return the further names that the service has in its networks."""
    if isinstance(node.value, dict):
        aliases = each_of(lambda each: _aliases(each, project), node.mapping().values())
        return {"aliases": [alias for each in aliases for alias in each]}
    each_of(lambda each: _refuse_other(text(each), each, project), node.items())
    return {}


def default_network(node: Node, project: Project) -> dict[str, Any]:
    """Return nothing more of a service that names no network: it is in the one that every file has."""
    _refuse_other(DEFAULT, node, project)
    return {}


def network_mode(node: Node) -> dict[str, Any]:
    """Return the machine's own network, which is the only other one there is."""
    if text(node) != "host":
        raise node.wrong("'host', or the key 'networks'", f"'{text(node)}' is not supported")
    return {"network": "host"}


def own_name(node: Node) -> dict[str, Any]:
    """Return what `container_name` says as a name that others find it under: containers are named after the run."""
    return {"aliases": [text(node)]}


def hostname(node: Node) -> dict[str, Any]:
    """Return what it takes for its own name, under which others find it too."""
    return {"hostname": text(node), "aliases": [text(node)]}


def extra_hosts(node: Node) -> dict[str, Any]:
    """Return the addresses of further hosts; in lists they stand as `name:address` or `name=address`."""
    if not isinstance(node.value, list):
        found = {name: text(each) for name, each in node.mapping().items()}
    else:
        found = dict(each_of(_host, node.items()))
    return {"extra_hosts": {name: address.strip("[]") for name, address in found.items()}}


def _host(node: Node) -> tuple[str, str]:
    sign = "=" if "=" in text(node) else ":"
    name, _, address = text(node).partition(sign)
    if not name or not address:
        raise node.wrong("a host and its address, such as example.com:10.0.0.1")
    return name, address


def _aliases(node: Node, project: Project) -> list[str]:
    _refuse_other(str(node.path[-1]), node, project)
    entries = {} if node.value is None else node.entries(_KEYS, _REFUSED)
    return texts(entries["aliases"]) if "aliases" in entries else []


def _refuse_other(name: str, node: Node, project: Project) -> None:
    """Refuse a network that the file does not have, or that is to be another one than the worker's."""
    if name in project.networks:
        refuse_unlike(project.networks[name])
    elif name != DEFAULT:
        headline = f"{node.name} names network '{name}', which the Compose file does not have."
        known = f"one of {listed(sorted({DEFAULT, *project.networks}))}"
        raise node.refused(headline, known, hint=did_you_mean(name, project.networks))


def refuse_unlike(node: Node) -> None:
    """Refuse a network of the top-level `networks` that is to be another one than the worker's.

    Raises:
        Refusal: It is external, of a driver of its own, closed, or has addresses of its own.

    """
    if node.value is None:
        return
    entries = node.entries(_TOP, _TOP_REFUSED)
    if "driver" in entries and text(entries["driver"]) not in {"bridge", "default"}:
        raise entries["driver"].wrong("'bridge'", _ONE)
    each_of(_refuse_if_set, [entries[key] for key in ("external", "internal", "enable_ipv6") if key in entries])


def _refuse_if_set(node: Node) -> None:
    if isinstance(node.value, dict) or flag(node):
        raise node.unsupported(_ONE)
