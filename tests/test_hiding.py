"""A masked failure is the same failure to Robot."""

from __future__ import annotations

import pytest

from IntegrationLibrary.hiding import Masked

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
