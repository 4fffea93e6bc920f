"""The services of a Compose file, chosen and in the words of the environment file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.environments.compose.file import ComposeFile
from IntegrationLibrary.environments.compose.nodes import Node, Refusal, each_of
from IntegrationLibrary.environments.compose.project import Project
from IntegrationLibrary.environments.compose.relations import relate
from IntegrationLibrary.environments.compose.scalars import texts
from IntegrationLibrary.environments.compose.service import converted
from IntegrationLibrary.environments.mistakes import Mistake
from IntegrationLibrary.environments.references import escaped

Keys = dict[str, Any]

_ALL = "*"


@dataclass(frozen=True)
class Taken:
    """What was taken over from a Compose file."""

    nodes: Mapping[str, Node]
    """The services that run, as they stand in the file."""
    services: Mapping[str, Keys]
    """Those that could be taken over, as if they had been written in the environment file."""
    inactive: frozenset[str]
    """Those that profiles leave out."""
    mistakes: tuple[Mistake, ...]
    files: tuple[Path, ...]
    """What all of it was made from."""
    variables: frozenset[str]
    """The variables of the operating system that it names."""


def take_over(compose: ComposeFile, profiles: Collection[str] | None, own: Mapping[str, Any]) -> Taken:
    """Return the services of a Compose file.

    Args:
        compose: The Compose file.
        profiles: The profiles in use; None for those that the variable COMPOSE_PROFILES names.
        own: The services of the environment file, which take the place of others or add keys to them.

    Raises:
        Refusal: It has no services, or something around them is wrong.

    """
    every = compose.services()
    profiles_of = dict(zip(every, each_of(lambda node: _profiles(compose, node), every.values()), strict=True))
    used = _of_variable(compose) if profiles is None else profiles
    nodes = {name: node for name, node in every.items() if _is_used(profiles_of[name], used)}
    described = described_by(own)
    project = Project(
        folder=compose.folder,
        variables=compose.variables,
        services=frozenset({*nodes, *described}),
        inactive=frozenset(every.keys() - nodes.keys()),
        networks=compose.section("networks"),
        volumes=compose.section("volumes"),
        secrets=compose.section("secrets"),
        configs=compose.section("configs"),
    )
    needed = {name: _without_replaced(nodes[name], own.get(name, {})) for name in nodes if name not in described}
    services, mistakes = _converted(compose, project, needed)
    return Taken(
        nodes=nodes,
        services={name: escaped(keys) for name, keys in services.items()},
        inactive=project.inactive,
        mistakes=(*_unknown(profiles or (), profiles_of.values()), *dict.fromkeys(mistakes)),
        files=(compose.path, compose.beside, *dict.fromkeys(project.files)),
        variables=frozenset(compose.variables.named),
    )


def described_by(own: Mapping[str, Any]) -> list[str]:
    """Return the services that the environment file describes itself, and does not only add keys to."""
    return [name for name, raw in own.items() if not isinstance(raw, dict) or "type" in raw]


def _without_replaced(node: Node, own: Mapping[str, Any]) -> Node:
    """Return the service without the keys that the environment file has other values for: those are not judged."""
    replaced = {key for key, value in own.items() if not isinstance(value, dict)}
    if replaced & {"image", "build"}:
        replaced |= {"image", "build"}
    if not isinstance(node.value, dict):
        return node
    return Node({key: value for key, value in node.value.items() if key not in replaced}, node.path, node.file)


def _converted(
    compose: ComposeFile, project: Project, nodes: Mapping[str, Node]
) -> tuple[dict[str, Keys], list[Mistake]]:
    """Return the services that could be taken over, and what is wrong with the others."""
    replaced: dict[str, Node] = {}
    services: dict[str, Keys] = {}
    mistakes: list[Mistake] = []
    for name, node in nodes.items():
        try:
            replaced[name] = compose.replaced(node)
            services[name] = converted(replaced[name], project)
        except Refusal as refusal:
            mistakes += refusal.mistakes
    try:
        relate(services, {name: replaced[name] for name in services})
    except Refusal as refusal:
        mistakes += refusal.mistakes
    return services, mistakes


def _profiles(compose: ComposeFile, node: Node) -> list[str]:
    found = node.mapping().get("profiles")
    return texts(compose.replaced(found)) if found is not None and found.value is not None else []


def _of_variable(compose: ComposeFile) -> list[str]:
    return [name.strip() for name in (compose.variables.get("COMPOSE_PROFILES") or "").split(",")]


def _is_used(profiles: Collection[str], used: Collection[str]) -> bool:
    return not profiles or _ALL in used or not set(profiles).isdisjoint(used)


def _unknown(profiles: Iterable[str], known: Iterable[Iterable[str]]) -> Iterator[Mistake]:
    """Yield the profiles in the environment file that no service has."""
    names = sorted({name for each in known for name in each})
    for index, name in enumerate(profiles):
        if name not in {*names, _ALL}:
            headline = f"No service of the Compose file has profile '{name}'."
            path = ("compose", "profiles", index)
            yield Mistake(path, headline, f"one of {listed(names)}", hint=did_you_mean(name, names))
