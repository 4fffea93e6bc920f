"""References of an environment file are found and replaced wherever they stand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from IntegrationLibrary.environments.references import Reference, find_references, resolve

_FIELDS = {"postgres": {"shop.url": "postgresql://127.0.0.1:5/shop"}, "shop": {"port": "8080"}}


def test_references_are_found_with_the_path_of_their_value() -> None:
    """A reference is found in mappings, lists and the middle of texts, in the order of the file."""
    found = find_references({"command": ["run", "--port=${shop.port}"], "environment": {"URL": "${postgres.shop.url}"}})

    assert found == [
        Reference("${shop.port}", ("command", 1), "shop", "port"),
        Reference("${postgres.shop.url}", ("environment", "URL"), "postgres", "shop.url"),
    ]


def test_one_text_may_hold_several_references() -> None:
    """All references of one text are found."""
    found = find_references("http://${shop.host}:${shop.port}/")

    assert [each.field for each in found] == ["host", "port"]


@pytest.mark.parametrize(
    ("text", "name", "default"),
    [
        ("${env.HOME}", "HOME", None),
        ("${env.HOME:}", "HOME", ""),
        ("${env.URL:http://127.0.0.1:80}", "URL", "http://127.0.0.1:80"),
    ],
)
def test_a_variable_may_have_a_default(text: str, name: str, default: str | None) -> None:
    """What stands behind the first colon is the default, an empty one too."""
    [found] = find_references(text)

    assert found.is_variable
    assert (found.field, found.default) == (name, default)


@pytest.mark.parametrize("text", ["${shop}", "${}", "${.port}", "${shop.}", "a ${shop.port", "${a${b.c"])
def test_what_is_no_reference_is_found_without_a_service(text: str) -> None:
    """A `${` that begins none of the three forms is found, so that it can be refused."""
    assert find_references(text)[0].service == ""


@pytest.mark.parametrize("value", ["$${shop.port}", "$HOME", "{shop.port}", 5, None, True])
def test_other_values_hold_no_reference(value: Any) -> None:
    """An escaped reference, a lone dollar and values that are no texts are left alone."""
    assert find_references(value) == []


def test_references_are_replaced_at_every_depth() -> None:
    """Mappings and lists keep their shape, other values their type."""
    value = {"command": ["--port", "${shop.port}"], "environment": {"URL": "${postgres.shop.url}", "N": 3}}

    resolved = resolve(value, _FIELDS, {})

    assert resolved == {
        "command": ["--port", "8080"],
        "environment": {"URL": "postgresql://127.0.0.1:5/shop", "N": 3},
    }


def test_the_value_that_is_resolved_stays_as_it_was() -> None:
    """Resolving twice, for two workers, begins with the same text."""
    value = {"command": ["${shop.port}"]}

    resolve(value, _FIELDS, {})

    assert value == {"command": ["${shop.port}"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${env.STAGE}", "test"),
        ("${env.STAGE:local}", "test"),
        ("${env.REGION:local}", "local"),
        ("${env.REGION:}", ""),
        ("${env.REGION}", "${env.REGION}"),
        ("${shop.url}", "${shop.url}"),
        ("${other.url}", "${other.url}"),
        ("$${shop.port}", "${shop.port}"),
        ("$${shop.port} ${shop.port}", "${shop.port} 8080"),
        ("${shop", "${shop"),
    ],
)
def test_a_text_is_resolved(text: str, expected: str) -> None:
    """Variables, defaults and escapes are replaced; what has no value yet stays."""
    assert resolve(text, _FIELDS, {"STAGE": "test"}) == expected


def test_a_value_that_looks_like_a_reference_is_not_resolved_again() -> None:
    """The text that a reference stands for is taken as it is."""
    assert resolve("${env.A}", _FIELDS, {"A": "${shop.port}"}) == "${shop.port}"


@given(st.text())
def test_any_text_survives_when_its_references_are_escaped(text: str) -> None:
    """Writing `$${` for every `${` gives the text back."""
    assert resolve(text.replace("${", "$${"), _FIELDS, {}) == text
