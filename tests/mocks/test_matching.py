"""A request meets a rule when nothing differs; what differs is told in words."""

from __future__ import annotations

from typing import Any

import pytest

from IntegrationLibrary.mocks.hits import Hit
from IntegrationLibrary.mocks.matching import request_differences
from IntegrationLibrary.mocks.rules import key_of_rule, rule_from

ORDER = {"card": "4000", "lines": [{"sku": "TEA-01", "quantity": 2}], "gift": False}
HIT = Hit(
    number=1,
    at="now",
    method="POST",
    path="/charges/7",
    query={"page": "1", "tag": ["x", "y"], "dry": "true"},
    headers={"x-id": "7", "authorization": "Bearer geheim"},
    body="{...}",
    json=ORDER,
)


def differences(request: dict[str, Any], hit: Hit = HIT) -> list[str]:
    """Return what keeps the hit from meeting a rule with this request."""
    rule = rule_from({"request": request, "response": {}}, subject="the rule", place_of=key_of_rule)
    return [str(difference) for difference in request_differences(rule, hit)]


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"method": "post"},
        {"path": "/charges/7"},
        {"path_pattern": r"/charges/\d+"},
        {"query": {"page": 1}},
        {"query": {"tag": "y"}},
        {"query": {"dry": True}},
        {"query": {"tag": {"matches": "^[xyz]$"}}},
        {"headers": {"X-Id": "7"}},
        {"headers": {"Authorization": {"contains": "Bearer", "matches": "[a-z]$"}}},
        {"json": {"card": "4000"}},
        {"json": {"lines": [{"sku": "TEA-01"}]}},
        {"json": {"lines": [{"quantity": 2.0}]}},
        {"json_equals": ORDER},
    ],
    ids=str,
)
def test_a_request_that_is_as_the_rule_says_differs_in_nothing(request_: dict[str, Any]) -> None:
    """Objects may have more fields than `json` names; numbers and truths of the file stand as texts in a query."""
    assert differences(request_) == []


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"method": "PUT"}, ["method: POST, not PUT"]),
        ({"path": "/charges"}, ["path: /charges/7, not /charges"]),
        ({"path_pattern": "/charges"}, ["path: /charges/7, not like /charges"]),
        ({"query": {"page": 2}}, ["query page: '1', not '2'"]),
        ({"query": {"tag": "z"}}, ["query tag: 'x', 'y', not 'z'"]),
        ({"query": {"size": {"matches": r"\d"}}}, [r"query size: missing, not like '\\d'"]),
        ({"headers": {"X-Id": "8"}}, ["header x-id: '7', not '8'"]),
        ({"headers": {"Authorization": "Bearer x"}}, ["header authorization: ***, not ***"]),
        ({"json": {"gift": 0}}, ["body $.gift: false (bool), not 0 (int)"]),
        ({"json": {"lines": []}}, ['body $.lines[0]: {"sku": "TEA-01", "quantity": 2}, not expected at all']),
        ({"json": {"lines": [{"sku": "TEA-02"}]}}, ["body $.lines[0].sku: 'TEA-01', not 'TEA-02'"]),
        (
            {"json_equals": {"card": "4000", "gift": False}},
            ['body $.lines: [{"sku": "TEA-01", "quantity": 2}], not expected at all'],
        ),
        ({"method": "GET", "path": "/"}, ["method: POST, not GET", "path: /charges/7, not /"]),
    ],
    ids=str,
)
def test_what_differs_is_told(request_: dict[str, Any], expected: list[str]) -> None:
    """Every difference stands for itself; secrets are masked."""
    assert differences(request_) == expected


@pytest.mark.parametrize(
    ("body", "expected"), [("", 'body: empty, not {"a": 1}'), ("a=1", 'body: no JSON, not {"a": 1}')]
)
def test_a_body_that_is_no_json_is_told(body: str, expected: str) -> None:
    """It meets no rule that asks for JSON."""
    hit = Hit(number=1, at="now", method="POST", path="/", body=body)

    assert differences({"json": {"a": 1}}, hit) == [expected]


def test_null_is_a_json_body() -> None:
    """A body of null is told from none."""
    assert differences({"json_equals": None}, Hit(number=1, at="now", method="POST", path="/", body="null")) == []
    assert differences({"json_equals": None}, Hit(number=1, at="now", method="POST", path="/")) == [
        "body: empty, not null"
    ]
