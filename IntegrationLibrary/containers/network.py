"""What containers share: a network in which they find each other by name, and volumes."""

from __future__ import annotations

import logging
from functools import cached_property

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.text import listed
from IntegrationLibrary.containers.container import Record
from IntegrationLibrary.containers.engine import Engine
from IntegrationLibrary.containers.owners import owned, remove_orphans
from IntegrationLibrary.containers.reach import Ports

_log = logging.getLogger(__name__)

NETWORK = "container network"
"""The kind of entry in the ledger: {"name": the network's name, "engine": the URL of its engine}."""
VOLUME = "volume"
"""The kind of entry in the ledger: {"name": the volume's name, "engine": the URL of its engine}."""


class ContainerNetwork:
    """A network that was made, with the volumes of those in it; it ends with `remove`, after the last container."""

    def __init__(self, name: str, *, record: Record) -> None:
        self.name = name
        self._record = record
        self._volumes: set[str] = set()
        self._engine = Engine.find()
        self._remove_orphans()
        record(NETWORK, {"name": name, "engine": self._engine.where})
        self._engine.remove_network(name)  # left by a start that was killed
        self._engine.create_network(name, owned(self._engine, name))

    def _remove_orphans(self) -> None:
        try:
            left = remove_orphans(self._engine)
        except EnvironmentFailure as error:
            _log.warning("What others left on the engine could not all be removed: %s", error)
            return
        if left:
            _log.warning("Removed what makers left on the engine that are dead: %s", listed(left))

    @cached_property
    def this_machine(self) -> Ports:
        """Where programs of this machine listen for those in the network."""
        return self._engine.reach.this_machine(self.name)

    def volume(self, name: str) -> str:
        """Return the engine's name of a volume, which is made when it is first asked for."""
        full = f"{self.name}.{name}"  # no name of a service or a network has a dot
        if full not in self._volumes:
            self._record(VOLUME, {"name": full, "engine": self._engine.where})
            self._engine.create_volume(full, owned(self._engine, full))
            self._volumes.add(full)
        return full

    def remove(self) -> None:
        """Remove it with the volumes; what cannot be removed stays in the ledger. Idempotent."""
        try:
            for name in self._volumes:
                self._engine.remove_volume(name)
            self._engine.remove_network(self.name)
        except EnvironmentFailure as error:
            _log.warning("%s", error)
        self._engine.close()
