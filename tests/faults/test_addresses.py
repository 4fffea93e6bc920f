"""Which fields of a service are an address, and what they become behind a proxy."""

from __future__ import annotations

import pytest

from IntegrationLibrary.faults.addresses import addresses, moved

WEB = {"host": "127.0.0.1", "port": "8001", "url": "http://127.0.0.1:8001"}
SERVER = {
    "host": "db",
    "port": "5432",
    "shop.url": "postgresql://ada:s%40cret@db/shop?sslmode=disable",
    "shop.host": "db",
    "shop.port": "5432",
    "shop.name": "shop",
    "shop.user": "ada",
    "shop.password": "s@cret",
}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (WEB, {"": ("127.0.0.1", 8001)}),
        (SERVER, {"": ("db", 5432), "shop.": ("db", 5432)}),
        ({"host": "", "port": "80"}, {}),
        ({"host": "somewhere", "port": ""}, {}),
        ({"localhost": "somewhere"}, {}),
    ],
    ids=["a service", "a server with a database", "no host", "no port", "another name"],
)
def test_addresses_are_hosts_with_ports(fields: dict[str, str], expected: dict[str, tuple[str, int]]) -> None:
    """Whatever type the service has."""
    assert addresses(fields) == expected


def test_every_address_leads_to_its_proxy() -> None:
    """Host and port, and the URL that is made of them; the rest of the URL is as it was, and no other field changes."""
    assert moved(WEB, {("127.0.0.1", 8001): ("127.0.0.1", 9)}) == {
        "host": "127.0.0.1",
        "port": "9",
        "url": "http://127.0.0.1:9",
    }
    assert moved(SERVER, {("db", 5432): ("127.0.0.1", 9)}) == {
        **SERVER,
        "host": "127.0.0.1",
        "port": "9",
        "shop.host": "127.0.0.1",
        "shop.port": "9",
        "shop.url": "postgresql://ada:s%40cret@127.0.0.1:9/shop?sslmode=disable",
    }


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("amqp://ada:s%40cret@127.0.0.1:8001/%2F", "amqp://ada:s%40cret@broker:5672/%2F"),
        ("mysql://ada:secret@127.0.0.1:8001/shop?charset=utf8", "mysql://ada:secret@broker:5672/shop?charset=utf8"),
        ("mongodb://127.0.0.1:8001/test", "mongodb://broker:5672/test"),
        ("redis://127.0.0.1:8001/0", "redis://broker:5672/0"),
        ("127.0.0.1:8001", "broker:5672"),
        ("localhost:8001", "broker:5672"),
    ],
)
def test_a_url_keeps_all_but_its_address(url: str, expected: str) -> None:
    """Whatever its scheme; one without a scheme is nothing but an address."""
    fields = {"host": "127.0.0.1", "port": "8001", "url": url}

    assert moved(fields, {("127.0.0.1", 8001): ("broker", 5672)})["url"] == expected


def test_an_address_without_a_proxy_stays() -> None:
    """As it is."""
    assert moved(WEB, {("127.0.0.1", 8002): ("127.0.0.1", 9)}) == WEB
