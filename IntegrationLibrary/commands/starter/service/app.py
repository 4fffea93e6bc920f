"""A tiny service that keeps notes. It only shows how things fit together: put your own in its place.

GET /health, POST /notes {"text": ...}, GET /notes/1
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg


class Notes(BaseHTTPRequestHandler):
    """Answers one request."""

    def do_GET(self):
        if self.path == "/health":
            return self.answer(200, {"status": "ok"})
        note = self.query("SELECT id, text FROM notes WHERE id::text = %s", self.path.rpartition("/")[2])
        if note is None:
            return self.answer(404, {"error": "there is no such note"})
        return self.answer(200, {"id": note[0], "text": note[1]})

    def do_POST(self):
        text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"]
        if not text:
            return self.answer(400, {"error": "a note needs a text"})
        (number,) = self.query("INSERT INTO notes (text) VALUES (%s) RETURNING id", text)
        return self.answer(201, {"id": number, "text": text})

    def query(self, statement, *values):
        with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
            return connection.execute(statement, values).fetchone()

    def answer(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Notes).serve_forever()
