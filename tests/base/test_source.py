"""The library's own source does nothing that an untrusted file or peer could turn against its user."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import IntegrationLibrary

SOURCES = sorted(Path(IntegrationLibrary.__file__).parent.rglob("*.py"))
NEVER_IMPORTED = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "zipfile", "xmlrpc"}
NEVER_CALLED = {
    "eval",
    "exec",
    "system",
    "popen",
    "unpack_archive",
    "extract",
    "extractall",
    "unsafe_load",
    "full_load",
}
SAFE_LOADERS = {"CSafeLoader", "SafeLoader"}


def test_nothing_unsafe_is_imported_or_called() -> None:
    """No pickle, no archive is unpacked, no text that is run, no shell; YAML makes plain values only."""
    trees = {source: ast.parse(source.read_text(encoding="utf-8")) for source in SOURCES}

    assert len(trees) > 100
    assert [(source, wrong) for source in trees for node in ast.walk(trees[source]) for wrong in _unsafe(node)] == []


def _unsafe(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [name.name for name in node.names if name.name.split(".")[0] in NEVER_IMPORTED]
    if isinstance(node, ast.ImportFrom):
        return [node.module] if node.module and node.module.split(".")[0] in NEVER_IMPORTED else []
    if isinstance(node, ast.keyword) and node.arg == "shell":
        return ["shell="]
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "yaml":
        return [node.attr] if node.attr.endswith(("Loader", "load")) and node.attr not in SAFE_LOADERS else []
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return [name] if name in NEVER_CALLED else []
    return []


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from zipfile import Path",
        "tar.extractall()",
        "run(c, shell=True)",
        "yaml.load(f)",
        "eval('1')",
    ],
)
def test_what_is_unsafe_is_found(text: str) -> None:
    """The test above could fail."""
    assert [wrong for node in ast.walk(ast.parse(text)) for wrong in _unsafe(node)]
