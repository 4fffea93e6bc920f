"""Dependencies: what must be ready, or have ended well, before a service starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.environments.compose.nodes import Node, each_of
from IntegrationLibrary.environments.compose.project import Project
from IntegrationLibrary.environments.compose.scalars import choice, flag, text

_KEYS = ("condition", "required", "restart")
STARTED, HEALTHY, COMPLETED = "service_started", "service_healthy", "service_completed_successfully"


@dataclass(frozen=True)
class Dependency:
    """One service that another one depends on."""

    name: str
    condition: str
    node: Node
    is_required: bool = True


def depends_on(node: Node, project: Project) -> dict[str, Any]:
    """Return the services that must be ready first; those that need not be there are left out when they are not."""
    found = dependencies(node)
    each_of(lambda each: _refuse_missing(each, project), [each.node for each in found if each.is_required])
    return {"depends_on": [each.name for each in found if each.name in project.services]}


def dependencies(node: Node) -> list[Dependency]:
    """Return what stands under `depends_on`, in its short form or its long one."""
    if isinstance(node.value, dict):
        return each_of(_long, node.mapping().values())
    return [Dependency(text(each), STARTED, each) for each in node.items()]


def links(node: Node, project: Project) -> dict[str, Any]:
    """Return the services that it is linked to as those that must be ready first; `links_of` has their names."""
    each_of(lambda each: _refuse_missing(each, project), node.items())
    return {"depends_on": list(links_of(node))}


def links_of(node: Node) -> dict[str, list[str]]:
    """Return the names under which a service finds those that it is linked to: `service` or `service:name`."""
    found: dict[str, list[str]] = {}
    for each in node.items():
        name, _, alias = text(each).partition(":")
        found.setdefault(name, []).extend([alias] if alias else [])
    return found


def _long(node: Node) -> Dependency:
    entries = node.entries(_KEYS)  # restart: about updates by the compose program, of which there are none here
    if "condition" not in entries:
        raise node.wrong(f"a mapping with the key 'condition': {STARTED}, {HEALTHY} or {COMPLETED}")
    condition = choice(entries["condition"], {each: each for each in (STARTED, HEALTHY, COMPLETED)})
    is_required = flag(entries["required"]) if "required" in entries else True
    return Dependency(str(node.path[-1]), condition, node, is_required)


def _refuse_missing(node: Node, project: Project) -> None:
    """Refuse a dependency on a service that does not run."""
    name = node.path[-1] if isinstance(node.path[-1], str) else text(node).partition(":")[0]
    if name in project.services:
        return
    if name in project.inactive:
        headline = f"{node.name} names service '{name}', which no profile in use has."
        raise node.refused(headline, hint="name one of its profiles under 'compose' in the environment file")
    headline = f"{node.name} names service '{name}', which does not exist."
    expected = f"one of {listed(sorted(project.services))}"
    raise node.refused(headline, expected, hint=did_you_mean(str(name), project.services))
