"""References are found and replaced wherever they stand in a value."""

from __future__ import annotations

from typing import Any

import pytest

from IntegrationLibrary.seeding.references import Reference, find_references, resolve


def looked_up(reference: Reference) -> Any:
    """Return something that tells which reference it stands for."""
    return {"id": 7, "name": "Tea"}[reference.column]


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ("${products.tea.id}", 7),
        ("no. ${products.tea.id}: ${products.tea.name}", "no. 7: Tea"),
        ({"ids": ["${products.tea.id}", 8]}, {"ids": [7, 8]}),
        ("$${products.tea.id}", "${products.tea.id}"),
        ("costs 5$ {really}", "costs 5$ {really}"),
        (None, None),
        (12.5, 12.5),
    ],
)
def test_references_are_replaced(value: Any, resolved: Any) -> None:
    """A text that is nothing but a reference becomes what it refers to; inside a text it becomes text."""
    assert resolve(value, looked_up) == resolved


def test_a_table_may_have_a_schema() -> None:
    """The last two parts are row and column, the rest is the table."""
    assert list(find_references(["${sales.products.tea.id}"])) == [
        Reference("${sales.products.tea.id}", "sales.products", "tea", "id")
    ]


def test_what_is_not_three_parts_is_a_reference_to_nothing() -> None:
    """It is found all the same, so that it can be refused."""
    assert list(find_references("${HOME}")) == [Reference("${HOME}", "", "", "")]
