"""Only databases that are named as test databases may be changed, whatever their URLs look like."""

from __future__ import annotations

import pytest

from IntegrationLibrary.databases.safety import why_refused

REFUSED = {
    "postgresql://h/shop": "'shop' is not named under test_databases (shop_test)",
    "postgresql://prod.example.com/shop_test": "its host 'prod.example.com' looks like production ('prod')",
    "postgresql://h/shop_live": "its database 'shop_live' looks like production ('live')",
    "postgresql://h/shop_test?dbname=shop": "its part after the ? names dbname a second time",
    "postgresql://h/shop_test?host=prod&sslmode=require": "its part after the ? names host a second time",
}


@pytest.mark.parametrize("url", REFUSED)
def test_a_database_is_refused_with_the_reason(url: str) -> None:
    """Tests would roll it back or empty it."""
    assert why_refused(url, ["shop_test"]) == REFUSED[url]


@pytest.mark.parametrize(
    "url", ["postgresql://h/shop_test", "postgresql://delivery.example.com:1/shop_test?sslmode=require"]
)
def test_a_test_database_is_not_refused(url: str) -> None:
    """Its name is on the list; a part of a word is no word."""
    assert why_refused(url, ["shop_test"]) is None
