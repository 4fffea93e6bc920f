"""Probe `tcp` opens real connections."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.ports import LOOPBACK, free_port
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.probes.probe import Target
from IntegrationLibrary.probes.tcp import TcpProbe


def test_a_port_that_takes_connections_is_ready() -> None:
    """Its own port for true, else the port of that number."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]

        assert TcpProbe(True, Target(port=port)).ask() == Answer.ready("the port is open")  # noqa: FBT003 {tcp: true}
        assert TcpProbe(str(port), Target()).ask() == Answer.ready("the port is open")


def test_a_port_that_nobody_listens_on_is_not_yet() -> None:
    """The service may only be starting."""
    probe = TcpProbe(free_port(), Target())

    assert probe.ask() == Answer.not_yet("connection refused")
    assert probe.expects().startswith("a connection to 127.0.0.1:")


def test_a_host_that_does_not_exist_is_not_yet() -> None:
    """Its name may only be told later; RFC 2606 keeps this one for nobody."""
    answer = TcpProbe(80, Target(host="nobody.invalid")).ask()

    assert answer.readiness.value == "not yet"
    assert answer.text


@pytest.fixture
def relay() -> Iterator[Relay]:
    """Something in front of a service that takes connections for it, as what publishes ports of containers does."""
    running = Relay()
    yield running
    running.listener.close()
    running.thread.join(5)


class Relay:
    """Takes connections; closes them at once, as where nobody listens behind it, until it is told to keep them."""

    def __init__(self) -> None:
        self.listener = socket.create_server((LOOPBACK, 0))
        self.keeps = False
        self.kept: list[socket.socket] = []
        self.thread = threading.Thread(target=self._take, daemon=True)
        self.thread.start()

    def _take(self) -> None:
        with contextlib.suppress(OSError):  # closed at the end
            while True:
                connection = self.listener.accept()[0]
                if self.keeps:
                    self.kept.append(connection)
                else:
                    connection.close()


def test_a_relay_with_nobody_behind_it_is_not_yet(relay: Relay) -> None:
    """It takes the connection and closes it; a service that says nothing keeps it, and is ready."""
    port = relay.listener.getsockname()[1]
    probe = TcpProbe(port, Target(is_relayed=True))

    assert probe.ask() == Answer.not_yet("connection closed")

    relay.keeps = True
    assert probe.ask() == Answer.ready("the port is open")


def test_what_is_not_relayed_is_ready_when_it_takes_the_connection(relay: Relay) -> None:
    """A process may close it for reasons of its own, and nothing is waited for."""
    assert TcpProbe(relay.listener.getsockname()[1], Target()).ask() == Answer.ready("the port is open")


@pytest.mark.parametrize("value", [False, 0, 65536, -1, "http", "", 80.5], ids=repr)
def test_what_is_no_port_is_refused(value: Any) -> None:
    """It is told when the probe is made."""
    with pytest.raises(IntegrationError, match="is no port"):
        TcpProbe(value, Target())


def test_a_service_without_a_port_has_none_to_ask() -> None:
    """An external service whose URL names no port."""
    with pytest.raises(IntegrationError, match=r"The service has no port of its own\."):
        TcpProbe(True, Target())  # noqa: FBT003 {tcp: true}
