"""A container with a port is ready when the port is listened on, whatever a check has said before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.containers.listening import Listened, read
from IntegrationLibrary.session import Session

Open = Callable[[str], Session]

TABLES = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: 0B00007F:B413 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   2: 0100007F:1538 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 1 1
  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000
   1: 00000000000000000000000001000000:1538 00000000000000000000000000000000:0000 0A 00000000:00000000
   2: 0000000000000000FFFF00000100007F:1539 00000000000000000000000000000000:0000 0A 00000000:00000000
"""
SERVICE = """
environment: one
services:
  it: {{type: container, image: {image}, pull: never, stop_timeout: 0.1, timeout: {timeout}, {more}}}
"""


def test_the_kernels_tables_are_read() -> None:
    """Of both families; connections are none, and the engine's name server is on the loopback interface."""
    assert read(TABLES) == Listened(frozenset({8000, 80}), frozenset({0xB413, 0x1538, 0x1539}))


def test_what_is_listened_on_instead_is_told() -> None:
    """A wrong number and a wrong interface are the usual mistakes."""
    listened = read(TABLES)

    assert listened.answer([9, 80]).readiness.value == "ready"
    assert listened.answer([8080]) == Answer.not_yet("nothing listens on port 8080 in the container, but on 80, 8000")
    assert "only programs in the container reach port 5432" in listened.answer([0x1538]).text


def test_a_wrong_port_is_told(open_environment: Open, web_image: str) -> None:
    """Without any probe."""
    text = SERVICE.format(image=web_image, timeout=2, more="port: 8080")

    with pytest.raises(EnvironmentFailure, match="nothing listens on port 8080 in the container, but on 8000"):
        open_environment(text)


def test_a_server_that_only_prepares_the_database_is_not_taken_for_ready(
    open_environment: Open, postgres_image: str, tmp_path: Path
) -> None:
    """It answers the check that everybody writes, through its socket, and is stopped again."""
    (tmp_path / "slow.sh").write_text("sleep 2", encoding="utf-8")
    keys = (
        "environment: {POSTGRES_PASSWORD: x}, ready: {command: pg_isready -U postgres},"
        " files: {/docker-entrypoint-initdb.d/slow.sh: slow.sh}"
    )
    asking = (
        "  client: {{type: container, image: {image}, pull: never, depends_on: [it], environment: {{PGPASSWORD: x}},"
        " command: [psql, -h, it, -U, postgres, -c, SELECT 1], ready: {{exit: 0}}}}\n"
    )

    session = open_environment(
        SERVICE.format(image=postgres_image, timeout=60, more=keys) + asking.format(image=postgres_image)
    )

    assert session.service("client").ask()[0].readiness.value == "ready"


def test_a_worker_with_a_check_and_a_port_of_its_image_only_is_ready(open_environment: Open, redis_image: str) -> None:
    """Several services are made of one image, and not all of them serve."""
    keys = "command: [sleep, '600'], ready: {command: 'true'}"

    session = open_environment(SERVICE.format(image=redis_image, timeout=60, more=keys))

    assert session.service("it").ask()[0].readiness.value == "ready"
