"""What an environment file says of the services of its Compose file, and what becomes of both."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.base.yaml_file import YamlFile
from IntegrationLibrary.environments.compose.composition import ComposeSpec, Composition
from IntegrationLibrary.environments.compose.file import ComposeFile
from IntegrationLibrary.environments.compose.nodes import Refusal
from IntegrationLibrary.environments.compose.taking import Taken, described_by, take_over
from IntegrationLibrary.environments.mistakes import Mistake, raise_mistakes
from IntegrationLibrary.environments.references import find_references, resolve

_INSTEAD = {"image": "build", "build": "image", "ready": "healthcheck"}
"""What of a Compose file's service is no longer of use when the environment file has another key."""


def join(file: YamlFile, spec: ComposeSpec, os_environment: Mapping[str, str]) -> Composition:
    """Return the services of the environment file and of the Compose file.

    Raises:
        ConfigurationError: The Compose file cannot be taken over as a whole.

    """
    own = file.data.get("services") or {}
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
