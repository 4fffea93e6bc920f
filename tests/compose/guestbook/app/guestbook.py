"""What the programs of the guestbook share: its database, and Redis in two lines."""

from __future__ import annotations

import os
import socket

import psycopg


def database() -> psycopg.Connection:
    """Return a connection that commits each statement."""
    return psycopg.connect(
        host=os.environ["DATABASE_HOST"],
        port=os.environ.get("DATABASE_PORT", "5432"),
        user=os.environ["DATABASE_USER"],
        password=os.environ["DATABASE_PASSWORD"],
        dbname=os.environ.get("DATABASE_NAME", "guestbook"),
        autocommit=True,
    )


def redis(*words: str) -> str:
    """Return the last line of Redis' answer to a command."""
    with socket.create_connection((os.environ["REDIS_HOST"], 6379)) as connection:
        connection.sendall((" ".join(words) + "\r\n").encode())
        return connection.recv(1000).decode().split("\r\n")[-2].lstrip(":$+")
