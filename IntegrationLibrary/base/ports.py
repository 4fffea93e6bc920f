"""TCP ports from the system."""

from __future__ import annotations

import ipaddress
import socket

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """Return a port of the loopback interface that the system will not give to anyone else for a minute.

    A connection that was closed on the listening side stays in TIME_WAIT, and the system does not hand out such a
    port; a server that names it, with SO_REUSEADDR as servers do, gets it (tcp(7), RFC 9293 section 3.6.1).
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, 0))
        listener.listen(1)
        address = listener.getsockname()
        with socket.create_connection(address) as client:
            accepted, _ = listener.accept()
            accepted.close()
            client.recv(1)
    return int(address[1])


def is_loopback(host: str) -> bool:
    """Return whether the host is reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
