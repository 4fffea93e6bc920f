"""At which addresses the containers of an engine and this machine reach each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from IntegrationLibrary.base.ports import LOOPBACK
from IntegrationLibrary.containers.connection import Connection, unless_absent
from IntegrationLibrary.containers.whereabouts import is_own_address, own_address, own_container


@dataclass(frozen=True)
class Ports:
    """Where something listens, and the address that others reach it at."""

    bound_to: str
    host: str


class Reach:
    """Where an engine is, as seen from this process: beside it, around it, or on another machine."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._remote_host = connection.where.remote_host
        self._home = None if self.is_remote else self._find_home()
        self._shares_network = self._home is not None and self._home["HostConfig"]["NetworkMode"] == "host"

    @property
    def is_remote(self) -> bool:
        """Whether it runs on another machine, which has no files of this one."""
        return self._remote_host is not None

    @property
    def home(self) -> str | None:
        """The id of the container of this engine that this process runs in; None outside of one."""
        return str(self._home["Id"]) if self._home else None

    def _find_home(self) -> dict[str, Any] | None:
        """Return the container that this process runs in, as its engine describes it; None outside of one."""
        name = own_container()
        if name is None:
            return None
        with unless_absent():
            found: dict[str, Any] = self._connection.api.inspect_container(name)
            return found
        return None

    @property
    def ports_at(self) -> Ports:
        """Where the ports of containers are: the address that the engine binds, and the one that leads there."""
        if self._remote_host is not None:
            return Ports("0.0.0.0", self._remote_host)
        if self._home is not None and not self._shares_network:
            networks = self._home["NetworkSettings"]["Networks"].values()
            gateway = next((each["Gateway"] for each in networks if each["Gateway"]), LOOPBACK)
            return Ports(gateway, gateway)
        return Ports(LOOPBACK, LOOPBACK)

    def this_machine(self, network: str) -> Ports:
        """Where programs of this machine listen for the containers of a network, and the address that leads there."""
        if self._home is not None and not self._shares_network:
            return self._in_network(self._home["Id"], network)
        if self._connection.client.info()["OperatingSystem"] == "Docker Desktop":
            return Ports(LOOPBACK, "host.docker.internal")
        gateway = str(self._connection.client.networks.get(network).attrs["IPAM"]["Config"][0].get("Gateway"))
        if self._remote_host is None and is_own_address(gateway):
            return Ports(gateway, gateway)
        return Ports(*[own_address(self._remote_host)] * 2)

    def _in_network(self, home: str, network: str) -> Ports:
        """Join the network with the container that this process runs in: others there reach it in no other way."""
        with self._connection.doing(f"The container that Robot runs in cannot join network '{network}'."):
            self._connection.api.connect_container_to_network(home, network)
            networks = self._connection.api.inspect_container(home)["NetworkSettings"]["Networks"]
            return Ports(*[str(networks[network]["IPAddress"])] * 2)
