"""A masked failure is the same failure to Robot."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from robot.result import (
    Break,
    Continue,
    For,
    ForIteration,
    Group,
    If,
    IfBranch,
    Keyword,
    Return,
    Try,
    TryBranch,
    Var,
    While,
    WhileIteration,
)

from IntegrationLibrary.hiding import Masked, hide_in_item

ORIGINAL, HIDDEN = "token=geheim is refused", "token=*** is refused"


@pytest.mark.parametrize("same", [ORIGINAL, HIDDEN])
def test_it_equals_both_texts(same: str) -> None:
    """Robot asks whether a listener has changed it, and raises another failure if so."""
    masked = Masked.of(ORIGINAL, HIDDEN)

    assert ("FAIL", same) == ("FAIL", masked)
    assert (("FAIL", same) != ("FAIL", masked)) is False
    assert masked == same
    assert str(masked) == HIDDEN


def test_it_equals_no_other() -> None:
    """Other changes are changes."""
    masked = Masked.of(ORIGINAL, HIDDEN)

    assert masked != "another"
    assert (masked == "another") is False


@pytest.mark.parametrize(
    "item",
    [
        Break(),
        Continue(),
        For(assign=["${token}"], values=["geheim"]),
        ForIteration(assign={"${token}": "geheim"}),
        Group("A step"),
        If(),
        IfBranch(condition="$ready"),
        Keyword("Log", args=["token=geheim"]),
        Return(values=["token=geheim"]),
        Try(),
        TryBranch(),
        Var("${token}", ["geheim"]),
        While(condition="$waiting"),
        WhileIteration(),
    ],
    ids=lambda item: type(item).__name__,
)
def test_every_item_of_a_body_is_masked_without_a_warning(item: Any) -> None:
    """Robot warns on the console whoever asks an item for what only keywords have."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hide_in_item(item)

        shown = str(item.to_dict())

    assert "geheim" not in shown
