"""Builds: an image that is made of a folder with a Dockerfile."""

from __future__ import annotations

import re
from typing import Any

from IntegrationLibrary.environments.compose.nodes import Node
from IntegrationLibrary.environments.compose.project import Project
from IntegrationLibrary.environments.compose.scalars import pairs, text, texts

_KEYS = ("context", "dockerfile", "args", "target", "network")
_WITHOUT_MEANING = ("cache_from", "cache_to", "tags")
"""What only makes a build faster, or gives the image names that nobody here asks for."""
_REFUSED = dict.fromkeys(
    (
        "additional_contexts",
        "dockerfile_inline",
        "entitlements",
        "extra_hosts",
        "isolation",
        "labels",
        "no_cache",
        "platforms",
        "privileged",
        "provenance",
        "pull",
        "sbom",
        "secrets",
        "shm_size",
        "ssh",
        "ulimits",
    ),
    "build the image yourself, and name it with 'image'",
)
_URL = re.compile(r"\w+://|git@|github\.com/")


def build(node: Node, project: Project) -> dict[str, Any]:
    """Return how the image is built, in the words of the environment file."""
    if not isinstance(node.value, dict):
        return {"build": {"context": _context(node, project)}}
    entries = node.entries((*_KEYS, *_WITHOUT_MEANING), _REFUSED)
    found: dict[str, Any] = {
        "context": _context(entries["context"], project) if "context" in entries else str(project.folder)
    }
    found |= {key: text(entries[key]) for key in ("dockerfile", "target", "network") if key in entries}
    for key in entries.keys() & set(_WITHOUT_MEANING):
        texts(entries[key])
    if "args" in entries:
        args = pairs(entries["args"], project.variables.get)
        found["args"] = {name: value for name, value in args.items() if value is not None}
    return {"build": found}


def _context(node: Node, project: Project) -> str:
    if _URL.match(text(node)):
        raise node.wrong("a folder of this machine")
    return str((project.folder / text(node)).resolve())
