"""GET / tells the entries and how often it was asked; POST / writes one, and asks the worker for a reply."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from guestbook import database, redis


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        with database() as connection:
            entries = connection.execute("SELECT text, reply FROM entries ORDER BY id").fetchall()
        self.tell({"entries": entries, "visits": int(redis("INCR", "visits"))})

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with database() as connection:
            (number,) = connection.execute("INSERT INTO entries (text) VALUES (%s) RETURNING id", [text]).fetchone()
        redis("RPUSH", "to-answer", str(number))
        self.tell({"id": number, "signature": Path("/run/secrets/signature").read_text(encoding="utf-8").strip()})

    def tell(self, answer):
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("", 8000), Page).serve_forever()
