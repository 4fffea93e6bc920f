"""Names in an environment file that stand for a class of another room: probes and isolation strategies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.registry import Registry
from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.environments.mistakes import Mistake, Path
from IntegrationLibrary.environments.references import find_references
from IntegrationLibrary.environments.specs import described
from IntegrationLibrary.isolation.strategy import ISOLATIONS
from IntegrationLibrary.probes.probe import PROBES, Target

_SOMEWHERE = Target(host="127.0.0.1", port=1, url="http://127.0.0.1:1", database_url="postgresql://127.0.0.1:1/any")


def wrong_names(values: dict[str, Any]) -> Iterator[Mistake]:
    """Yield the probes under `ready` and the isolations of databases that do not exist, and probes that make no sense.

    *values* are a service's keys as the type takes them, with variables of the operating system resolved.
    """
    for name, value in _items(values.get("ready")):
        path = ("ready", name)
        if name in PROBES.names():
            yield from _senseless(path, value)
        else:
            yield _unknown(path, name, "probe", PROBES)
    for database, keys in _items(values.get("databases")):
        for key, name in _items(keys):
            if key == "isolation" and name not in ISOLATIONS.names():
                yield _unknown(("databases", database, key), name, "isolation", ISOLATIONS)


def summary(documented: type[Any]) -> str:
    """Return the first line of a class's documentation, without its full stop."""
    return (documented.__doc__ or "").strip().partition("\n")[0].removesuffix(".")


def _items(value: Any) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, dict) else ()


def _unknown(path: Path, name: str, kind: str, registry: Registry[Any]) -> Mistake:
    known = registry.names()
    return Mistake(
        path, f"There is no {kind} named '{name}'.", f"one of {listed(known)}", hint=did_you_mean(name, known)
    )


def _senseless(path: Path, value: Any) -> Iterator[Mistake]:
    if find_references(value):
        return
    probe = PROBES.get(str(path[-1]))
    try:
        probe(value, _SOMEWHERE)
    except (IntegrationError, LookupError, TypeError, ValueError, re.error):
        yield Mistake(path, f"Probe '{path[-1]}' cannot ask this.", summary(probe), seen=described(value))
