"""The services of an environment file, together with those of the Compose file that it names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from IntegrationLibrary.base.documented import describe_keys
from IntegrationLibrary.base.yaml_file import YamlFile
from IntegrationLibrary.environments.mistakes import Mistake

if TYPE_CHECKING:
    from IntegrationLibrary.environments.compose.taking import Taken


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
        """Return the mistake in the file that has what is wrong: a service may be described by both.

        A key that is called otherwise in Compose files has the line of the service there.
        """
        section, name, key = (*mistake.path, None, None, None)[:3]
        node = self.taken.nodes.get(str(name)) if self.taken and section == "services" else None
        if mistake.file or node is None or self._is_own(name, key):
            return mistake
        return replace(mistake, path=(*node.path, *mistake.path[2:]), file=node.file, seen=None)

    def _is_own(self, service: Any, key: Any) -> bool:
        """Return whether the environment file says what a key of a service is, or all of the service."""
        services = self.file.data.get("services") or {}
        own = services.get(service)
        return service in services and (not isinstance(own, dict) or "type" in own or key in own)
