"""The server of one mock."""

from __future__ import annotations

import json
import logging
import re
import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from IntegrationLibrary.base.ports import LOOPBACK
from IntegrationLibrary.mocks.hits import Hit
from IntegrationLibrary.mocks.matching import request_differences
from IntegrationLibrary.mocks.rules import Rule
from IntegrationLibrary.mocks.templates import filled

if TYPE_CHECKING:
    from werkzeug import Request, Response

_KEPT_HITS = 5000
_LONGEST_BODY = 64 * 1024


class MockServer:
    """Answers by its rules and remembers what hit it; pytest-httpserver carries the requests."""

    def __init__(self, rules: list[Rule], *, port: int) -> None:
        self._rules = rules
        self._added: list[Rule] = []
        self._answers: dict[int, int] = {}
        self._hits: list[Hit] = []
        self._number = 0
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._port = port
        self._server: Any = None

    def start(self) -> None:
        """Listen."""
        from pytest_httpserver import HTTPServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = HTTPServer(host=LOOPBACK, port=self._port, threaded=True)
        self._server.expect_request(re.compile(".*", re.DOTALL)).respond_with_handler(self._answer)
        self._server.start()

    def stop(self) -> None:
        """Stop listening. Idempotent."""
        self._ending.set()
        if self._server is not None:
            self._server.stop()
            self._server = None

    @property
    def last_hit_number(self) -> int:
        """The number of the last hit."""
        return self._number

    @property
    def rule_mark(self) -> int:
        """A mark that rules added later can be removed by."""
        return len(self._added)

    def hits(self, since: int) -> list[Hit]:
        """Return the hits with a greater number than *since*."""
        with self._lock:
            return [hit for hit in self._hits if hit.number > since]

    def add_rule(self, rule: Rule) -> None:
        """Add a rule before all others."""
        with self._lock:
            self._added.append(rule)

    def remove_rules_since(self, mark: int) -> None:
        """Remove the rules that were added since the mark."""
        with self._lock:
            del self._added[mark:]

    def _answer(self, request: Request) -> Response:
        hit = self._seen(request)
        rule, explanation = self._choose(hit)
        response: dict[str, Any] = {"status": 404, "json": explanation}
        if rule is not None:
            response = filled(dict(rule.response), hit)
        status = int(response.get("status", 200))
        with self._lock:
            self._hits.append(replace(hit, rule=rule.name if rule else None, status=status))
            del self._hits[:-_KEPT_HITS]
        self._ending.wait(float(response.get("delay", 0)))
        return _response(response, status)

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
            query=dict(request.args.items()),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body[:_LONGEST_BODY],
            json=_json(body),
        )

    def _choose(self, hit: Hit) -> tuple[Rule | None, dict[str, Any]]:
        """Return the rule that answers, or none and why."""
        with self._lock:
            ordered = [*reversed(self._added), *sorted(self._rules, key=lambda rule: rule.priority)]
            nearest: tuple[int, str, list[str]] | None = None
            for rule in ordered:
                differences = request_differences(rule, hit)
                used = self._answers.get(id(rule), 0)
                if not differences and (rule.times is None or used < rule.times):
                    self._answers[id(rule)] = used + 1
                    return rule, {}
                if nearest is None or len(differences) < nearest[0]:
                    nearest = (len(differences), rule.name, differences)
        told = {"nearest_rule": nearest[1], "differences": nearest[2]} if nearest else {"rules": "none"}
        return None, {"error": f"no rule for {hit.method} {hit.path}", **told}


def _response(answer: dict[str, Any], status: int) -> Response:
    from werkzeug import Response

    headers = {str(name): str(value) for name, value in answer.get("headers", {}).items()}
    if "json" in answer:
        return Response(json.dumps(answer["json"]), status, headers, content_type="application/json")
    return Response(str(answer.get("body", "")), status, headers)


def _json(body: str) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None
