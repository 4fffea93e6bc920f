"""The server of one mock."""

from __future__ import annotations

import json
import logging
import os
import re
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from IntegrationLibrary.base.ports import LOOPBACK
from IntegrationLibrary.mocks.book import RuleBook
from IntegrationLibrary.mocks.hits import Hit
from IntegrationLibrary.mocks.matching import Nearest
from IntegrationLibrary.mocks.rules import Rule
from IntegrationLibrary.mocks.templates import filled

if TYPE_CHECKING:
    from werkzeug import Request, Response

_KEPT_HITS = 5000
_LONGEST_BODY = 64 * 1024
_NO_RULE = 404
_LINGER = "hh" if os.name == "nt" else "ii"


class MockServer:
    """Answers by its rules and remembers what hit it; pytest-httpserver carries the requests."""

    def __init__(self, rules: list[Rule], *, port: int) -> None:
        self.rules = RuleBook(rules)
        self._hits: list[Hit] = []
        self._number = 0
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._port = port
        self._server: Any = None

    def start(self) -> None:
        """Listen.

        Raises:
            OSError: The port is taken.

        """
        from pytest_httpserver import HTTPServer

        class PromptServer(HTTPServer):
            """Looks more often whether it is to stop than every half a second."""

            def thread_target(self) -> None:
                if self.server is not None:
                    self.server.serve_forever(poll_interval=0.05)

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = PromptServer(host=LOOPBACK, port=self._port, threaded=True)
        server.expect_request(re.compile(".*", re.DOTALL)).respond_with_handler(self._answer)
        self._ending.clear()
        try:
            server.start()
        except SystemExit as error:  # werkzeug ends the program when it cannot listen
            raise OSError(f"port {self._port} is taken") from error
        self._server = server

    @property
    def listens(self) -> bool:
        """Whether it is started and not stopped."""
        return self._server is not None

    def stop(self) -> None:
        """Stop listening. Idempotent."""
        self._ending.set()
        if self._server is not None:
            self._server.stop()
            self._server = None

    def begin_test(self) -> int:
        """Count the answers of rules from 0 again, and return the number of the last hit before the test."""
        self.rules.begin_test()
        return self._number

    def hits(self, since: int) -> list[Hit]:
        """Return the hits with a greater number than *since*, in the order in which they came."""
        with self._lock:
            return sorted((hit for hit in self._hits if hit.number > since), key=lambda hit: hit.number)

    def _answer(self, request: Request) -> Response:
        if self._server is not None:
            self._server.clear_log()  # it keeps every request and every response
        hit = self._seen(request)
        chosen = self.rules.choose(hit)
        if isinstance(chosen, Rule):
            response = filled(dict(chosen.response), hit)
            hit = replace(hit, rule=chosen.name, status=_status(response))
        else:
            hit = replace(hit, status=_NO_RULE, unmatched=str(chosen) if chosen else "the mock has no rules")
            response = {"status": _NO_RULE, "json": _explanation(hit, chosen)}
        with self._lock:
            self._hits.append(hit)
            del self._hits[:-_KEPT_HITS]
        self._ending.wait(float(response.get("delay", 0)))
        return _dropped(request) if "fault" in response else _response(response)

    def _seen(self, request: Request) -> Hit:
        body = request.get_data(as_text=True)
        with self._lock:
            self._number += 1
            number = self._number
        return Hit(
            number=number,
            at=datetime.now(UTC).isoformat(),
            method=request.method,
            path=request.path,
            query={name: texts[0] if len(texts) == 1 else texts for name, texts in request.args.lists()},
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body[:_LONGEST_BODY],
            json=_json(body),
        )


def _explanation(hit: Hit, nearest: Nearest | None) -> dict[str, Any]:
    told: dict[str, Any] = {"error": f"no rule of this mock fits {hit.method} {hit.path}"}
    if nearest is None:
        return {**told, "rules": "none"}
    differences = [str(difference) for difference in nearest.differences]
    return {**told, "nearest_rule": nearest.rule.name, "place": nearest.rule.place, "differences": differences}


def _status(response: dict[str, Any]) -> int:
    """Return the status that is answered; 0 for no answer."""
    return 0 if "fault" in response else int(response.get("status", 200))


def _response(answer: dict[str, Any]) -> Response:
    from werkzeug import Response

    headers = {str(name): str(value) for name, value in answer.get("headers", {}).items()}
    if "json" not in answer:
        return Response(str(answer.get("body", "")), _status(answer), headers)
    has_type = any(name.lower() == "content-type" for name in headers)
    content_type = None if has_type else "application/json"
    return Response(json.dumps(answer["json"]), _status(answer), headers, content_type=content_type)


def _dropped(request: Request) -> Response:
    """Return a response that is none: the connection is reset instead (linger 0 makes close send RST, tcp(7))."""
    from werkzeug import Response

    def reset() -> Iterator[bytes]:
        connection: socket.socket = request.environ["werkzeug.socket"]
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(_LINGER, 1, 0))
        connection.shutdown(socket.SHUT_RD)  # werkzeug reads the next request: it finds the end
        connection.close()
        raise ConnectionResetError
        yield b""

    return Response(reset())


def _json(body: str) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None
