"""Where the engine may be, and at which addresses its containers and this machine reach each other."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from IntegrationLibrary.base.ports import LOOPBACK, is_loopback

_ANYWHERE = ("192.0.2.1", 9)
"""An address of nobody (RFC 5737): the way there tells the machine's own address, and nothing is sent."""
_CONTAINER_ID = re.compile(r"/(?:overlay-)?containers/([0-9a-f]{64})/\S* /etc/")
"""In a line of proc_pid_mountinfo(5): the folder on the machine, then where it is mounted."""


@dataclass(frozen=True)
class Whereabouts:
    """A place where an engine may answer, and who says so."""

    url: str
    told_by: str

    @property
    def remote_host(self) -> str | None:
        """The host of an engine on another machine; None for one on this machine."""
        host = urlsplit(self.url).hostname if self.url.startswith(("tcp:", "http:", "https:", "ssh:")) else None
        return None if host is None or is_loopback(host) else host


def sockets() -> Iterator[Whereabouts]:
    """Yield the sockets at which engines listen that nobody has to name: Docker's first, then those of others."""
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")) if os.name == "posix" else None
    home = Path.home()
    yield Whereabouts("unix:///var/run/docker.sock", "the system's socket")
    if runtime is not None:
        yield Whereabouts(f"unix://{runtime}/docker.sock", "the socket of rootless Docker")
    yield Whereabouts(f"unix://{home}/.docker/run/docker.sock", "the socket of Docker Desktop")
    yield Whereabouts(f"unix://{home}/.docker/desktop/docker.sock", "the socket of Docker Desktop")
    yield Whereabouts(f"unix://{home}/.colima/default/docker.sock", "the socket of Colima")
    yield Whereabouts(f"unix://{home}/.rd/docker.sock", "the socket of Rancher Desktop")
    if runtime is not None:
        yield Whereabouts(f"unix://{runtime}/podman/podman.sock", "the socket of Podman")
    yield Whereabouts("unix:///run/podman/podman.sock", "the socket of Podman as root")


def own_address(towards: str | None = None) -> str:
    """Return this machine's address on the way to a host, or to anywhere."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((towards, 9) if towards else _ANYWHERE)
        except OSError:
            return LOOPBACK
        return str(probe.getsockname()[0])


def is_own_address(address: str) -> bool:
    """Return whether a program here can listen on the address."""
    with socket.socket() as listener:
        try:
            listener.bind((address, 0))
        except OSError:
            return False
        return True


def own_container() -> str | None:
    """Return the id of the container that this process runs in; None outside of one.

    Engines mount files of their own there, such as /etc/hostname, from a folder with the id in its path. The mark
    `/.dockerenv` tells nothing: machines that were made from an image have it as well.
    """
    try:
        mounted = _CONTAINER_ID.search(Path("/proc/self/mountinfo").read_text(encoding="utf-8"))
    except OSError:
        return None
    return mounted[1] if mounted else None
