"""What the services of a Compose file need to know of the file around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from IntegrationLibrary.environments.compose.interpolation import Variables
from IntegrationLibrary.environments.compose.nodes import Node


@dataclass(frozen=True)
class Project:
    """A Compose file without its services' keys."""

    folder: Path
    """Its folder: relative paths in it start here."""
    variables: Variables
    services: frozenset[str]
    """The services that run: those of the file that no profile leaves out, and those of the environment file."""
    inactive: frozenset[str]
    """The services that profiles leave out."""
    networks: Mapping[str, Node]
    volumes: Mapping[str, Node]
    secrets: Mapping[str, Node]
    configs: Mapping[str, Node]
    """What stands at the top of the file; it is judged when a service names it."""
    files: list[Path] = field(default_factory=list)
    """Files that were read for it, or would be if they were there."""
