"""Ports that the system gives to nobody else."""

from __future__ import annotations

import socket

import pytest

from IntegrationLibrary.base.ports import LOOPBACK, free_port


def test_a_free_port_can_be_listened_on_at_once() -> None:
    """By a server that names it, as servers do with SO_REUSEADDR; before that nobody answers there."""
    port = free_port()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((LOOPBACK, port), timeout=5)

    with socket.create_server((LOOPBACK, port)) as server:
        assert server.getsockname() == (LOOPBACK, port)


def test_no_port_is_given_twice() -> None:
    """Neither to the next who asks here, nor to those who ask the system for any port."""
    given = [free_port() for _ in range(50)]
    others = []
    for _ in range(200):
        with socket.socket() as other:
            other.bind((LOOPBACK, 0))
            others.append(other.getsockname()[1])

    assert len(set(given)) == len(given)
    assert set(given).isdisjoint(others)
