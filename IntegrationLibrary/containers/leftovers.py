"""What dead runs left on engines."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.containers.container import CONTAINER
from IntegrationLibrary.containers.engine import Engine
from IntegrationLibrary.containers.network import NETWORK, VOLUME

_log = logging.getLogger(__name__)

KINDS = (CONTAINER, NETWORK, VOLUME)
"""The kinds of entries in the ledger that are about engines, in the order in which they can be removed."""

_PATIENCE = 5.0
"""Seconds that an engine may take that a dead run has used: it may be gone for good."""
Entry = dict[str, Any]


def remove_left(entries: Iterable[Entry]) -> list[Entry]:
    """Remove what a dead run had written down; return what may be left, because its engine does not answer."""
    in_order = sorted(entries, key=lambda entry: (entry["engine"], KINDS.index(entry["kind"])))
    return [
        entry
        for where, of_engine in groupby(in_order, key=lambda entry: str(entry["engine"]))
        for entry in _remove_from(where, list(of_engine))
    ]


def _remove_from(where: str, entries: list[Entry]) -> list[Entry]:
    try:
        engine = Engine.at(where, timeout=_PATIENCE)
    except EnvironmentFailure as error:
        _log.warning("Left on an engine, to be removed by a later start: %s: %s", _names(entries), error)
        return entries
    try:
        return [entry for entry in entries if not _is_removed(engine, entry)]
    finally:
        engine.close()


def _is_removed(engine: Engine, entry: Entry) -> bool:
    remove = {CONTAINER: engine.remove, NETWORK: engine.remove_network, VOLUME: engine.remove_volume}[entry["kind"]]
    try:
        remove(entry["name"])
    except EnvironmentFailure as error:
        _log.warning("Left on an engine, to be removed by a later start: %s: %s", _names([entry]), error)
        return False
    return True


def _names(entries: list[Entry]) -> str:
    return ", ".join(f"{entry['kind']} {entry['name']}" for entry in entries)
