"""What containers see: a network for each slot, and ways from there to what listens on this machine only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from IntegrationLibrary.base.ports import is_loopback
from IntegrationLibrary.containers.container import Record
from IntegrationLibrary.containers.network import ContainerNetwork
from IntegrationLibrary.faults.addresses import addresses, moved
from IntegrationLibrary.faults.connection import Address
from IntegrationLibrary.faults.network import Network, OpenProxy

Fields = Mapping[str, dict[str, str]]


class SlotNetwork:
    """The network of one slot's containers, made when the first of them asks for it.

    Processes and mocks listen on the loopback interface, which is another one inside a container. A proxy listens for
    them where this machine is in that network: on its gateway, as a rule.
    """

    def __init__(self, make: Callable[[], ContainerNetwork], proxies: Network) -> None:
        self._make = make
        self._proxies = proxies
        self._lock = threading.Lock()
        self._network: ContainerNetwork | None = None
        self._ways: dict[Address, OpenProxy] = {}

    @property
    def name(self) -> str | None:
        """Its name, once it is made."""
        return self._network.name if self._network else None

    def made(self) -> ContainerNetwork:
        """Return the network; make it if it is not there."""
        with self._lock:
            self._network = self._network or self._make()
            return self._network

    def seen(self, fields: Fields, inside: Mapping[Address, Address]) -> dict[str, dict[str, str]]:
        """Return the services' fields as a container of the slot sees them; *inside* are addresses of containers."""
        return {
            name: moved(values, {address: self._seen(address, inside) for address in addresses(values).values()})
            for name, values in fields.items()
        }

    def close(self) -> None:
        """Remove it with the ways out of it. Idempotent."""
        with self._lock:
            for way in self._ways.values():
                way.close()
            self._ways.clear()
            if self._network is not None:
                self._network.remove()
            self._network = None

    def _seen(self, address: Address, inside: Mapping[Address, Address]) -> Address:
        if address in inside or not is_loopback(address[0]):
            return inside.get(address, address)
        network = self.made()
        with self._lock:
            here = network.this_machine
            if address not in self._ways:
                self._ways[address] = self._proxies.open(address, here.bound_to)
            return (here.host, self._ways[address].address[1])


class ContainerNetworks:
    """The networks of one environment: one for each slot, and one for what all slots share."""

    def __init__(self, prefix: str, *, record: Record, proxies: Network) -> None:
        self._prefix = prefix
        self._record = record
        self._proxies = proxies
        self._lock = threading.Lock()
        self._slots: dict[int, SlotNetwork] = {}

    def of(self, slot: int) -> SlotNetwork:
        """Return the network of a slot; 0 is what all slots share."""
        with self._lock:
            if slot not in self._slots:
                self._slots[slot] = SlotNetwork(lambda: self._make(slot), self._proxies)
            return self._slots[slot]

    def around(self, slot: int) -> Around:
        """Return what the containers of the slot share."""
        return Around(self.of(slot), self.of(0))

    def close(self, slot: int) -> None:
        """Remove the slot's network."""
        self.of(slot).close()

    def _make(self, slot: int) -> ContainerNetwork:
        return ContainerNetwork(f"{self._prefix}-{slot}" if slot else self._prefix, record=self._record)


class Around:
    """The surroundings of one slot's containers: the slot's own network, and the one that all slots share."""

    def __init__(self, own: SlotNetwork, shared: SlotNetwork) -> None:
        self._own = own
        self._shared = shared

    def networks(self) -> tuple[str, ...]:
        """Return the names of the networks that a container of the slot is in: the shared one only if it is there."""
        own, shared = self._own.made().name, self._shared.name
        return (own, shared) if shared not in {None, own} else (own,)

    def volume(self, name: str) -> str:
        """Return the engine's name of a volume of the slot."""
        return self._own.made().volume(name)
