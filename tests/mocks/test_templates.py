"""Expressions in an answer stand for what was asked."""

from __future__ import annotations

from typing import Any

import pytest

from IntegrationLibrary.mocks.hits import Hit
from IntegrationLibrary.mocks.templates import filled, unknown_expressions

HIT = Hit(
    number=3,
    at="now",
    method="POST",
    path="/charges",
    query={"page": "2"},
    headers={"x-id": "7"},
    body="{}",
    json={"amount": 450, "lines": [{"sku": "TEA-01"}], "gift": True, "uuid": None},
)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ request.json.amount }}", 450),
        ("{{request.json.lines.0.sku}}", "TEA-01"),
        ("{{ request.json.lines.1.sku }}", None),
        ("{{ request.json.lines }}", [{"sku": "TEA-01"}]),
        ("{{ request.json.nothing.at.all }}", None),
        ("{{ request.method }} {{ request.path }}?page={{ request.query.page }}", "POST /charges?page=2"),
        ("{{ request.headers.X-Id }}", "7"),
        ("ch_{{ hit.number }}", "ch_3"),
        ("is {{ request.json.gift }}, {{ request.json.nothing }}.", "is true, ."),
        ({"a": ["{{ request.json.amount }}", 1, None]}, {"a": [450, 1, None]}),
        ("no expression", "no expression"),
    ],
    ids=str,
)
def test_an_expression_is_replaced(template: Any, expected: Any) -> None:
    """A text that is one expression keeps the value's JSON type; what is missing is null, or nothing in a text."""
    assert filled(template, HIT) == expected


def test_every_uuid_is_another_one() -> None:
    """Also in one answer."""
    one, other = filled(["{{ uuid }}", "{{ uuid }}"], HIT)

    assert one != other


@pytest.mark.parametrize("expression", ["request.jsn.a", "request.query", "hits.number", "", "request.json.", "UUID"])
def test_an_expression_that_stands_for_nothing_is_found(expression: str) -> None:
    """It would silently be null otherwise."""
    assert unknown_expressions({"a": [f"x {{{{ {expression} }}}}", "{{ uuid }}", 5]}) == [expression]
