"""What changed in a database is compared with words such as `+1 ~2`."""

from __future__ import annotations

import pytest

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.checks.changes import Counts, change_differences, read_counts


@pytest.mark.parametrize(
    ("words", "counts"),
    [
        ("+1", Counts(added=1)),
        ("~2", Counts(changed=2)),
        ("-3", Counts(removed=3)),
        (" +1   ~2 -3 ", Counts(1, 2, 3)),
        ("-1, +1", Counts(added=1, removed=1)),
        ("+0", Counts()),
        ("0", Counts()),
        ("any", None),
        (" any ", None),
    ],
)
def test_words_say_how_many_rows_changed(words: str, counts: Counts | None) -> None:
    """In any order, with blanks or commas."""
    assert read_counts("orders", words) == counts


@pytest.mark.parametrize("words", ["", "1", "+", "+1+2", "+1 +1", "++1", "+-1", "1+", "1.5", "ANY", "+1 any"])
def test_other_words_are_refused(words: str) -> None:
    """With the words that there are."""
    with pytest.raises(IntegrationError, match="does not say how table 'orders' changes"):
        read_counts("orders", words)


def test_counts_read_as_they_are_written() -> None:
    """What a failure prints can be pasted into the test."""
    assert str(Counts(1, 2, 3)) == "+1 ~2 -3"
    assert str(Counts()) == "unchanged"
    assert str(Counts().plus("added").plus("added").plus("removed")) == "+2 -1"
    assert read_counts("orders", str(Counts(1, 0, 3))) == Counts(1, 0, 3)


def test_tables_that_are_not_named_must_be_unchanged() -> None:
    """Those that are named come first, in the test's order."""
    differences = change_differences(
        {"stock": "~1", "notes": "any", "orders": "+1", "order_line": "+1"},
        {"orders": Counts(added=1), "stock": Counts(changed=2), "notes": Counts(9, 9, 9), "order_lines": Counts(1)},
    )

    assert [str(each) for each in differences] == [
        "stock: ~2, not ~1",
        "order_line: unchanged; did you mean 'order_lines'?, not +1",
        "order_lines: +1, not unchanged",
    ]
    assert change_differences({"orders": "0"}, {}) == []
    assert change_differences({}, {"orders": Counts()}) == []
