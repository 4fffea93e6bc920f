"""Answers with `{{ expressions }}` in them."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from typing import Any

from IntegrationLibrary.mocks.hits import Hit

_EXPRESSION = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


def filled(template: Any, hit: Hit) -> Any:
    """Return the answer with its expressions replaced; a text that is one expression keeps the value's JSON type.

    Expressions: `request.json.a.b`, `request.path`, `request.query.x`, `request.headers.x`, `hit.number`, `uuid`,
    `now`.
    """
    if isinstance(template, dict):
        return {key: filled(value, hit) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(value, hit) for value in template]
    if not isinstance(template, str):
        return template
    whole = _EXPRESSION.fullmatch(template)
    if whole is not None:
        return _value(whole[1], hit)
    return _EXPRESSION.sub(lambda match: str(_value(match[1], hit)), template)


def _value(expression: str, hit: Hit) -> Any:
    if expression == "uuid":
        return str(uuid.uuid4())
    if expression == "now":
        return datetime.now(UTC).isoformat()
    if expression == "hit.number":
        return hit.number
    if expression == "request.path":
        return hit.path
    root, _, rest = expression.removeprefix("request.").partition(".")
    value: Any = {"json": hit.json, "query": hit.query, "headers": hit.headers}.get(root)
    for step in rest.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value
