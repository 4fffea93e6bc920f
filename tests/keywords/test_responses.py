"""Responses are judged through the keywords, on real answers over real sessions."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fixtures.http import Api

from IntegrationLibrary.base.errors import CheckFailed, IntegrationError

ORDER = {
    "id": 11,
    "status": "paid",
    "total": 4.5,
    "is_gift": False,
    "note": None,
    "lines": [{"sku": "TEA-01", "quantity": 2}, {"sku": "MUG-01", "quantity": 1}],
    "customer": {"name": "Ada", "email": "ada@example.com"},
    "token": "geheim-17",
    "credentials": {"user": "geheim-17"},
}
SCHEMA = {
    "type": "object",
    "required": ["id", "currency"],
    "properties": {
        "id": {"type": "string"},
        "lines": {"items": {"properties": {"quantity": {"minimum": 2}}}},
        "token": {"type": "integer"},
    },
}


@pytest.fixture
def shop(api: Api) -> Api:
    """The shop, after it was asked for an order."""
    api.answers(ORDER, headers={"Location": "/orders/11", "X-Api-Key": "geheim-17"})
    api.get()
    return api


def without(key: str) -> dict[str, Any]:
    """Return the order without one of its fields."""
    return {name: value for name, value in ORDER.items() if name != key}


PASSING: dict[str, Callable[[Api], Any]] = {
    "status": lambda shop: shop.judge.response_status_should_be(200),
    "header": lambda shop: shop.judge.response_header_should_be("location", "/orders/11"),
    "header_secret": lambda shop: shop.judge.response_header_should_be("X-Api-Key", "geheim-17"),
    "header_type": lambda shop: shop.judge.response_header_should_be("Content-Type", "application/json"),
    "field_text": lambda shop: shop.judge.response_field_should_be("$.status", "paid"),
    "field_number_as_text": lambda shop: shop.judge.response_field_should_be("$.id", "11"),
    "field_number": lambda shop: shop.judge.response_field_should_be("$.total", 4.5),
    "field_truth_as_text": lambda shop: shop.judge.response_field_should_be("$.is_gift", "False"),
    "field_null": lambda shop: shop.judge.response_field_should_be("$.note", "null"),
    "field_none": lambda shop: shop.judge.response_field_should_be("$.note", None),
    "field_object": lambda shop: shop.judge.response_field_should_be("$.lines[1]", '{"sku": "MUG-01", "quantity": 1}'),
    "field_list": lambda shop: shop.judge.response_field_should_be("$.lines[*].quantity", [2, 1]),
    "field_only_one": lambda shop: shop.judge.response_field_should_be("$.lines[?(@.sku=='MUG-01')].quantity", "1"),
    "field_secret": lambda shop: shop.judge.response_field_should_be("$.token", "geheim-17"),
    "field_length": lambda shop: shop.judge.response_field_should_be("$.lines.`len`", "2"),
    "match": lambda shop: shop.judge.response_field_should_match("$.lines[*].sku", r"[A-Z]+-\d{2}"),
    "exists_null": lambda shop: shop.judge.response_field_should_exist("$.note"),
    "not_exists": lambda shop: shop.judge.response_field_should_not_exist("$.card"),
    "body": lambda shop: shop.judge.response_body_should_be(ORDER),
    "body_ignored": lambda shop: shop.judge.response_body_should_be(
        {**without("id"), "total": 1}, ignore="id, total, lines[*].quantity"
    ),
    "body_ignored_list": lambda shop: shop.judge.response_body_should_be(
        {**ORDER, "id": 1, "total": 1}, ignore=["id", "total"]
    ),
    "body_ignored_list_as_text": lambda shop: shop.judge.response_body_should_be(
        {**ORDER, "id": 1, "lines": []}, ignore="['id', 'lines']"
    ),
    "contains": lambda shop: shop.judge.response_body_should_contain({"customer": {"name": "Ada"}}),
    "contains_json_text": lambda shop: shop.judge.response_body_should_contain('{"customer": {"name": "Ada"}}'),
    "contains_text": lambda shop: shop.judge.response_body_should_contain("MUG-01"),
    "schema": lambda shop: shop.judge.response_should_match_schema({"required": ["id"]}),
    "time": lambda shop: shop.judge.response_time_should_be_below(timedelta(seconds=30)),
}


@pytest.mark.parametrize("case", PASSING)
def test_what_is_as_it_should_be_passes(case: str, shop: Api) -> None:
    """Every judgement is silent when it is kept, and says nothing new when it is asked again."""
    assert PASSING[case](shop) is None
    assert PASSING[case](shop) is None


FAILURES: dict[str, Callable[[Api], Any]] = {
    "status": lambda shop: shop.judge.response_status_should_be(201),
    "header_missing": lambda shop: shop.judge.response_header_should_be("Locatoin", "/orders/12"),
    "header_other": lambda shop: shop.judge.response_header_should_be("Location", "/orders/12"),
    "header_secret": lambda shop: shop.judge.response_header_should_be("X-Api-Key", "other-geheim"),
    "header_secret_missing": lambda shop: shop.judge.response_header_should_be("X-Api-Kei-Token", "geheim-17"),
    "field_missing": lambda shop: shop.judge.response_field_should_be("$.stauts", "paid"),
    "field_missing_in_list": lambda shop: shop.judge.response_field_should_be("$.lines.sku", "TEA-01"),
    "field_missing_in_text": lambda shop: shop.judge.response_field_should_be("$.status.code", "1"),
    "field_missing_in_secret": lambda shop: shop.judge.response_field_should_be("$.token.value", "1"),
    "field_index_too_high": lambda shop: shop.judge.response_field_should_be("$.lines[2].sku", "TEA-01"),
    "field_other_value": lambda shop: shop.judge.response_field_should_be("$.status", "shipped"),
    "field_other_type": lambda shop: shop.judge.response_field_should_be("$.id", True),  # noqa: FBT003
    "field_number_as_text": lambda shop: shop.judge.response_field_should_be("$.id", "eleven"),
    "field_is_null": lambda shop: shop.judge.response_field_should_be("$.note", "hello"),
    "field_nested": lambda shop: shop.judge.response_field_should_be(
        "$.customer", {"name": "Grace", "email": "ada@example.com", "phone": "1"}
    ),
    "field_list": lambda shop: shop.judge.response_field_should_be("$.lines[*].quantity", [2, 3]),
    "field_only_one": lambda shop: shop.judge.response_field_should_be("$.lines[?(@.quantity==2)].sku", "MUG-01"),
    "field_secret": lambda shop: shop.judge.response_field_should_be("$.token", "other-geheim"),
    "field_secret_null": lambda shop: shop.judge.response_field_should_be("$.token", None),
    "field_under_secret": lambda shop: shop.judge.response_field_should_be("$.credentials.user", "other-geheim"),
    "field_secret_object": lambda shop: shop.judge.response_field_should_be("$.credentials", {"user": "other-geheim"}),
    "field_secret_selected": lambda shop: shop.judge.response_field_should_be("$.*", "other-geheim"),
    "match": lambda shop: shop.judge.response_field_should_match("$.lines[*].sku", "TEA-.*"),
    "match_secret": lambda shop: shop.judge.response_field_should_match("$.token", "[0-9]{32}"),
    "exists": lambda shop: shop.judge.response_field_should_exist("$.customer.mail"),
    "not_exists": lambda shop: shop.judge.response_field_should_not_exist("$.lines[*].sku"),
    "not_exists_secret": lambda shop: shop.judge.response_field_should_not_exist("$..token"),
    "body": lambda shop: shop.judge.response_body_should_be(
        {**without("note"), "total": "4.5", "id": 12, "currency": "EUR", "lines": ORDER["lines"][:1]}
    ),
    "body_ignored": lambda shop: shop.judge.response_body_should_be({**ORDER, "id": 1, "status": "new"}, ignore="$.id"),
    "body_secret": lambda shop: shop.judge.response_body_should_be(
        {**without("token"), "credentials": {"user": "other-geheim"}}
    ),
    "contains": lambda shop: shop.judge.response_body_should_contain(
        {"customer": {"name": "Grace"}, "statsu": "paid", "lines": [{"sku": "TEA-01"}]}
    ),
    "contains_text": lambda shop: shop.judge.response_body_should_contain("Grace"),
    "schema": lambda shop: shop.judge.response_should_match_schema(SCHEMA),
    "time": lambda shop: shop.judge.response_time_should_be_below(timedelta(0)),
    "own_message": lambda shop: shop.judge.response_status_should_be(201, message="The order was not made."),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_failure_tells_what_was_answered(case: str, shop: Api, golden: Callable[[str, str], None]) -> None:
    """The text says what was expected of which request and what came instead; secrets are masked."""
    with pytest.raises(CheckFailed) as raised:
        FAILURES[case](shop)

    assert "geheim" not in str(raised.value)
    golden(f"responses/{case}", without_time(shop.text(str(raised.value))))


def without_time(text: str) -> str:
    """Return a text with the time that the answer took as 7 ms."""
    return re.sub(r"((?:took|Seen:) +)\d+ ms", r"\g<1>7 ms", text)


ANSWERS: dict[str, tuple[dict[str, Any], Callable[[Api], Any]]] = {
    "no_json_html": (
        {"body": "<html>\n<h1>Bad Gateway</h1>\n</html>", "status": 502, "content_type": "text/html"},
        lambda shop: shop.judge.response_field_should_be("$.id", "11"),
    ),
    "no_json_empty": (
        {"body": "", "content_type": "application/json"},
        lambda shop: shop.judge.response_body_should_contain({"id": 11}),
    ),
    "no_json_binary": (
        {"body": b"\x89PNG\x00\x01", "content_type": "image/png"},
        lambda shop: shop.judge.response_should_match_schema({}),
    ),
    "no_json_form": (
        {"body": "id=11&password=geheim-17", "content_type": "application/x-www-form-urlencoded"},
        lambda shop: shop.judge.response_body_should_be({"id": 11}),
    ),
    "text_other": (
        {"body": "The shop is closed.", "content_type": "text/plain"},
        lambda shop: shop.judge.response_body_should_be("The shop is open."),
    ),
    "text_long": (
        {"body": "tea " * 100 + "mug " + "tea " * 100, "content_type": "text/plain"},
        lambda shop: shop.judge.response_body_should_be("tea " * 201),
    ),
    "text_blank": (
        {"body": "caf\u00e9\u00a0au lait", "content_type": "text/plain; charset=utf-8"},
        lambda shop: shop.judge.response_body_should_be("caf\u00e9 au lait"),
    ),
    "text_secret": (
        {"body": "token=geheim-17 is yours", "content_type": "text/plain"},
        lambda shop: shop.judge.response_body_should_be("token=other-geheim is yours"),
    ),
    "text_missing": (
        {"body": "password=geheim-17 is wrong", "content_type": "text/plain"},
        lambda shop: shop.judge.response_body_should_contain("right"),
    ),
    "status_long_body": (
        {"body": {"detail": "x" * 1000}, "status": 500},
        lambda shop: shop.judge.response_status_should_be(200),
    ),
    "status_unknown": (
        {"body": "", "status": 299},
        lambda shop: shop.judge.response_status_should_be(599),
    ),
    "list_body": (
        {"body": [{"id": 1}, {"id": 2}, {"id": 3}]},
        lambda shop: shop.judge.response_body_should_be([{"id": 1}, {"id": 3}]),
    ),
    "list_field": ({"body": [{"id": 1}]}, lambda shop: shop.judge.response_field_should_be("$.id", "1")),
    "empty_object": ({"body": {}}, lambda shop: shop.judge.response_field_should_exist("$.id")),
    "not_a_number": ({"body": '{"total": NaN}'}, lambda shop: shop.judge.response_field_should_be("$.total", "4.5")),
    "types_that_look_alike": (
        {"body": {"a": 1, "b": "1", "c": True, "d": None, "e": "null", "f": 0, "g": [], "h": 1.5}},
        lambda shop: shop.judge.response_body_should_be(
            {"a": "1", "b": 1, "c": 1, "d": "null", "e": None, "f": False, "g": {}, "h": "1.5"}
        ),
    ),
    "many_differences": (
        {"body": {f"field_{number}": number for number in range(30)}},
        lambda shop: shop.judge.response_body_should_be({}),
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_unusual_answers_are_told_as_they_are(case: str, api: Api, golden: Callable[[str, str], None]) -> None:
    """What is no JSON, empty, long or of another type is judged without a crash."""
    options, judge = ANSWERS[case]
    api.answers(**options)
    api.get(params={"page": "1", "access_token": "geheim-17"})

    with pytest.raises(CheckFailed) as raised:
        judge(api)

    assert "geheim" not in str(raised.value)
    golden(f"responses/{case}", api.text(str(raised.value)))


MISTAKES: dict[str, Callable[[Api], Any]] = {
    "mistake_path": lambda shop: shop.judge.response_field_should_be("$.lines[", "1"),
    "mistake_path_empty": lambda shop: shop.judge.response_field_should_be("", "1"),
    "mistake_path_operator": lambda shop: shop.judge.response_field_should_be("$.customer.`sorted`[0].`sub(/a/)`", "1"),
    "mistake_ignored_path": lambda shop: shop.judge.response_body_should_be(ORDER, ignore="id, lines[["),
    "mistake_pattern": lambda shop: shop.judge.response_field_should_match("$.status", "[a-z"),
    "mistake_expected_json": lambda shop: shop.judge.response_body_should_be('{"id": 11,}'),
    "mistake_schema_missing": lambda shop: shop.judge.response_should_match_schema(Path("ordr.json")),
    "mistake_schema_not_json": lambda shop: shop.judge.response_should_match_schema(Path("broken.json")),
    "mistake_schema_wrong": lambda shop: shop.judge.response_should_match_schema(Path("wrong.json")),
    "mistake_schema_given": lambda shop: shop.judge.response_should_match_schema({"type": "objekt"}),
    "mistake_schema_reference": lambda shop: shop.judge.response_should_match_schema({"$ref": "#/$defs/order"}),
    "mistake_schema_network": lambda shop: shop.judge.response_should_match_schema(
        {"$ref": "https://example.com/order.json"}
    ),
    "mistake_response": lambda shop: shop.judge.response_status_should_be(200, response=ORDER),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_of_the_test_is_no_failure_of_the_system(
    case: str, shop: Api, golden: Callable[[str, str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path, a pattern or a file that is wrong is told with what is right."""
    monkeypatch.chdir(tmp_path)
    Path("order.json").write_text("{}")
    Path("broken.json").write_text('{\n  "type": "object",\n}')
    Path("wrong.json").write_text('{\n  "properties": {\n    "id": {"type": "strnig"}\n  }\n}')

    with pytest.raises(IntegrationError) as raised:
        MISTAKES[case](shop)

    assert not isinstance(raised.value, CheckFailed)
    assert "\N{REPLACEMENT CHARACTER}" not in str(raised.value)
    assert "geheim" not in str(raised.value)
    golden(f"responses/{case}", str(raised.value).replace(str(tmp_path), "/suites"))


def test_a_body_may_be_a_text_in_json(api: Api) -> None:
    """It is compared by its value, and one that is no JSON as it is."""
    api.answers('"ready"', content_type="application/json")
    api.get()

    api.judge.response_body_should_be("ready")
    api.answers("ready", content_type="text/plain")
    api.get()
    api.judge.response_body_should_be("ready")


def test_without_a_request_there_is_nothing_to_judge(api: Api, golden: Callable[[str, str], None]) -> None:
    """The text says how to come by a response."""
    with pytest.raises(IntegrationError) as raised:
        api.judge.response_status_should_be(200)

    golden("responses/no_response", str(raised.value))


def test_a_response_of_an_earlier_test_is_not_judged(api: Api, golden: Callable[[str, str], None]) -> None:
    """A test that asks nothing does not pass on what another test was answered."""
    api.answers(ORDER)
    moment = api.recorder.mark()
    api.get("/orders?token=geheim-17")
    api.recorder.return_to(moment)

    with pytest.raises(IntegrationError) as raised:
        api.judge.response_status_should_be(200)

    golden("responses/no_response_in_this_test", str(raised.value))


def test_a_response_of_before_the_test_is_judged_again(api: Api) -> None:
    """What the suite's setup was answered can be judged in every test."""
    api.answers(ORDER)
    api.get()
    moment = api.recorder.mark()
    api.answers({}, status=404)
    api.get()
    api.recorder.return_to(moment)

    api.judge.response_status_should_be(200)


def test_the_given_response_is_judged_and_not_the_last(api: Api) -> None:
    """An older 404 is not taken for the 200 that came later, nor the other way round."""
    api.answers({}, status=404)
    refused = api.get()
    api.answers(ORDER)
    accepted = api.get()

    with pytest.raises(CheckFailed, match="was 404, not 200"):
        api.judge.response_status_should_be(200, response=refused)
    with pytest.raises(CheckFailed, match="Response has no field"):
        api.judge.response_field_should_exist("$.id", response=refused)
    api.judge.response_status_should_be(200)
    api.judge.response_status_should_be(200, response=accepted)
    api.judge.response_status_should_be(404, response=refused)


def test_fields_are_read_with_their_types(shop: Api) -> None:
    """A path to one place gives its value, any other a list."""
    assert shop.judge.get_response_field("$.id") == 11
    assert shop.judge.get_response_field("$.lines[*].sku") == ["TEA-01", "MUG-01"]
    assert shop.judge.get_response_field("$.token") == "geheim-17"


def test_a_request_that_was_not_answered_is_told(
    open_api: Callable[[str], Api], golden: Callable[[str, str], None]
) -> None:
    """After a refused connection no judgement takes an older response for the answer."""
    api = open_api("http://127.0.0.1:9")  # the discard port (RFC 863), which nothing listens on
    with pytest.raises(OSError, match="refused"):
        api.get("/orders?token=geheim-17")

    with pytest.raises(CheckFailed) as raised:
        api.judge.response_status_should_be(200)

    golden("responses/no_answer", str(raised.value))
