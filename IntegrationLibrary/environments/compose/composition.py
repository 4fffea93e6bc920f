"""The services of an environment file, together with those of the Compose file that it names."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from IntegrationLibrary.base.documented import describe_keys
from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.base.yaml_file import YamlFile
from IntegrationLibrary.environments.compose.file import ComposeFile
from IntegrationLibrary.environments.compose.nodes import Refusal
from IntegrationLibrary.environments.compose.taking import Taken, described_by, take_over
from IntegrationLibrary.environments.mistakes import Mistake, raise_mistakes
from IntegrationLibrary.environments.references import find_references, resolve

_THEIRS = {
    "aliases": "networks",
    "files": "secrets",
    "memory": "mem_limit",
    "network": "network_mode",
    "port": "ports",
    "pull": "pull_policy",
    "restart_limit": "restart",
    "stop_timeout": "stop_grace_period",
    "timeout": "healthcheck",
}
"""What the keys that are named otherwise in Compose files are called there."""

_INSTEAD = {"image": "build", "build": "image", "ready": "healthcheck"}
"""What of a Compose file's service is no longer of use when the environment file has another key."""


class ComposeSpec(BaseModel):
    """The keys of how a Compose file is taken over."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=describe_keys)

    file: str = Field(min_length=1)
    """The Compose file, relative to the environment file."""
    profiles: tuple[str, ...] | None = None
    """The profiles whose services run too, in place of those that the variable COMPOSE_PROFILES names."""


@dataclass(frozen=True)
class Composition:
    """The services of both files; those of the Compose file as if they stood in the environment file."""

    file: YamlFile
    services: dict[str, Any]
    mistakes: tuple[Mistake, ...] = ()
    unreadable: Collection[str] = ()
    """Services that need not be read: what is wrong with them is among the mistakes."""
    taken: Taken | None = None
    files: tuple[Path, ...] = ()
    variables: Collection[str] = ()
    """The files, besides the environment file, and the variables of the operating system that it is made from."""

    def place(self, service: str) -> str:
        """Return where a service is described, as `file:line`."""
        if self.taken is None or service in (self.file.data.get("services") or {}):
            return self.file.place("services", service)
        return self.taken.nodes[service].place

    def placed(self, mistake: Mistake) -> Mistake:
        """Return the mistake in the file that has what is wrong: a service may be described by both."""
        section, name, *inside = (*mistake.path, "", "")
        node = self.taken.nodes.get(str(name)) if self.taken and section == "services" else None
        own = (self.file.data.get("services") or {}).get(name)
        if mistake.file or node is None or (isinstance(own, dict) and (inside[0] in own or "type" in own)):
            return mistake
        path = (*node.path, *(_THEIRS.get(str(each), each) for each in inside[:1]), *inside[1:])
        return replace(mistake, path=path, file=node.file, seen=None)


def compose(file: YamlFile, os_environment: Mapping[str, str]) -> Composition:
    """Return the services of the environment file, with those of the Compose file if it names one.

    Raises:
        ConfigurationError: The Compose file cannot be taken over as a whole.

    """
    own = file.data.get("services") or {}
    named = file.data.get("compose")
    if named is None:
        return Composition(file, own)
    keys = {"file": named} if isinstance(named, str) else named
    spec = ComposeSpec.model_validate_json(json.dumps(keys))
    try:
        read = ComposeFile(_path(file, spec, os_environment), os_environment)
        taken = take_over(read, spec.profiles, own)
    except Refusal as refusal:
        raise_mistakes(file, refusal.mistakes)
        raise
    left_over = {name: _left_over(name, taken) for name in own if name not in {*described_by(own), *taken.nodes}}
    return Composition(
        file=file,
        services=_joined(own, taken),
        mistakes=(*taken.mistakes, *left_over.values()),
        unreadable={*(taken.nodes.keys() - taken.services.keys() - {*described_by(own)}), *left_over},
        taken=taken,
        files=taken.files,
        variables={*taken.variables, *(each.field for each in find_references(spec.file) if each.is_variable)},
    )


def _path(file: YamlFile, spec: ComposeSpec, os_environment: Mapping[str, str]) -> Path:
    path = file.path.parent / Path(resolve(spec.file, {}, os_environment)).expanduser()
    if not path.is_file():
        raise Refusal(Mistake(("compose",), f"Compose file '{path}' does not exist."))
    return path


def _left_over(name: str, taken: Taken) -> Mistake:
    """Return what is wrong with a service that keys are added to and that is not there."""
    if name in taken.inactive:
        headline = f"Service '{name}' of the Compose file is not used: no profile in use has it."
        return Mistake(("services", name), headline, "one of its profiles under 'compose'")
    headline = f"Service '{name}' lacks the key 'type', and the Compose file has no service of this name."
    known = f"a type, or one of {listed(sorted(taken.nodes))}"
    return Mistake(("services", name), headline, known, hint=did_you_mean(str(name), taken.nodes))


def _joined(own: Mapping[str, Any], taken: Taken) -> dict[str, Any]:
    added_to = {name: taken.services.get(name, {}) for name in taken.nodes if name not in described_by(own)}
    return {
        name: _merged(added_to[name], own.get(name, {})) if name in added_to else own[name]
        for name in dict.fromkeys([*taken.nodes, *own])
    }


def _merged(theirs: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a service: mappings are merged by their keys, everything else is replaced."""
    kept = {key: value for key, value in theirs.items() if _INSTEAD.get(key) not in own}
    return kept | {key: _replaced(kept.get(key), value) for key, value in own.items()}


def _replaced(before: Any, value: Any) -> Any:
    if not isinstance(before, dict) or not isinstance(value, dict):
        return value
    return before | {key: _replaced(before.get(key), item) for key, item in value.items()}
