"""What services of a Compose file say about each other, and what that makes of the other one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from IntegrationLibrary.environments.compose.dependencies import COMPLETED, HEALTHY, Dependency, dependencies, links_of
from IntegrationLibrary.environments.compose.nodes import Node, all_of
from IntegrationLibrary.environments.compose.scalars import text

Keys = dict[str, Any]


def relate(services: Mapping[str, Keys], nodes: Mapping[str, Node]) -> None:
    """Change the keys of *services* that others have something to say about; *nodes* are what they came from.

    A service whose health others wait for must have a check, in its image if not in the file; one that others wait
    for the end of is ready when it has ended well; one that is linked to under a name has that name; and one with the
    image that another one builds is built, too.

    Raises:
        Refusal: What one waits for can never be.

    """
    found = {name: node.mapping() for name, node in nodes.items()}
    all_of(partial(_await, services, each) for entries in found.values() for each in _dependencies(entries))
    for entries in found.values():
        for name, aliases in _links(entries).items():
            if name in services:
                services[name]["aliases"] = [*services[name].get("aliases", []), *aliases]
    built = {text(found[name]["image"]): keys["build"] for name, keys in services.items() if _is_both(found[name])}
    for keys in services.values():
        if keys.get("image") in built:
            keys["build"] = built[keys.pop("image")]


def _await(services: Mapping[str, Keys], dependency: Dependency) -> None:
    keys = services.get(dependency.name)
    if keys is None:  # the environment file's own, or it need not be there
        return
    if dependency.condition == HEALTHY and "ready" not in keys and keys.setdefault("healthcheck", "image") == "none":
        raise dependency.node.refused(
            f"{dependency.node.name} waits for the health of service '{dependency.name}', which has no health check."
        )
    if dependency.condition == COMPLETED:
        if keys.get("restart") == "always":
            raise dependency.node.refused(
                f"{dependency.node.name} waits for the end of service '{dependency.name}', which is always restarted."
            )
        keys["ready"] = {"exit": 0}


def _dependencies(entries: Mapping[str, Node]) -> list[Dependency]:
    return dependencies(entries["depends_on"]) if entries.get("depends_on") else []


def _links(entries: Mapping[str, Node]) -> Mapping[str, list[str]]:
    return links_of(entries["links"]) if entries.get("links") else {}


def _is_both(entries: Mapping[str, Node]) -> bool:
    return "build" in entries and "image" in entries
