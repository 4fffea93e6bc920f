"""The addresses among a service's fields, and what they become for those who reach it at others."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

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


def moved(fields: Mapping[str, str], seen_at: Mapping[Address, Address]) -> dict[str, str]:
    """Return the fields as those see them who reach the addresses at others."""
    changed = dict(fields)
    for prefix, address in addresses(fields).items():
        if address in seen_at:
            host, port = seen_at[address]
            changed |= {f"{prefix}host": host, f"{prefix}port": str(port)}
            if f"{prefix}url" in fields:
                changed[f"{prefix}url"] = _redirected(fields[f"{prefix}url"], f"{host}:{port}")
    return changed


def _redirected(url: str, place: str) -> str:
    """Return the URL, or what has the form `host:port`, with another place in it."""
    if "://" not in url:
        return place
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}{at}{place}").geturl()
