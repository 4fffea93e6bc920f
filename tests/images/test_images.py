"""The images are what tests of containers take them for."""

from __future__ import annotations

import json
import socket
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.session import Session

Open = Callable[[str], Session]
REPOSITORY = Path(__file__).parents[2]
URL = "postgresql://ada:secret@127.0.0.1:{}/shop"
POSTGRES = {
    "port": 5432,
    "environment": {"POSTGRES_USER": "ada", "POSTGRES_PASSWORD": "secret", "POSTGRES_DB": "shop"},
    "ready": {"sql": {"url": URL.format("${it.port}"), "query": "SELECT true"}},
}
SHOP = {"DATABASE_URL": URL.format(1), "PAYMENTS_URL": "http://127.0.0.1:1"}
CONVERSATIONS = {
    "web": ({"port": 8000, "ready": {"http": "/"}}, b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1.0 200"),
    "redis": ({"port": 6379}, b"PING\r\n", b"+PONG"),
    "rabbitmq": ({"port": 5672}, b"AMQP\x00\x00\x09\x01", b"\x01\x00\x00"),
    "shop": (
        {"port": 8000, "ready": {"log": "Uvicorn running"}, "environment": SHOP},
        b"GET /health HTTP/1.0\r\n\r\n",
        b"HTTP/1.1 503",
    ),
}


def environment(image: str, keys: dict[str, Any]) -> str:
    """Return an environment with one container."""
    service = {"type": "container", "image": image, "pull": "never", **keys}
    return json.dumps({"environment": "images", "services": {"it": service}})


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_it_answers_as_soon_as_it_is_ready(open_environment: Open, request: pytest.FixtureRequest, name: str) -> None:
    """Where the image has a health check, that alone tells."""
    keys, said, answered = CONVERSATIONS[name]
    session = open_environment(environment(request.getfixturevalue(f"{name}_image"), keys))

    with socket.create_connection(("127.0.0.1", int(session.service("it").fields["port"])), timeout=10) as connection:
        connection.sendall(said)

        assert connection.recv(len(answered), socket.MSG_WAITALL) == answered


def test_postgres_is_prepared_before_anybody_can_connect(
    open_environment: Open, postgres_image: str, tmp_path: Path
) -> None:
    """The files are run by a server that listens on its socket only, in the database that was asked for."""
    (tmp_path / "1.sql").write_text("CREATE TABLE seen (code text, name text)")
    (tmp_path / "2.sh").write_text(
        "pg_isready --host 127.0.0.1 || code=$?\n"
        'psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --command "INSERT INTO seen VALUES ($code, user)"\n'
    )
    files = {"volumes": [f"./{name}:/docker-entrypoint-initdb.d/{name}:ro" for name in ("1.sql", "2.sh")]}

    session = open_environment(environment(postgres_image, POSTGRES | files))

    url = URL.format(session.service("it").fields["port"])
    with psycopg.connect(url) as connection:
        assert connection.execute("TABLE seen").fetchall() == [("2", "ada")]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace("secret", "guessed"))


def test_postgres_needs_a_password(open_environment: Open, postgres_image: str) -> None:
    """Or a word that it needs none."""
    with pytest.raises(EnvironmentFailure, match="'postgres' has no password"):
        open_environment(environment(postgres_image, POSTGRES | {"environment": {}}))

    trusting = {"POSTGRES_HOST_AUTH_METHOD": "trust", "POSTGRES_USER": "ada", "POSTGRES_DB": "shop"}
    open_environment(environment(postgres_image, POSTGRES | {"environment": trusting}))


def test_the_shop_is_made_of_what_it_runs_with_here() -> None:
    """Its image installs what the extra `shop` does, and psycopg, which is the library's own here."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    psycopg_itself = [each for each in project["dependencies"] if each.startswith("psycopg")]
    listed = (REPOSITORY / "resources/services/shop/requirements.txt").read_text(encoding="utf-8").split()

    assert sorted(listed) == sorted(project["optional-dependencies"]["shop"] + psycopg_itself)
