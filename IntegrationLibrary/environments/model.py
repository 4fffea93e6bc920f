"""What an environment file says, checked."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from IntegrationLibrary.base.errors import ConfigurationError
from IntegrationLibrary.environments.references import find_references, resolve
from IntegrationLibrary.environments.specs import read_spec
from IntegrationLibrary.services.service import SERVICES, Scope, ServiceSpec


@dataclass(frozen=True)
class ServiceEntry:
    """One service of an environment."""

    name: str
    type: str
    scope: Scope
    depends_on: tuple[str, ...]
    """What must be ready first: what the file says, and the services that are referred to."""
    raw: dict[str, Any]
    """The keys of the file, references and all."""
    fields: dict[str, Scope]
    """What `${service.field}` may name, each with the scope in which it has one value."""
    place: str
    """Where it stands, as `file:line`."""

    @property
    def commands(self) -> frozenset[str]:
        """What a test may do to it on purpose."""
        return SERVICES.get(self.type).commands

    @property
    def is_contained(self) -> bool:
        """Whether what its keys refer to is seen from within a container."""
        return SERVICES.get(self.type).is_contained(self.spec(resolve(self.raw, {}, os.environ)))

    @property
    def refers_to(self) -> set[str]:
        """The services that its keys refer to."""
        return {each.service for each in find_references(self.raw)}

    def uses(self, service: str, database: str) -> bool:
        """Return whether it refers to the service's database, or depends on the service and refers to none of them."""
        fields = [each.field for each in find_references(self.raw) if each.service == service]
        of_databases = [each for each in fields if "." in each]
        if of_databases:
            return any(each.startswith(f"{database}.") for each in of_databases)
        return service in self.depends_on

    def spec(self, values: dict[str, Any]) -> ServiceSpec:
        """Return *values*, the keys with their references resolved, as the service type's spec.

        A reference that is left where the type wants a number counts as 1, until it has a value.

        Raises:
            ConfigurationError: A value that a reference stands for is not what the type wants.

        """
        spec_class = SERVICES.get(self.type).spec_class
        spec, mistakes = read_spec(f"service '{self.name}'", spec_class, raw=self.raw, values=values)
        if spec is None:
            first = mistakes[0]
            raise ConfigurationError(
                first.headline, place=self.place, expected=first.expected, seen=first.seen, hint=first.hint
            )
        return spec


@dataclass(frozen=True)
class Environment:
    """The services that run together; each stands after those it depends on."""

    name: str
    file: Path
    services: dict[str, ServiceEntry]
    files: tuple[Path, ...] = ()
    """Further files that it is described by, also those that are not there and would count."""
    variables: frozenset[str] = frozenset()
    """Variables of the operating system that those files name."""

    def users(self, service: str, database: str) -> set[str]:
        """Return the services that use the service's database, and those that depend on them."""
        found: set[str] = set()
        for name, entry in self.services.items():
            if entry.uses(service, database) or not found.isdisjoint(entry.depends_on):
                found.add(name)
        return found
