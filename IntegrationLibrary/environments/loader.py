"""Reads an environment file and checks it whole, before anything is started."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from IntegrationLibrary.base.documented import describe_keys
from IntegrationLibrary.base.errors import ConfigurationError, IntegrationError
from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.base.yaml_file import YamlFile, read_yaml
from IntegrationLibrary.environments.compose.composition import ComposeSpec, Composition
from IntegrationLibrary.environments.compose.reading import compose
from IntegrationLibrary.environments.keys import Keys
from IntegrationLibrary.environments.mistakes import Mistake, raise_mistakes
from IntegrationLibrary.environments.model import Environment, ServiceEntry
from IntegrationLibrary.environments.names import wrong_names
from IntegrationLibrary.environments.order import ordered
from IntegrationLibrary.environments.references import OS_ENVIRONMENT, find_references, resolve
from IntegrationLibrary.environments.specs import described, read_spec
from IntegrationLibrary.environments.wiring import Draft, Wiring
from IntegrationLibrary.services.service import SERVICES, Service, ServiceSpec

PLAIN_NAME = r"^[A-Za-z0-9_-]+$"

_SHOWN_TYPES = 20
_NO_SWITCHES: Mapping[str, str] = MappingProxyType({})


class EnvironmentSpec(BaseModel):
    """The keys of an environment file."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=describe_keys)

    environment: str = Field(min_length=1)
    """The name of the environment."""
    compose: str | ComposeSpec | None = None
    """A Compose file, relative to this file, whose services belong to the environment; or a mapping."""
    services: dict[str, Any] = Field(min_length=1)
    """The services that run together, by their names."""


class ComposedSpec(EnvironmentSpec):
    """The keys of an environment file with a Compose file, which may have all the services."""

    services: dict[str, Any] = Field(default_factory=dict, min_length=1)


def load_environment(
    path: Path,
    *,
    switches: Mapping[str, str] = _NO_SWITCHES,
    os_environment: Mapping[str, str] = os.environ,
) -> Environment:
    """Return the environment that the file describes; nothing is started.

    Args:
        path: The environment file.
        switches: Services whose `run` is another one than the file says, such as `{"postgres": "container"}`.
        os_environment: What `${env.NAME}` refers to.

    Raises:
        ConfigurationError: The file is wrong; all mistakes are in the text, with their lines.
        IntegrationError: A switch names no service, or one that cannot be switched so.

    """
    file = read_yaml(path)
    mistakes = _mistakes_around(file)
    composition = compose(file, os_environment)
    services = _switched(composition.services, switches)
    reader = _Reader(file.path.parent, os_environment)
    drafts = {
        name: Draft(name, raw, is_readable=False) if name in composition.unreadable else reader.draft(name, raw)
        for name, raw in services.items()
        if isinstance(name, str)
    }
    wiring = Wiring(drafts, os_environment)
    inside = [mistake.under(("services",)) for mistake in (*reader.mistakes, *wiring.mistakes())]
    raise_mistakes(file, [*mistakes, *composition.mistakes, *map(composition.placed, inside)])
    return _environment(composition, drafts, wiring.dependencies())


def _mistakes_around(file: YamlFile) -> list[Mistake]:
    """Return what is wrong around the services; raise it at once when there are no services to look at."""
    if not isinstance(file.data, dict):
        raise ConfigurationError(
            f"File '{file.path.name}' is no environment file.",
            place=file.place(),
            expected="a mapping with the keys 'environment' and 'services'",
            seen=described(file.data),
        )
    services = file.data.get("services")
    shallow = {**file.data, "services": dict.fromkeys(services)} if isinstance(services, dict) else file.data
    is_composed = file.data.get("compose") is not None
    spec_class = ComposedSpec if is_composed else EnvironmentSpec
    _, mistakes = read_spec("the environment", spec_class, raw=shallow, values=shallow)
    has_services = (isinstance(services, dict) and services) or (is_composed and "services" not in file.data)
    if not has_services or any(mistake.path[:1] == ("compose",) for mistake in mistakes):
        raise_mistakes(file, mistakes)
    return mistakes


def _switched(services: dict[str, Any], switches: Mapping[str, str]) -> dict[str, Any]:
    """Return the services, with `run` of those that are switched as the switch says."""
    for name, run in switches.items():
        if name not in services:
            raise IntegrationError(
                f"There is no service '{name}' to run as '{run}'.",
                expected=f"one of {listed(services)}",
                next_step=did_you_mean(name, services) or None,
            )
        _refuse_impossible_run(name, run, services[name])
    return {name: {**raw, "run": switches[name]} if name in switches else raw for name, raw in services.items()}


def _refuse_impossible_run(name: str, run: str, raw: Any) -> None:
    service_type = _type_of(raw)
    if service_type is None:
        return
    choices = Keys(service_type.spec_class.model_json_schema()).choices(("run",))
    if not choices:
        raise IntegrationError(
            f"Service '{name}' cannot be run as '{run}'.",
            seen=f"its type '{service_type.name}' knows one way to run only",
        )
    if run not in choices:
        raise IntegrationError(
            f"Service '{name}' cannot be run as '{run}'.",
            expected=f"one of {listed(choices)}",
            next_step=did_you_mean(run, choices) or None,
        )


def _type_of(raw: Any) -> type[Service[Any]] | None:
    name = raw.get("type") if isinstance(raw, dict) else None
    return SERVICES.get(name) if name in SERVICES.names() else None


class _Reader:
    """Reads the services one by one and gathers what is wrong with them, each mistake under the service's name."""

    def __init__(self, base: Path, os_environment: Mapping[str, str]) -> None:
        self._base = base
        self._os_environment = os_environment
        self.mistakes: list[Mistake] = []

    def draft(self, name: str, raw: Any) -> Draft:
        """Return the service as far as it can be read."""
        self._add(name, _wrong_name(name))
        service_type = _type_of(raw)
        if service_type is None:
            self._add(name, [_wrong_type(name, raw)])
            return Draft(name, raw if isinstance(raw, dict) else {}, is_readable=False)
        values = resolve(raw, {}, self._os_environment)
        spec, mistakes = read_spec(f"service '{name}'", service_type.spec_class, raw=raw, values=values)
        self._add(name, mistakes)
        if spec is None:
            return Draft(name, raw, is_readable=False)
        self._add(name, wrong_names(values))
        self._add(name, _what_cannot_work(spec, values, self._base))
        scope = spec.scope or service_type.default_scope
        fields = service_type.fields(spec, scope)
        return Draft(name, raw, spec.depends_on, scope, fields, service_type.fills_in)

    def _add(self, name: str, mistakes: Iterable[Mistake]) -> None:
        self.mistakes += [mistake.under((name,)) for mistake in mistakes]


def _wrong_name(name: str) -> list[Mistake]:
    if name == OS_ENVIRONMENT:
        return [Mistake((), f"A service cannot be named '{name}': that is what ${{env.NAME}} refers to.")]
    if not re.match(PLAIN_NAME, name):
        return [Mistake((), f"Service name '{name}' is not plain.", expected="letters, digits, _ and - only")]
    return []


def _wrong_type(name: str, raw: Any) -> Mistake:
    known = f"one of {listed(SERVICES.names(), limit=_SHOWN_TYPES)}"
    if not isinstance(raw, dict):
        expected = "its keys, at least 'type' and what the type needs"
        return Mistake((), f"Service '{name}' is not described.", expected, seen=described(raw))
    if "type" not in raw:
        return Mistake((), f"Service '{name}' lacks the key 'type'.", known)
    wrong = str(raw["type"])
    hint = did_you_mean(wrong, SERVICES.names())
    return Mistake(("type",), f"There is no service type named '{wrong}'.", known, hint=hint)


def _what_cannot_work(spec: ServiceSpec, values: dict[str, Any], base: Path) -> Iterator[Mistake]:
    """Yield what the service type itself finds wrong, where it is not about a reference that has no value yet."""
    unresolved = [reference.path for reference in find_references(values)]
    for path, headline, expected in spec.check(base):
        if not any(each[: len(path)] == path for each in unresolved):
            yield Mistake(path, headline, expected)


def _environment(
    composition: Composition, drafts: Mapping[str, Draft], dependencies: dict[str, list[str]]
) -> Environment:
    services = {
        name: ServiceEntry(
            name=name,
            type=drafts[name].raw["type"],
            scope=drafts[name].scope,
            depends_on=tuple(dependencies[name]),
            raw=drafts[name].raw,
            fields=drafts[name].fields,
            place=composition.place(name),
        )
        for name in ordered(dependencies)
    }
    file = composition.file
    return Environment(
        file.data["environment"], file.path, services, composition.files, frozenset(composition.variables)
    )
