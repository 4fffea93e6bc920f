"""The addresses among a service's fields, and what they become when a proxy stands in front of the service."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from IntegrationLibrary.base.ports import LOOPBACK
from IntegrationLibrary.faults.connection import Address


def addresses(fields: Mapping[str, str]) -> dict[str, Address]:
    """Return every address, by what stands before `host` and `port` in the names of its fields, such as `shop.`."""
    found = {}
    for name, host in fields.items():
        prefix = name.removesuffix("host")
        port = fields.get(f"{prefix}port", "")
        if prefix != name and host and port.isdecimal():
            found[prefix] = (host, int(port))
    return found


def behind(fields: Mapping[str, str], ports: Mapping[Address, int]) -> dict[str, str]:
    """Return the fields as others see them: with the ports of the proxies on this machine."""
    changed = dict(fields)
    for prefix, address in addresses(fields).items():
        if address in ports:
            port = str(ports[address])
            changed |= {f"{prefix}host": LOOPBACK, f"{prefix}port": port}
            if f"{prefix}url" in fields:
                changed[f"{prefix}url"] = _redirected(fields[f"{prefix}url"], port)
    return changed


def _redirected(url: str, port: str) -> str:
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}{at}{LOOPBACK}:{port}").geturl()
