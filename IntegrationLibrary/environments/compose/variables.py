"""The variables of a service: `environment` over `env_file`, with those of the operating system where it says so."""

from __future__ import annotations

from typing import Any

from IntegrationLibrary.environments.compose.env_files import read_env_file, read_raw_env_file
from IntegrationLibrary.environments.compose.nodes import Node, each_of
from IntegrationLibrary.environments.compose.project import Project
from IntegrationLibrary.environments.compose.scalars import choice, flag, pairs, text

_KEYS = ("path", "required", "format")


def environment(node: Node, project: Project) -> dict[str, Any]:
    """Return the variables; one that is named without a value and set nowhere is to be none."""
    return {"environment": pairs(node, project.variables.get)}


def env_file(node: Node, project: Project) -> dict[str, Any]:
    """Return the variables of all files; those of a later one count."""
    found: dict[str, str] = {}
    each_of(lambda each: found.update(_read(each, found, project)), node.one_or_more())
    return {"environment": found}


def _read(node: Node, before: dict[str, str], project: Project) -> dict[str, str]:
    entries = node.entries(_KEYS) if isinstance(node.value, dict) else {"path": node}
    if "path" not in entries:
        raise node.wrong("a mapping with the key 'path'")
    path = project.folder / text(entries["path"])
    is_raw = "format" in entries and bool(choice(entries["format"], {"raw": "raw"}))
    is_required = "required" not in entries or flag(entries["required"])
    project.files.append(path)
    if not path.exists():
        if not is_required:
            return {}
        raise entries["path"].refused(f"{entries['path'].name} names a file that does not exist.", f"a file {path}")
    lookup = project.variables.get
    return read_raw_env_file(path, lookup) if is_raw else read_env_file(path, lookup, before)
