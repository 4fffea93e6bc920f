"""Presets on a real engine: ready when they serve, and found by tests and by containers at the same reference."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fixtures.engine import containers_of

from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.session import Session
from IntegrationLibrary.supervisor.runs import RunFolder

Open = Callable[[str], Session]

TELL = "env | sort; echo Kafka Server started; exec python3 -m http.server 9092"
SERVE = """\
import http.server, socket, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == sys.argv[2] else 404)
        self.end_headers()
others = [socket.create_server(("", int(port))) for port in sys.argv[3:]]
http.server.HTTPServer(("", int(sys.argv[1])), Handler).serve_forever()
"""
SLOW = """\
sleep 2
mariadb --user=root "$MARIADB_DATABASE" --execute='CREATE TABLE seen (code int); INSERT INTO seen VALUES (1)'
mariadb-admin --user=root ping # by its socket the server that prepares all this is alive
mariadb-admin --host=127.0.0.1 --user=root ping || echo 'and nobody reaches it'
"""
QUERY = (
    'mariadb --host="${db.host}" --port="${db.port}" --user="${db.user}" --password="${db.password}"'
    ' --skip-column-names --execute="SELECT code, current_user() FROM seen" "${db.database}"'
)


def environment(**services: dict[str, Any]) -> str:
    """Return an environment with services that end at once when they are told to."""
    described = {name: {"pull": "never", "stop_timeout": 0.5, **keys} for name, keys in services.items()}
    return json.dumps({"environment": "presets", "services": described})


def client(image: str, command: list[str]) -> dict[str, Any]:
    """Return a container that runs a command and ends."""
    return {"type": "container", "image": image, "command": command, "ready": {"exit": 0}}


def said(session: Session, service: str, pattern: str) -> re.Match[str]:
    """Return where the service's log has a line, as soon as it does."""
    log = session.service(service).log

    def ask() -> Answer:
        text = log.read_text(encoding="utf-8")
        return Answer.ready() if re.search(pattern, text) else Answer.not_yet(text)

    waited = wait_until(ask, timeout=10)
    assert waited.is_ready, waited.last.text
    found = re.search(pattern, log.read_text(encoding="utf-8"))
    assert found
    return found


def inside(run_root: subprocess.Popen[bytes], service: str, *command: str) -> str:
    """Return what a command prints inside the service's container."""
    containers = containers_of(RunFolder.of(ProcessIdentity.of(run_root.pid)))
    (name,) = [each for each in containers if each.endswith(f"-{service}.1")]
    told = subprocess.run(["docker", "exec", name, *command], check=True, capture_output=True, text=True)
    return told.stdout


CONVERSATIONS = {
    "redis": (b"PING\r\n", rb"\+PONG", 6379, "redis://{}/0"),
    "rabbitmq": (b"AMQP\x00\x00\x09\x01", rb"\x01\x00\x00", 5672, "amqp://guest:guest@{}/%2F"),
    "mariadb": (b"", rb"...\x00\x0a[\d.-]+-MariaDB", 3306, "mysql://test:test@{}/test"),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_it_serves_as_soon_as_it_is_ready(
    open_environment: Open, web_image: str, request: pytest.FixtureRequest, name: str
) -> None:
    """The type is all that the file must say; containers see the same references as addresses of theirs."""
    asked, answered, port, url = CONVERSATIONS[name]
    image = request.getfixturevalue(f"{name}_image")
    session = open_environment(
        environment(it={"type": name, "image": image}, other=client(web_image, ["echo", "it is at ${it.url}"]))
    )
    fields = session.service("it").fields

    with socket.create_connection((fields["host"], int(fields["port"])), timeout=10) as connection:
        connection.sendall(asked)

        assert re.match(answered, connection.recv(100), re.DOTALL)
    assert fields["url"] == url.format(f"127.0.0.1:{fields['port']}")
    said(session, "other", re.escape(f"it is at {url.format(f'it:{port}')}\n"))


@pytest.mark.parametrize("service_type", ["mariadb", "mysql"])
def test_the_server_that_prepares_the_databases_is_not_taken_for_ready(
    open_environment: Open, mariadb_image: str, tmp_path: Path, service_type: str
) -> None:
    """Which has no network. MySQL's variables and programs have MariaDB's servers too, so its preset is tried here."""
    (tmp_path / "slow.sh").write_text(SLOW, encoding="utf-8")
    files = {"/docker-entrypoint-initdb.d/slow.sh": "slow.sh"}

    session = open_environment(
        environment(
            db={"type": service_type, "image": mariadb_image, "files": files},
            other={**client(mariadb_image, ["sh", "-c", QUERY]), "entrypoint": ["/usr/bin/env"]},
        )
    )

    said(session, "db", r"mysqld is alive\n(?s:.*)and nobody reaches it")
    said(session, "other", r"1\ttest@%\n")


def test_databases_and_users_follow_the_variables(
    open_environment: Open, mariadb_image: str, web_image: str, tmp_path: Path
) -> None:
    """What the file says is in the URL and the fields, and lets clients in; the rest is as by default."""
    (tmp_path / "1.sql").write_text("CREATE TABLE seen (code int); INSERT INTO seen VALUES (7);", encoding="utf-8")
    session = open_environment(
        environment(
            db={
                "type": "mariadb",
                "image": mariadb_image,
                "environment": {"MARIADB_DATABASE": "shop_1", "MARIADB_PASSWORD": "s@cret/1"},
                "files": {"/docker-entrypoint-initdb.d/1.sql": "1.sql"},
            },
            other={**client(mariadb_image, ["sh", "-c", QUERY]), "entrypoint": ["/usr/bin/env"]},
            one=client(web_image, ["echo", "it is at ${db.url}"]),
        )
    )
    fields = session.service("db").fields

    assert fields["url"] == f"mysql://test:s%40cret%2F1@127.0.0.1:{fields['port']}/shop_1"
    assert [fields[name] for name in ("user", "password", "database")] == ["test", "s@cret/1", "shop_1"]
    said(session, "other", r"7\ttest@%\n")
    said(session, "one", r"it is at mysql://test:s%40cret%2F1@db:3306/shop_1\n")


def test_rabbitmq_is_made_for_the_user_of_the_file(
    open_environment: Open, rabbitmq_image: str, run_root: subprocess.Popen[bytes]
) -> None:
    """With the virtual host."""
    variables = {
        "RABBITMQ_DEFAULT_USER": "ada",
        "RABBITMQ_DEFAULT_PASS": "secret",
        "RABBITMQ_DEFAULT_VHOST": "shop",
    }
    session = open_environment(environment(it={"type": "rabbitmq", "image": rabbitmq_image, "environment": variables}))
    fields = session.service("it").fields

    assert fields["url"] == f"amqp://ada:secret@127.0.0.1:{fields['port']}/shop"
    assert "Success" in inside(run_root, "it", "rabbitmqctl", "authenticate_user", fields["user"], fields["password"])
    assert fields["vhost"] in inside(run_root, "it", "rabbitmqctl", "-q", "list_vhosts")


def test_kafka_tells_everybody_an_address_that_they_reach(open_environment: Open, web_image: str) -> None:
    """A broker tells clients where it is: tests the port of this machine, containers the service's name."""
    session = open_environment(
        environment(
            events={
                "type": "kafka",
                "image": web_image,  # it shows what it is told, as the broker itself cannot be had from Debian
                "command": ["sh", "-c", TELL],
                "ready": {"log": "Kafka Server started"},
                "environment": {"KAFKA_NUM_PARTITIONS": 3},
            },
            other=client(web_image, ["echo", "it is at ${events.url}, ${events.host}:${events.port}"]),
        )
    )
    here = session.service("events").fields["url"]

    assert re.fullmatch(r"127\.0\.0\.1:\d+", here)
    said(session, "other", "it is at events:19092, events:19092\n")
    told = dict(re.findall(r"^(KAFKA_\w+)=(.*)$", session.service("events").log.read_text("utf-8"), re.MULTILINE))
    assert told["KAFKA_ADVERTISED_LISTENERS"] == (f"TESTS://{here},CONTAINERS://events:19092,OWN://localhost:19093")
    assert told["KAFKA_LISTENERS"] == (
        "TESTS://:9092,CONTAINERS://:19092,OWN://localhost:19093,CONTROLLER://localhost:19094"
    )
    names = [each.partition(":")[0] for each in told["KAFKA_LISTENERS"].split(",")]
    assert [each.partition(":")[0] for each in told["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")] == names
    assert (told["KAFKA_NUM_PARTITIONS"], told["KAFKA_PROCESS_ROLES"]) == ("3", "broker,controller")


WEB = {
    "minio": (["9000", "/minio/health/ready", "9001"], "console", "http://it:9000 http://it:9001"),
    "mailpit": (["8025", "/readyz", "1025"], "smtp", "http://it:8025 smtp://it:1025"),
}


@pytest.mark.parametrize("name", WEB)
def test_what_serves_http_is_asked_at_its_own_path(open_environment: Open, web_image: str, name: str) -> None:
    """A stand-in that has the product's paths and ports only: the images themselves are in registries."""
    arguments, second, seen = WEB[name]
    session = open_environment(
        environment(
            it={"type": name, "image": web_image, "command": ["python3", "-uc", SERVE, *arguments]},
            other=client(web_image, ["echo", f"they are at ${{it.url}} ${{it.{second}.url}}"]),
        )
    )
    service = session.service("it")

    assert f'"GET {arguments[1]} HTTP/1.1" 200' in service.log.read_text(encoding="utf-8")
    socket.create_connection((service.fields[f"{second}.host"], int(service.fields[f"{second}.port"]))).close()
    said(session, "other", f"they are at {seen}\n")
