"""A Compose file: read with `.env` beside it, its variables replaced."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from IntegrationLibrary.base.yaml_file import read_yaml
from IntegrationLibrary.environments.compose.env_files import read_env_file
from IntegrationLibrary.environments.compose.interpolation import InterpolationError, Variables, interpolated
from IntegrationLibrary.environments.compose.nodes import Node, all_of, each_of
from IntegrationLibrary.environments.compose.scalars import text
from IntegrationLibrary.environments.mistakes import Path as KeyPath

_TOP = ("services", "networks", "volumes", "secrets", "configs", "name", "version")
_TOP_REFUSED = {"include": "name one file that has all services", "models": ""}


class ComposeFile:
    """A Compose file that was read.

    Raises:
        ConfigurationError: It is no YAML.
        Refusal: It is no Compose file, or `.env` cannot be read.

    """

    def __init__(self, path: Path, os_environment: Mapping[str, str]) -> None:
        self.path = path
        self.folder = path.resolve().parent
        self.beside = path.parent / ".env"
        self._file = read_yaml(path)
        self._top = self.root.entries(_TOP, _TOP_REFUSED)
        own = read_env_file(self.beside, os_environment.get, {}) if self.beside.is_file() else {}
        self.variables = Variables(os_environment, own)
        name = text(self.replaced(self._top["name"])) if "name" in self._top else self.folder.name.lower()
        own.setdefault("COMPOSE_PROJECT_NAME", name)

    @property
    def root(self) -> Node:
        """The file itself, as a value."""
        return Node(self._file.data, (), self._file)

    def services(self) -> dict[str, Node]:
        """Return the services; their variables are not replaced, since not all of them may be used.

        Raises:
            Refusal: There are none.

        """
        found = self._top["services"].mapping() if "services" in self._top else {}
        if not found:
            raise self._top.get("services", self.root).refused("The Compose file has no services.")
        return found

    def section(self, name: str) -> dict[str, Node]:
        """Return what stands under another key at the top, by the names there."""
        found = self._top[name].mapping() if name in self._top else {}
        return dict(zip(found, each_of(self.replaced, found.values()), strict=True))

    def replaced(self, node: Node) -> Node:
        """Return a value with its variables replaced.

        Raises:
            Refusal: Some cannot be.

        """
        return Node(self._replaced(node.value, node.path), node.path, node.file)

    def _replaced(self, value: Any, path: KeyPath) -> Any:
        if isinstance(value, dict):
            items = all_of(partial(self._replaced, item, (*path, key)) for key, item in value.items())
            return dict(zip(value, items, strict=True))
        if isinstance(value, list):
            return all_of(partial(self._replaced, item, (*path, index)) for index, item in enumerate(value))
        if not isinstance(value, str):
            return value
        try:
            return interpolated(value, self.variables.get)
        except InterpolationError as error:
            raise Node(value, path, self._file).refused(error.headline, error.expected, hint=error.hint) from error
