"""Answers with `{{ expressions }}` in them."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from IntegrationLibrary.mocks.hits import Hit

EXPRESSIONS = (
    "uuid",
    "now",
    "hit.number",
    "request.method",
    "request.path",
    "request.body",
    "request.json.NAME",
    "request.query.NAME",
    "request.headers.NAME",
)

_EXPRESSION = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_KNOWN = re.compile(r"uuid|now|hit\.number|request\.(method|path|body|json(\.[^.]+)*|(query|headers)\.[^.]+)")


def filled(template: Any, hit: Hit) -> Any:
    """Return the answer with its expressions replaced; a text that is one expression keeps the value's JSON type.

    The expressions are those of `EXPRESSIONS`; `request.json.lines.0.sku` goes further into the body. What the request
    does not have is null, and nothing inside a text.
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
    return _EXPRESSION.sub(lambda match: _inside_text(_value(match[1], hit)), template)


def unknown_expressions(template: Any) -> list[str]:
    """Return the expressions that stand for nothing."""
    return [each for each in _expressions(template) if not _KNOWN.fullmatch(each)]


def _expressions(template: Any) -> Iterator[str]:
    if isinstance(template, dict | list):
        for each in template.values() if isinstance(template, dict) else template:
            yield from _expressions(each)
    elif isinstance(template, str):
        yield from (found[1] for found in _EXPRESSION.finditer(template))


def _inside_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _value(expression: str, hit: Hit) -> Any:
    if expression == "uuid":
        return str(uuid.uuid4())
    if expression == "now":
        return datetime.now(UTC).isoformat()
    if expression == "hit.number":
        return hit.number
    root, _, rest = expression.removeprefix("request.").partition(".")
    if root == "headers":
        return hit.headers.get(rest.lower())
    value: Any = getattr(hit, root, None)
    for step in rest.split(".") if rest else ():
        value = _inside(value, step)
    return value


def _inside(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
        return value[int(step)]
    return None
