"""Probe `tcp`."""

from __future__ import annotations

import socket
from typing import Any, ClassVar

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.ports import LOOPBACK
from IntegrationLibrary.base.text import seconds
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.probes.probe import Probe, Target

_PORTS = range(1, 65536)
_RELAY_PATIENCE = 0.1
"""Seconds in which a relay on this machine has noticed that nobody listens behind it."""


class TcpProbe(Probe):
    """Open a connection: `{tcp: true}` to the service's own port, `{tcp: 6379}` to another one."""

    name: ClassVar[str] = "tcp"
    needs_service: ClassVar[bool] = True

    def __init__(self, value: Any, target: Target) -> None:
        super().__init__(value, target)
        self._host = target.host or LOOPBACK
        port = target.port if value is True else value
        if isinstance(port, bool) or not str(port).isdecimal() or int(str(port)) not in _PORTS:
            raise IntegrationError(
                "The service has no port of its own." if value is True else f"'{value}' is no port.",
                expected="a number from 1 to 65535",
            )
        self._port = int(str(port))

    def ask(self) -> Answer:
        """Connect once."""
        try:
            with socket.create_connection((self._host, self._port), timeout=self.target.patience) as connection:
                if self.target.is_relayed and _is_given_up(connection):
                    return Answer.not_yet("connection closed")
                return Answer.ready("the port is open")
        except ConnectionRefusedError:
            return Answer.not_yet("connection refused")
        except TimeoutError:
            return Answer.not_yet(f"no answer within {seconds(self.target.patience)}")
        except OSError as error:
            return Answer.not_yet(error.strerror or str(error))

    def expects(self) -> str:
        """Return the address."""
        return f"a connection to {self._host}:{self._port}"


def _is_given_up(connection: socket.socket) -> bool:
    """Return whether it is closed at once: a relay that cannot reach the service has taken it."""
    connection.settimeout(_RELAY_PATIENCE)
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True
