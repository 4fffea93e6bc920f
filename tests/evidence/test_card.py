"""The card shows what a test did, and nothing in it can run."""

from __future__ import annotations

from IntegrationLibrary.evidence.card import card, summary
from IntegrationLibrary.evidence.record import Evidence
from IntegrationLibrary.isolation.strategy import RowChange

SCRIPT = "<script>alert(1)</script>"


def evidence() -> Evidence:
    """Evidence with a script planted wherever a service may put one."""
    row = {"name": SCRIPT, "password": "geheim", "notes": None}
    return Evidence(
        test=SCRIPT,
        status="FAIL",
        seconds=0.5,
        exchanges=[],
        changes=[RowChange(SCRIPT, "added", None, row), RowChange("t", "changed", row, {**row, "name": "new"})],
        counts={"orders": "+1"},
        mock_hits=[{"mock": "m", "method": "GET", "path": SCRIPT, "status": 200, "rule": SCRIPT}],
        service_logs={"shop": [SCRIPT, "postgresql://u:geheim@host/db"]},
        rollback="shop: rolled back in 2 ms",
    )


def test_planted_scripts_are_escaped() -> None:
    """No tag of a row, a path or a log line is left."""
    html = card(evidence())

    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_secrets_are_masked() -> None:
    """Values of secret columns and passwords in URLs are not shown."""
    assert "geheim" not in card(evidence())


def test_changed_cells_show_both_values() -> None:
    """Old and new value stand side by side."""
    assert "→ <b>new</b>" in card(evidence())


def test_a_passed_test_has_one_line() -> None:
    """The summary counts."""
    line = summary(evidence())

    assert "orders +1 · 1 mock hit · shop: rolled back in 2 ms" in line
    assert "\n" not in line
