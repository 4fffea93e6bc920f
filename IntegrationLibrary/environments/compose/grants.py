"""Secrets and configs: files that are copied in before the container starts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.environments.compose.nodes import Node, each_of
from IntegrationLibrary.environments.compose.project import Project
from IntegrationLibrary.environments.compose.scalars import text

_KEYS = ("source", "target")
_REFUSED = dict.fromkeys(
    ("uid", "gid", "mode"), "the file is root's in the container, with the permissions it has here"
)
_TOP = ("file", "name", "labels")
_FROM_FILES = "only those from a 'file' are supported"
_TOP_REFUSED = dict.fromkeys(
    ("environment", "content", "external", "driver", "driver_opts", "template_driver"), _FROM_FILES
)


def secrets(node: Node, project: Project) -> dict[str, Any]:
    """Return the files of secrets by their paths inside, below `/run/secrets` unless they say otherwise."""
    found = each_of(lambda each: _granted(each, project.secrets, project.folder), node.items())
    return {"files": {str(PurePosixPath("/run/secrets", target)): file for target, file in found}}


def configs(node: Node, project: Project) -> dict[str, Any]:
    """Return the files of configs by their paths inside, in the root folder unless they say otherwise."""
    found = each_of(lambda each: _granted(each, project.configs, project.folder), node.items())
    return {"files": {str(PurePosixPath("/", target)): file for target, file in found}}


def _granted(node: Node, known: Mapping[str, Node], folder: Path) -> tuple[str, str]:
    """Return the path inside, and the file."""
    entries = node.entries(_KEYS, _REFUSED) if isinstance(node.value, dict) else {"source": node}
    if "source" not in entries:
        raise node.wrong("a mapping with the key 'source'")
    source = entries["source"]
    name = text(source)
    if name not in known:
        kind = str(node.key[0])
        headline = f"{source.name} names '{name}', which the Compose file does not have under '{kind}'."
        raise source.refused(headline, f"one of {listed(sorted(known))}", hint=did_you_mean(name, known))
    return text(entries["target"]) if "target" in entries else name, str(_file(known[name], folder))


def _file(node: Node, folder: Path) -> Path:
    """Return the file of an entry of the top-level `secrets` or `configs`."""
    entries = node.entries(_TOP, _TOP_REFUSED)
    if "file" not in entries:
        raise node.wrong("a mapping with the key 'file'", _FROM_FILES)
    path = (folder / Path(text(entries["file"])).expanduser()).resolve()
    if not path.is_file():
        raise entries["file"].refused(f"{entries['file'].name} names a file that does not exist.", f"a file {path}")
    return path
