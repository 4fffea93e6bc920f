"""The page of the guarantee says what the tests prove: its lists are made from the cases and the strategies."""

from __future__ import annotations

import os
import re
from itertools import groupby
from pathlib import Path

import pytest
from fixtures.cases import CASES, Case

import IntegrationLibrary
from IntegrationLibrary.isolation.strategy import promises_table

PAGE = Path(str(IntegrationLibrary.__file__)).parent / "isolation" / "GUARANTEE.md"


def cases() -> str:
    """Every case with what it says of itself, by the step of its rollback."""
    steps = ("rolled back", "tables restored", "cloned anew")
    read = [(file.stem.replace("_", " "), Case.read(file)) for file in CASES]
    lines = []
    for step, found in groupby(sorted(read, key=lambda each: steps.index(each[1].step)), lambda each: each[1].step):
        lines += [f"`{step}`:", "", *(f"- **{name}**: {case.comment}" for name, case in found), ""]
    return "\n".join(lines).rstrip()


@pytest.mark.parametrize("name", ["cases", "strategies"])
def test_a_list_is_what_the_tests_prove(name: str) -> None:
    """A case that is added stands on the page; UPDATE_GOLDEN=1 writes it there."""
    made = f"<!-- {name} -->\n\n{cases() if name == 'cases' else promises_table()}\n\n<!-- end -->"
    text = PAGE.read_text(encoding="utf-8")
    if os.environ.get("UPDATE_GOLDEN"):
        text = re.sub(f"<!-- {name} -->.*?<!-- end -->", lambda _: made, text, flags=re.DOTALL)
        PAGE.write_text(text, encoding="utf-8")

    assert made in text
