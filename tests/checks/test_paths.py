"""JSONPaths select values and know where these stand."""

from __future__ import annotations

from typing import Any

import pytest

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.checks.paths import fields_near, replaced, select, selects_one

ORDER = {
    "id": 11,
    "lines": [{"sku": "TEA-01", "quantity": 2}, {"sku": "MUG-01", "quantity": 1}],
    "customer": {"name": "Ada", "first name": "Ada", "token": "geheim", "tags": []},
    "note": None,
    "nothing": {},
}


@pytest.mark.parametrize(
    ("path", "values", "is_one"),
    [
        ("$", [ORDER], True),
        ("$.id", [11], True),
        ("id", [11], True),
        ("$.note", [None], True),
        ("$.customer.name", ["Ada"], True),
        ("$['customer']['first name']", ["Ada"], True),
        ("$.lines[0].sku", ["TEA-01"], True),
        ("$.lines[-1].sku", ["MUG-01"], True),
        ("$.lines.`len`", [2], True),
        ("$.lines[*].sku", ["TEA-01", "MUG-01"], False),
        ("$.lines[0:1].sku", ["TEA-01"], False),
        ("$.lines[?(@.quantity > 1)].sku", ["TEA-01"], False),
        ("$..sku", ["TEA-01", "MUG-01"], False),
        ("$.customer.tags[*]", [], False),
        ("$.unknown", [], True),
        ("$.lines[7]", [], True),
    ],
)
def test_paths_select_values(path: str, values: list[Any], *, is_one: bool) -> None:
    """One that can select several gives a list, however many there are."""
    assert [each.value for each in select(ORDER, path)] == values
    assert selects_one(path) is is_one


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("$", [()]),
        ("$.lines[1].sku", [("lines", 1, "sku")]),
        ("$..quantity", [("lines", 0, "quantity"), ("lines", 1, "quantity")]),
        ("$.customer['first name']", [("customer", "first name")]),
    ],
)
def test_values_know_where_they_stand(path: str, steps: list[tuple[Any, ...]]) -> None:
    """By the names and numbers on the way to them."""
    assert [each.steps for each in select(ORDER, path)] == steps


@pytest.mark.parametrize("path", ["$.customer.token", "$..token", "$.customer[?(@.token)].token", "$.customer.*"])
def test_secrets_are_known_by_any_path(path: str) -> None:
    """The name in the document decides, not the one in the path."""
    assert "geheim" not in "".join(str(each) for each in select(ORDER, path))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("$.custmer.name", "'$' has the fields 'id', 'lines', 'customer', 'note', 'nothing'; did you mean 'customer'?"),
        ("$.customer.nam", "'$.customer' has the fields 'name', 'first name', 'token', 'tags'; did you mean 'name'?"),
        ("$.lines.sku", "did you mean '$.lines[*].sku'?"),
        ("$.lines[2]", "'$.lines' is a list of 2: "),
        ("$.note.text", "'$.note' is null"),
        ("$.nothing.at_all", "'$.nothing' has no fields"),
        ("$.customer.token.value", "'$.customer.token' is ***"),
        ("$.id.value", "'$.id' is 11"),
        ("$.customer['first name'].length", "\"$.customer['first name']\" is 'Ada'"),
        ("$..unknown", "'$' has the fields "),
        ("unknown", "'$' has the fields "),
    ],
)
def test_a_path_that_selects_nothing_is_followed_as_far_as_it_goes(path: str, words: str) -> None:
    """What is there instead is told."""
    assert words.strip('"') in fields_near(ORDER, path).replace("''", "'").replace("'\"", '"') or words.replace(
        '"', "'"
    ) in fields_near(ORDER, path)


@pytest.mark.parametrize(
    "path", ["", "$.", "$.a[", "$[?(@.a ==)]", "a b", "$.`unknown`", "$.`sub(/a/)`", "$.a.`split(`", "]", "$..", "{"]
)
def test_what_is_no_path_is_told(path: str) -> None:
    """As a mistake of the test, with an example of a path."""
    with pytest.raises(IntegrationError, match="is no JSONPath") as raised:
        select(ORDER, path)

    assert raised.value.expected == "such as $.id or $.lines[0].sku"


@pytest.mark.parametrize("path", ["$.lines.`sorted`", "$.lines[?(@.sku =~ '[')]"])
def test_a_path_that_cannot_be_applied_is_told(path: str) -> None:
    """As a mistake of the test: objects have no order, and the pattern is none."""
    with pytest.raises(IntegrationError, match="cannot be applied"):
        select(ORDER, path)


@pytest.mark.parametrize("path", ["$.lines[?(@.sku > 3)]", "$.id.`len`", "$.id + $.note", "$.lines[*].`split(a,0,1)`"])
def test_what_has_another_type_is_not_selected(path: str) -> None:
    """Comparing texts with numbers is no crash of the library."""
    assert select(ORDER, path) == []


def test_values_are_put_where_a_path_leads() -> None:
    """And nowhere else; nothing is made that was not there."""
    document = {"a": [{"b": 1}, {"c": 2}], "d": 3}

    assert replaced(document, "a[*].b", 0) == {"a": [{"b": 0}, {"c": 2}], "d": 3}
    assert replaced(document, "$.x.y", 0) == {"a": [{"b": 0}, {"c": 2}], "d": 3}
    assert replaced(document, "$", 0) == 0
