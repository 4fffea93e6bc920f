"""Volumes: folders and files of this machine, volumes of the worker's own, and memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.environments.compose.nodes import Node, each_of
from IntegrationLibrary.environments.compose.project import Project
from IntegrationLibrary.environments.compose.scalars import flag, size, text, texts, whole

_LONG = ("type", "source", "target", "read_only", "consistency", "bind", "volume", "tmpfs")
_BIND = ("propagation", "create_host_path", "selinux")
_VOLUME = ("nocopy",)
_TMPFS = ("size", "mode")
_MODES = frozenset(["ro", "rw", "z", "Z", "nocopy", "shared", "rshared", "slave", "rslave", "private", "rprivate"])
_WITHOUT_MEANING = frozenset({"cached", "delegated", "consistent"})
_TOP = ("name", "driver", "external", "labels")
_OWN = "each worker has volumes of its own, which go with it"
_TOP_REFUSED = {"driver_opts": _OWN}
_REFUSED = {"subpath": "mount the whole volume", "labels": "", "recursive": ""}


def volumes(node: Node, project: Project) -> dict[str, Any]:
    """Return what is mounted, under `volumes` or, where it is memory, under `tmpfs`."""
    found = each_of(lambda each: _mounted(each, project), node.items())
    return {key: [item for each in found for item in each.get(key, [])] for key in ("volumes", "tmpfs")}


def tmpfs(node: Node) -> dict[str, Any]:
    """Return the folders in memory."""
    return {"tmpfs": texts(node)}


def _mounted(node: Node, project: Project) -> dict[str, list[str]]:
    if not isinstance(node.value, dict):
        return {"volumes": [_short(node, project)]}
    entries = node.entries(_LONG)
    for key in {"type", "target"} - entries.keys():
        raise node.wrong(f"a mapping with the key '{key}'")
    kind = text(entries["type"])
    if kind == "tmpfs":
        return {"tmpfs": [_memory(entries)]}
    if kind not in {"bind", "volume"}:
        raise entries["type"].wrong("one of bind, volume, tmpfs", f"'{kind}' is not supported")
    modes = [mode for mode in _modes(entries) if mode]
    return {
        "volumes": [":".join([*_source(entries, kind, project), text(entries["target"]), ",".join(modes)]).rstrip(":")]
    }


def _short(node: Node, project: Project) -> str:
    """Return `[source:]inside[:modes]` with a source that is right wherever the environment file is."""
    parts = text(node).split(":")
    if len(parts) > 3 or not all(parts):  # noqa: PLR2004 source, inside and modes
        raise node.wrong("a volume, such as data:/var/lib/data, ./folder:/inside:ro or /inside")
    if len(parts) == 1:
        return parts[0]
    source, inside, *more = parts
    modes = [mode for each in more for mode in each.split(",") if mode not in _WITHOUT_MEANING]
    if unknown := [mode for mode in modes if mode not in _MODES]:
        raise node.wrong(f"modes that are some of {listed(sorted(_MODES))}", f"'{unknown[0]}' is none")
    is_path = source.startswith((".", "/", "~"))
    named = _path(node, source, project) if is_path else _volume(node, source, project)
    return ":".join([named, inside, *([",".join(modes)] if modes else [])])


def _source(entries: Mapping[str, Node], kind: str, project: Project) -> list[str]:
    """Return the source of the long form; a volume without a name has none."""
    if "source" not in entries:
        if kind == "bind":
            raise entries["type"].wrong("a mapping with the key 'source', the folder or file of this machine")
        return []
    source = entries["source"]
    return [_path(source, text(source), project) if kind == "bind" else _volume(source, text(source), project)]


def _path(node: Node, source: str, project: Project) -> str:
    """Return the path; what the project itself should have must be there, or the engine would make a folder of it."""
    path = project.folder / Path(source).expanduser()
    if source.startswith(".") and not path.exists():
        headline = f"{node.name} names '{source}', which does not exist."
        hint = "make it, or give the service other 'volumes' in the environment file"
        raise node.refused(headline, f"a folder or file of this machine: {path.resolve()}", hint=hint)
    return str(path.resolve())


def _volume(node: Node, name: str, project: Project) -> str:
    """Return the name of a volume of the worker's own."""
    if name not in project.volumes:
        headline = f"{node.name} names volume '{name}', which the Compose file does not have."
        known = f"one of {listed(sorted(project.volumes))}" if project.volumes else "a volume under 'volumes'"
        hint = did_you_mean(name, project.volumes) or "a folder of this machine begins with ./"
        raise node.refused(headline, known, hint=hint)
    _refuse_unlike(project.volumes[name])
    return name.replace(".", "_dot_")  # a dot would make a path of it


def _refuse_unlike(node: Node) -> None:
    """Refuse a volume that is to be there already, or to be somewhere else."""
    entries = {} if node.value is None else node.entries(_TOP, _TOP_REFUSED)
    if "driver" in entries and text(entries["driver"]) != "local":
        raise entries["driver"].wrong("'local'", _OWN)
    if "external" in entries and (isinstance(entries["external"].value, dict) or flag(entries["external"])):
        raise entries["external"].unsupported(_OWN)


def _modes(entries: Mapping[str, Node]) -> list[str]:
    """Return the modes of the long form."""
    bind = entries["bind"].entries(_BIND, _REFUSED) if "bind" in entries else {}
    volume = entries["volume"].entries(_VOLUME, _REFUSED) if "volume" in entries else {}
    return [
        "ro" if "read_only" in entries and flag(entries["read_only"]) else "",
        text(bind["propagation"]) if "propagation" in bind else "",
        text(bind["selinux"]) if "selinux" in bind else "",
        "nocopy" if "nocopy" in volume and flag(volume["nocopy"]) else "",
    ]


def _memory(entries: Mapping[str, Node]) -> str:
    """Return `inside:options` of the long form of a folder in memory."""
    about = entries["tmpfs"].entries(_TMPFS) if "tmpfs" in entries else {}
    options = []
    if "size" in about:
        options.append(f"size={size(about['size'])}")
    if "mode" in about:
        options.append(f"mode={_octal(about['mode'])}")
    return ":".join([text(entries["target"]), *([",".join(options)] if options else [])])


def _octal(node: Node) -> str:
    """Return the permissions; digits in a text are octal, a number is what it is."""
    if isinstance(node.value, str):
        digits = node.value.lower().removeprefix("0o")
        if not digits or set(digits) - set("01234567"):
            raise node.wrong("permissions, such as 0o1777")
        return digits
    return f"{whole(node):o}"
