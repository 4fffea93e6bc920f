"""What is wrong with the keys of a database is told with its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from IntegrationLibrary.base.errors import ConfigurationError
from IntegrationLibrary.environments.loader import load_environment

KEYS = {
    "unknown_words_for_exactness": "sequences: reset\n        verify: true",
    "exactness_of_another_isolation": "isolation: truncate\n        sequences: keep\n        verify: always",
}


@pytest.mark.parametrize("case", KEYS)
def test_wrong_words_are_told(case: str, tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    """The words that fit are named; one that would do nothing is none of them."""
    file = tmp_path / "shop.yaml"
    keys = f"services:\n  postgres:\n    type: postgres\n    databases:\n      shop:\n        {KEYS[case]}\n"
    file.write_text(f"environment: shop\n{keys}", encoding="utf-8")

    with pytest.raises(ConfigurationError) as failure:
        load_environment(file)
    golden(f"services/{case}", str(failure.value).replace(str(tmp_path), ""))


def test_the_usual_words_fit_every_isolation(tmp_path: Path) -> None:
    """They say no more than what is so."""
    file = tmp_path / "shop.yaml"
    keys = "databases: {shop: {isolation: none, sequences: auto, verify: never}}"
    file.write_text(f"environment: shop\nservices: {{postgres: {{type: postgres, {keys}}}}}\n", encoding="utf-8")

    assert list(load_environment(file).services) == ["postgres"]
