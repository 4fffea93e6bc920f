"""One network of containers: in it they find each other by name, and this machine at its gateway."""

from __future__ import annotations

from functools import cached_property

from IntegrationLibrary.containers.container import LABEL, Record
from IntegrationLibrary.containers.engine import Engine, Ports

NETWORK = "container network"
"""The kind of entry in the ledger: {"name": the network's name}."""


class ContainerNetwork:
    """A network that was made; it ends with `remove`, when no container is in it any more."""

    def __init__(self, name: str, *, record: Record) -> None:
        self.name = name
        self._engine = Engine.find()
        record(NETWORK, {"name": name})
        self._engine.remove_network(name)  # left by a start that was killed
        self._engine.create_network(name, {LABEL: name})

    @cached_property
    def this_machine(self) -> Ports:
        """Where programs of this machine listen for those in the network."""
        return self._engine.this_machine(self.name)

    def remove(self) -> None:
        """Remove it. Idempotent."""
        self._engine.remove_network(self.name)
        self._engine.close()
