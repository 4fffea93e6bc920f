"""Two JSON values are compared place by place, and every difference is told."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.checks.bodies import body_differences
from IntegrationLibrary.checks.differences import Difference, as_lines

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)
NAN = float("nan")
SIMILAR = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 0.0, 1.0, NAN, "", "1", "true", "null"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)


def told(expected: Any, seen: Any, **options: Any) -> list[str]:
    """Return the differences as they stand in a failure."""
    return [str(each) for each in body_differences(expected, seen, **options)]


@pytest.mark.parametrize(
    ("expected", "seen"),
    [
        (1, 1.0),
        (0, -0.0),
        (10**20, 1e20),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ([], []),
        (NAN, NAN),
        ((1, 2), [1, 2]),
        ("", ""),
    ],
)
def test_these_are_equal(expected: object, seen: object) -> None:
    """JSON has one kind of number, and the order of keys says nothing."""
    assert told(expected, seen) == []
    assert told(seen, expected) == []


@pytest.mark.parametrize(
    ("expected", "seen", "words"),
    [
        (1, True, "$: true (bool), not 1 (int)"),
        (0, False, "$: false (bool), not 0 (int)"),
        (1, "1", "$: '1' (str), not 1 (int)"),
        (1.5, "1.5", "$: '1.5' (str), not 1.5 (float)"),
        ("true", True, "$: true (bool), not 'true' (str)"),
        ("null", None, "$: null (null), not 'null' (str)"),
        ("None", None, "$: null, not 'None'"),
        (None, 0, "$: 0, not null"),
        ("", None, "$: null, not ''"),
        ([], {}, "$: {}, not []"),
        ([], None, "$: null, not []"),
        ([1], 1, "$: 1, not [1]"),
        ({"a": 1}, [1], '$: [1], not {"a": 1}'),
        (1, NAN, "$: nan, not 1"),
        (10**20, 10**20 + 1, f"$: {10**20 + 1}, not {10**20}"),
        ("caf\u00e9", "cafe\u0301", r"$: 'cafe\u0301', not 'caf\xe9'"),
        ("a b", "a\u00a0b", r"$: 'a\xa0b', not 'a b'"),
        ("a", "a\n", r"$: 'a\n', not 'a'"),
    ],
)
def test_these_differ(expected: object, seen: object, words: str) -> None:
    """Nothing equals what has another type; the type is told where nothing else tells them apart."""
    assert told(expected, seen) == [words]
    assert told({"x": [expected]}, {"x": [seen]}) == [words.replace("$", "$.x[0]", 1)]


def test_every_place_is_told_by_its_path() -> None:
    """Nested objects, lists, keys that are missing, extra, misspelt or no plain words."""
    expected = {"a": {"b": [1, {"c": 2}]}, "status": "paid", "x y": 1, "": 1, "list": [1, 2, 3], "short": [1]}
    seen = {"a": {"b": [0, {"c": 3}]}, "statsu": "paid", "x y": 2, "": 2, "list": [1], "short": [1, 2]}

    assert told(expected, seen) == [
        "$.a.b[0]: 0, not 1",
        "$.a.b[1].c: 3, not 2",
        "$.status: missing, expected 'paid'; did you mean 'statsu'?",
        "$['x y']: 2, not 1",
        "$['']: 2, not 1",
        "$.list[1]: missing, expected 2",
        "$.list[2]: missing, expected 3",
        "$.short[1]: 2, not expected at all",
        "$.statsu: 'paid', not expected at all",
    ]


def test_a_part_is_looked_at_alone() -> None:
    """Partial comparison leaves other keys out at every depth; lists stay as long as each other."""
    expected = {"a": {"b": 1}, "lines": [{"sku": "x"}]}

    assert told(expected, {"a": {"b": 1, "c": 2}, "lines": [{"sku": "x", "id": 1}], "d": 3}, partial=True) == []
    assert told(expected, {"a": {}, "lines": [{"sku": "x"}, {}]}, partial=True) == [
        "$.a.b: missing, expected 1",
        "$.lines[1]: {}, not expected at all",
    ]


@pytest.mark.parametrize(
    ("ignored", "seen"),
    [
        (["id"], {"id": 2, "lines": [{"id": 1, "sku": "x"}], "meta": {"at": 1}}),
        (["$.id"], {"lines": [{"id": 1, "sku": "x"}], "meta": {"at": 1}}),
        (["lines[*].id"], {"id": 1, "lines": [{"sku": "x"}], "meta": {"at": 1}}),
        (["lines[0]"], {"id": 1, "lines": ["another"], "meta": {"at": 1}}),
        (["lines"], {"id": 1, "meta": {"at": 1}}),
        (["$..id"], {"id": 2, "lines": [{"id": 3, "sku": "x"}], "meta": {"at": 1, "id": 4}}),
        (["meta.*", "new"], {"id": 1, "lines": [{"id": 1, "sku": "x"}], "meta": {"at": 2, "by": 3}, "new": 1}),
        (["$"], None),
    ],
)
def test_what_is_ignored_may_be_anything_or_nothing(ignored: list[str], seen: object) -> None:
    """Paths select in what is expected and in what is seen."""
    expected = {"id": 1, "lines": [{"id": 1, "sku": "x"}], "meta": {"at": 1}}

    assert told(expected, seen, ignored=ignored) == []


def test_ignoring_one_place_hides_no_other() -> None:
    """The next difference is told."""
    assert told({"id": 1, "a": 1}, {"id": 2, "a": 2}, ignored=["id"]) == ["$.a: 2, not 1"]
    assert told({"lines": [{"id": 1}]}, {"lines": []}, ignored=["lines[*].id"]) == [
        '$.lines[0]: missing, expected {"id": "(ignored)"}'
    ]


def test_a_wrong_path_is_told() -> None:
    """It could ignore nothing, silently."""
    with pytest.raises(IntegrationError, match="'lines\\[' is no JSONPath"):
        body_differences({}, {}, ignored=["lines["])


def test_secrets_are_not_told() -> None:
    """Where they differ, are missing, extra or deep in a secret object; that there is none is told."""
    expected = {"token": "geheim-1", "password": "geheim-2", "credentials": {"user": "geheim-3", "pin": "geheim-4"}}
    seen = {"token": "geheim-5", "api_key": "geheim-6", "credentials": {"user": "geheim-7", "more": "geheim-8"}}
    words = told(expected, seen)

    assert "geheim" not in "".join(words)
    assert words == [
        "$.token: another value; it is a secret and not shown",
        "$.password: missing, expected ***",
        "$.credentials.user: another value; it is a secret and not shown",
        "$.credentials.pin: missing, expected ***",
        "$.credentials.more: ***, not expected at all",
        "$.api_key: ***, not expected at all",
    ]
    assert told({"token": "geheim-1"}, {"token": None}) == ["$.token: null, not ***"]
    assert told({"token": ""}, {"token": "geheim-1"}) == ["$.token: ***, not ''"]


def test_secrets_within_texts_are_not_told() -> None:
    """Also where the texts are long and only the part that differs is shown."""
    expected, seen = f"{'x' * 200} token=geheim-1", f"{'x' * 200} token=geheim-2"

    assert told(expected, seen) == ["$: another value; it is a secret and not shown"]
    assert "geheim" not in told(expected, f"{seen} and more")[0]


@given(VALUES)
def test_every_value_equals_itself(value: object) -> None:
    """Whatever JSON can hold."""
    assert told(value, copy.deepcopy(value)) == []
    assert told(value, json.loads(json.dumps(value))) == []


@given(SIMILAR, SIMILAR)
def test_two_values_differ_unless_they_are_the_same_json(one: object, other: object) -> None:
    """In both directions, as an oracle says that knows JSON's types and nothing of differences."""
    is_same = meaning(one) == meaning(other)

    assert bool(told(one, other)) is not is_same
    assert bool(told(other, one)) is not is_same


def meaning(value: Any) -> Any:
    """Return what a value means in JSON, in a form that Python's own equality judges rightly."""
    if isinstance(value, dict):
        return "object", {key: meaning(item) for key, item in value.items()}
    if isinstance(value, list):
        return "list", [meaning(item) for item in value]
    if isinstance(value, float) and value != value:  # noqa: PLR0124 only NaN differs from itself
        return "number", "NaN"
    kind = "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    return kind, value


@given(VALUES, VALUES)
def test_a_comparison_changes_nothing(one: object, other: object) -> None:
    """Ignored places are marked in copies."""
    before = copy.deepcopy((one, other))
    body_differences(one, other, ignored=["$.*", "$..a"])

    assert (one, other) == before


def test_many_differences_are_cut() -> None:
    """A failure stays short, and tells how many it leaves out."""
    lines = as_lines(Difference(f"$[{number}]", "1", "2") for number in range(14)).splitlines()

    assert len(lines) == 11
    assert lines[-1] == "and 4 more"
