"""Names in an environment file that stand for a class of another room: probes and isolation strategies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.environments.mistakes import Mistake, Path
from IntegrationLibrary.environments.references import find_references
from IntegrationLibrary.environments.specs import described
from IntegrationLibrary.isolation.strategy import ISOLATIONS
from IntegrationLibrary.probes.probe import PROBES, Probe, Target

_SOMEWHERE = Target(host="127.0.0.1", port=1, url="http://127.0.0.1:1", database_url="postgresql://127.0.0.1:1/any")


def wrong_names(values: dict[str, Any]) -> Iterator[Mistake]:
    """Yield the probes under `ready` and the isolations of databases that do not exist, and probes that make no sense.

    *values* are a service's keys as the type takes them, with variables of the operating system resolved.
    """
    for name, value in _items(values.get("ready")):
        if name in PROBES.names():
            yield from _wrong_probe(("ready", name), PROBES.get(name), value)
        else:
            yield _unknown(("ready", name), f"There is no probe named '{name}'.", name, known=PROBES.names())
    for database, keys in _items(values.get("databases")):
        for key, name in _items(keys):
            if key == "isolation" and name not in ISOLATIONS.names():
                path = ("databases", database, key)
                yield _unknown(path, f"There is no isolation named '{name}'.", name, known=ISOLATIONS.names())


def summary(documented: type[Any]) -> str:
    """Return the first line of a class's documentation, without its full stop."""
    return (documented.__doc__ or "").strip().partition("\n")[0].removesuffix(".")


def _items(value: Any) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, dict) else ()


def _unknown(path: Path, headline: str, name: str, *, known: Iterable[str]) -> Mistake:
    return Mistake(path, headline, f"one of {listed(known)}", hint=did_you_mean(name, known))


def _wrong_probe(path: Path, probe: type[Probe], value: Any) -> Iterator[Mistake]:
    strangers = [key for key, _ in _items(value) if key not in probe.options]
    if strangers and probe.options:
        for key in strangers:
            headline = f"Probe '{probe.name}' has no key '{key}'."
            yield _unknown((*path, key), headline, key, known=sorted(probe.options))
    elif strangers or not (find_references(value) or _makes_sense(probe, value)):
        yield Mistake(path, f"Probe '{probe.name}' cannot ask this.", summary(probe), seen=described(value))


def _makes_sense(probe: type[Probe], value: Any) -> bool:
    try:
        probe(value, _SOMEWHERE)
    except (IntegrationError, LookupError, TypeError, ValueError, re.error):
        return False
    return True
