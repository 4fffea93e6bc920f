"""Probe `log` reads what a service printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.probes.log import LogProbe
from IntegrationLibrary.probes.probe import Target


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"boot\nListening on 8080\nready\n", Answer.ready("Listening on 8080")),
        (b"\xff\xfe\x00\nListening on \xff\n", Answer.ready("Listening on \ufffd")),
        (b"boot\nloading\n", Answer.not_yet("no such line, the last of 2 is: loading")),
        (b"", Answer.not_yet("no line yet")),
    ],
    ids=["there", "binary", "not yet", "empty"],
)
def test_a_line_that_matches_is_ready(tmp_path: Path, content: bytes, expected: Answer) -> None:
    """Bytes that are no text do no harm."""
    log = tmp_path / "shop.log"
    log.write_bytes(content)

    assert LogProbe("^Listening on", Target(log=log)).ask() == expected


def test_a_log_that_is_not_there_yet_has_no_line(tmp_path: Path) -> None:
    """Nor has a service without one."""
    assert LogProbe("x", Target(log=tmp_path / "none.log")).ask() == Answer.not_yet("no line yet")
    assert LogProbe("x", Target()).ask() == Answer.not_yet("no line yet")


def test_what_is_no_regular_expression_is_refused() -> None:
    """It is told when the probe is made, with the reason."""
    with pytest.raises(IntegrationError, match="is no regular expression") as raised:
        LogProbe("(started", Target())

    assert raised.value.seen == "missing ), unterminated subpattern at position 0"
