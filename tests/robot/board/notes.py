"""A service with a database: takes notes, and tells all that it has."""

from __future__ import annotations

import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

import psycopg

connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


class Notes(BaseHTTPRequestHandler):
    """GET tells all notes, POST adds one."""

    def do_GET(self) -> None:
        """Tell all notes."""
        rows = connection.execute("SELECT text FROM notes ORDER BY id").fetchall()
        self._answer(", ".join(text for (text,) in rows))

    def do_POST(self) -> None:
        """Add a note."""
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        connection.execute("INSERT INTO notes (text) VALUES (%s)", [text])
        self._answer(text)

    def _answer(self, text: str) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Notes).serve_forever()
