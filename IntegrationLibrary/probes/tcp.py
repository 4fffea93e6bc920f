"""Probe `tcp`."""

from __future__ import annotations

import socket
from typing import Any, ClassVar

from IntegrationLibrary.base.ports import LOOPBACK
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.probes.probe import Probe, Target

_TIMEOUT = 2.0


class TcpProbe(Probe):
    """Open a connection: `{tcp: true}` to the service's own port, `{tcp: 6379}` to another one."""

    name: ClassVar[str] = "tcp"

    def __init__(self, value: Any, target: Target) -> None:
        super().__init__(value, target)
        self._host = target.host or LOOPBACK
        self._port = int(target.port or 0) if value is True else int(value)

    def ask(self) -> Answer:
        """Connect once."""
        try:
            with socket.create_connection((self._host, self._port), timeout=_TIMEOUT):
                return Answer.ready("the port is open")
        except ConnectionRefusedError:
            return Answer.not_yet("connection refused")
        except TimeoutError:
            return Answer.not_yet(f"no answer within {_TIMEOUT:.0f} s")
        except OSError as error:
            return Answer.not_yet(error.strerror or str(error))

    def expects(self) -> str:
        """Return the address."""
        return f"a connection to {self._host}:{self._port}"
