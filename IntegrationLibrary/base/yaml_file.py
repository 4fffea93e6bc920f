"""YAML files as people write them, with the line of every key for the messages about them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IntegrationLibrary.base.errors import ConfigurationError

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, ScalarNode

KeyPath = tuple[Any, ...]

# YAML 1.2's core schema (its section 10.3.2), so that `no`, `on`, dates and 0123 stay the texts they look like.
_CONSTANTS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


class YamlFile:
    """The plain data of one YAML file (mappings, lists, texts, numbers, booleans, None) and where it stands."""

    def __init__(self, path: Path, data: Any, lines: dict[KeyPath, int]) -> None:
        self.path = path
        self.data = data
        self._lines = lines

    def line(self, *path: Any) -> int:
        """Return the line of the key or item at *path*, counted from 1; of its nearest parent where there is none."""
        for depth in range(len(path), -1, -1):
            if path[:depth] in self._lines:
                return self._lines[path[:depth]]
        return 1

    def place(self, *path: Any) -> str:
        """Return `file:line` of the key or item at *path*."""
        return f"{self.path}:{self.line(*path)}"


def read_yaml(path: Path) -> YamlFile:
    """Return what stands in the file.

    Raises:
        ConfigurationError: There is no such file, or it is not YAML; file and line are in the text.

    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = _text(path)
    try:
        node = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigurationError(
            f"File '{path.name}' is not YAML.",
            place=f"{path}:{min(mark.line + 1, len(text.splitlines())) if mark else 1}",  # not beyond its end
            seen=" ".join(part for part in (error.context, error.problem) if part),
            hint=_hint(text.splitlines()[mark.line] if mark and mark.line < len(text.splitlines()) else ""),
        ) from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"File '{path.name}' is not YAML.", place=f"{path}:1", seen=str(error)) from error
    lines: dict[KeyPath, int] = {(): 1}
    return YamlFile(path, None if node is None else _Reader(path, lines).value(node, ()), lines)


def _hint(line: str) -> str:
    """Return the cure of the two mistakes that everybody makes."""
    if "\t" in line:
        return "YAML is indented with blanks: replace the tab"
    return "put quotes around ${...} inside [ ] or { }" if "${" in line else ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError(f"File '{path}' does not exist.", place=f"{path}:1") from None
    except IsADirectoryError:
        raise ConfigurationError(f"'{path}' is a folder, not a file.", place=f"{path}:1") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            f"File '{path.name}' is not UTF-8.", place=f"{path}:{line}", hint="save it as UTF-8"
        ) from error
    except OSError as error:
        raise ConfigurationError(
            f"File '{path}' cannot be read.", place=f"{path}:1", seen=error.strerror or str(error)
        ) from error


class _Reader:
    """Turns nodes into values and remembers their lines."""

    def __init__(self, path: Path, lines: dict[KeyPath, int]) -> None:
        self._path = path
        self._lines = lines
        self._open: list[Any] = []

    def value(self, node: Any, path: KeyPath) -> Any:
        self._lines.setdefault(path, node.start_mark.line + 1)
        if node.tag.startswith("!"):
            raise ConfigurationError(f"Tag '{node.tag}' means nothing here.", place=self._place(node))
        if node.id == "scalar":
            return _scalar(node)
        if any(node is each for each in self._open):
            raise ConfigurationError("An alias stands inside what it names.", place=self._place(node))
        self._open.append(node)
        value = self._mapping(node, path) if node.id == "mapping" else self._sequence(node, path)
        self._open.pop()
        return value

    def _sequence(self, node: Any, path: KeyPath) -> list[Any]:
        for index, item in enumerate(node.value):
            self._lines[(*path, index)] = item.start_mark.line + 1
        return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: MappingNode, path: KeyPath) -> dict[Any, Any]:
        merged = self._merged(node, path)
        values: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            if _merges(key_node):
                continue
            if key_node.id != "scalar":
                raise ConfigurationError("A key is a list or a mapping.", place=self._place(key_node))
            key = _scalar(key_node)
            if key in values:
                raise ConfigurationError(
                    f"Key '{key}' stands twice.",
                    place=self._place(key_node),
                    seen=f"the first one is in line {self._lines[(*path, key)]}",
                )
            self._lines[(*path, key)] = key_node.start_mark.line + 1
            values[key] = self.value(value_node, (*path, key))
        return {**merged, **values}

    def _merged(self, node: MappingNode, path: KeyPath) -> dict[Any, Any]:
        """Return what `<<` takes over from other mappings (https://yaml.org/type/merge.html), as compose files do."""
        found: dict[Any, Any] = {}
        for key_node, value_node in reversed(node.value):
            sources = (value_node.value if value_node.id == "sequence" else [value_node]) * _merges(key_node)
            for source in reversed(sources):  # the first one counts, and so does its line
                if source.id != "mapping":
                    raise ConfigurationError("'<<' takes over what is no mapping.", place=self._place(source))
                found |= self.value(source, path)
        return found

    def _place(self, node: Any) -> str:
        return f"{self._path}:{node.start_mark.line + 1}"


def _merges(key: ScalarNode | Any) -> bool:
    return key.id == "scalar" and key.value == "<<" and not key.style


def _scalar(node: ScalarNode | Any) -> Any:
    text: str = node.value
    if node.style:  # plain: None from the Python parser, an empty text from the C one
        return text
    if text in _NULLS:
        return None
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
