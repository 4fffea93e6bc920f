"""What a test does to the network of a service, in the order in which it did so."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from IntegrationLibrary.base.errors import IntegrationError


@dataclass(frozen=True)
class Latency:
    """What the service sends arrives *delay* seconds later, give or take at most *jitter*."""

    delay: float
    jitter: float = 0.0

    def on(self, network: NetworkState) -> NetworkState:
        """Return the network with this latency, in place of the one it has."""
        return replace(network, latency=self)

    def seconds(self) -> float:
        """Return how much later one piece arrives."""
        return max(0.0, self.delay + random.uniform(-self.jitter, self.jitter))  # noqa: S311 nothing is kept secret


class Bandwidth:
    """All connections together carry at most *rate* bytes a second, in each direction."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._free_at: dict[str, float] = {}

    def on(self, network: NetworkState) -> NetworkState:
        """Return the network with this bandwidth, in place of the one it has."""
        return replace(network, bandwidth=self)

    def free_at(self, direction: str) -> float:
        """Return the moment from which the next piece may go out."""
        return self._free_at.get(direction, 0.0)

    def take(self, direction: str, size: int, now: float) -> None:
        """Count *size* bytes that go out now."""
        self._free_at[direction] = max(self.free_at(direction), now) + size / self.rate


class Failures:
    """The next *count* connections over which a client sends something are reset at that moment."""

    def __init__(self, count: int) -> None:
        self._left = count

    def on(self, network: NetworkState) -> NetworkState:
        """Return the network with these failures, in place of those that it has."""
        return replace(network, failures=self)

    def take(self) -> bool:
        """Return whether a connection is to be reset, and count it."""
        if self._left <= 0:
            return False
        self._left -= 1
        return True


class Cut:
    """Every connection is reset, also every new one."""

    def on(self, network: NetworkState) -> NetworkState:
        """Return the network cut."""
        return replace(network, is_cut=True)


class Restored:
    """Everything is as if nothing had been done."""

    def on(self, network: NetworkState) -> NetworkState:
        """Return the network as it is without faults."""
        del network
        return UNDISTURBED


class Fault(Protocol):
    """One thing that a test does to a network."""

    def on(self, network: NetworkState) -> NetworkState:
        """Return what becomes of the network."""


@dataclass(frozen=True)
class NetworkState:
    """What a network does to those who use it now."""

    latency: Latency | None = None
    bandwidth: Bandwidth | None = None
    failures: Failures | None = None
    is_cut: bool = False


UNDISTURBED = NetworkState()

_FAULTS: Mapping[str, type[Any]] = {
    "latency": Latency,
    "bandwidth": Bandwidth,
    "failures": Failures,
    "cut": Cut,
    "restore": Restored,
}
NETWORK_FAULTS = frozenset(_FAULTS)


def fault_from(kind: str, arguments: Mapping[str, Any]) -> Fault:
    """Return the fault of this kind.

    Raises:
        IntegrationError: There is none.

    """
    if kind not in _FAULTS:
        raise IntegrationError(f"There is no fault '{kind}' of a network.")
    made: Fault = _FAULTS[kind](**arguments)
    return made


class FaultBook:
    """The faults of one network; what came after a mark can be taken back."""

    def __init__(self) -> None:
        self._made: list[Fault] = []

    @property
    def mark(self) -> int:
        """A mark that faults made later can be taken back by."""
        return len(self._made)

    def add(self, fault: Fault) -> None:
        """Add a fault to those there are."""
        self._made.append(fault)

    def remove_since(self, mark: int) -> None:
        """Take back what was made since the mark."""
        del self._made[mark:]

    def state(self) -> NetworkState:
        """Return what all of them together make of the network."""
        network = UNDISTURBED
        for fault in self._made:
            network = fault.on(network)
        return network
