"""On which ports programs in a container listen, as its kernel tells them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.text import listed
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.containers.container import Container

TABLES = ["cat", "/proc/net/tcp", "/proc/net/tcp6"]
"""Prints the tables of TCP sockets (proc_net(5))."""
_LISTENS = "0A"
_LOOPBACK_6 = "00000000000000000000000001000000"
_COLUMNS = 4


@dataclass(frozen=True)
class Listened:
    """The ports that are listened on: for everybody, and for programs in the same container only."""

    reachable: frozenset[int] = field(default_factory=frozenset)
    inside: frozenset[int] = field(default_factory=frozenset)

    def answer(self, ports: Collection[int]) -> Answer:
        """Return whether one of the ports is listened on, with what is instead."""
        if not self.reachable.isdisjoint(ports):
            return Answer.ready("a port is listened on")
        named = f"port {listed(sorted(ports), separator=' or ')}"
        if not self.inside.isdisjoint(ports):
            return Answer.not_yet(f"only programs in the container reach {named}: it listens on the loopback interface")
        others = f", but on {listed(sorted(self.reachable))}" if self.reachable else ""
        return Answer.not_yet(f"nothing listens on {named} in the container{others}")


def look(container: Container) -> Listened | None:
    """Return what is listened on; None where the container cannot tell, because it has no `cat`."""
    try:
        _, printed = container.execute(TABLES)
    except EnvironmentFailure:
        return None
    return read(printed) if "local_address" in printed else None


def read(tables: str) -> Listened:
    """Return what the kernel's tables tell."""
    found = list(_listening(tables))
    inside = frozenset(port for address, port in found if _is_loopback(address))
    return Listened(frozenset(port for address, port in found if not _is_loopback(address)), inside)


def _is_loopback(address: str) -> bool:
    """Return whether an address is 127.x.x.x or ::1; the kernel writes four bytes at a time, the last one first."""
    is_4 = len(address) == len("0100007F") or address.startswith("0000000000000000FFFF0000")
    return address == _LOOPBACK_6 or (is_4 and address.endswith("7F"))


def _listening(tables: str) -> Iterator[tuple[str, int]]:
    for line in tables.splitlines():
        words = line.split()
        if len(words) >= _COLUMNS and words[3] == _LISTENS:
            address, _, port = words[1].partition(":")
            yield address, int(port, 16)
