"""Variables in texts are replaced as Compose replaces them."""

from __future__ import annotations

import logging

import pytest

from IntegrationLibrary.environments.compose.interpolation import InterpolationError, Variables, interpolated

SET = {"NAME": "ada", "EMPTY": "", "_x1": "one"}
TEXTS = {
    "nothing": "nothing",
    "$NAME": "ada",
    "${NAME}": "ada",
    "$NAME-${NAME}s": "ada-adas",
    "$_x1": "one",
    "$NAME.$NAME": "ada.ada",
    "$UNSET|${UNSET}|": "||",
    "${UNSET:-other}": "other",
    "${EMPTY:-other}": "other",
    "${NAME:-other}": "ada",
    "${UNSET-other}": "other",
    "${EMPTY-other}": "",
    "${NAME-other}": "ada",
    "${UNSET:-}": "",
    "${UNSET:+other}": "",
    "${EMPTY:+other}": "",
    "${NAME:+other}": "other",
    "${UNSET+other}": "",
    "${EMPTY+other}": "other",
    "${NAME?must be set}": "ada",
    "${EMPTY?must be set}": "",
    "${NAME:?must be set}": "ada",
    "${UNSET:-${NAME}}": "ada",
    "${UNSET:-${EMPTY:-$NAME}}!": "ada!",
    "${UNSET-a ${NAME} b ${NAME}}": "a ada b ada",
    '${UNSET:-{"a": {}}}': '{"a": {}}',
    "${UNSET:-a-b:c?d+e}": "a-b:c?d+e",
    "${UNSET:-$$5}": "$5",
    "$$NAME": "$NAME",
    "$${NAME}": "${NAME}",
    "$$$NAME": "$ada",
    "$$$$": "$$",
    "5 $ or $5 or $": "5 $ or $5 or $",
    "${NAME}}": "ada}",
}
MISTAKES = {
    "${UNSET?say $NAME}": ("Variable 'UNSET' must be set and is not.", "say ada"),
    "${EMPTY:?}": ("Variable 'EMPTY' must be set and is not.", None),
    "a ${NAME": ("'${NAME' begins a variable and does not end it.", None),
    "${}": ("'${}' is no variable that Compose files may name.", "${VAR}, or with"),
    "${NAME/a/b}": ("'${NAME/a/b}' is no variable that Compose files may name.", "${VAR}, or with"),
    "${5}": ("'${5}' is no variable that Compose files may name.", "${VAR}, or with"),
    "${UNSET:-${}}": ("'${}' is no variable that Compose files may name.", "${VAR}, or with"),
}


@pytest.mark.parametrize("text", TEXTS)
def test_variables_are_replaced(text: str) -> None:
    """Also in defaults, and in defaults of defaults."""
    assert interpolated(text, SET.get) == TEXTS[text]


@pytest.mark.parametrize("text", MISTAKES)
def test_what_cannot_be_replaced_is_refused(text: str) -> None:
    """With the words of the file's author, where there are any."""
    headline, expected = MISTAKES[text]

    with pytest.raises(InterpolationError) as raised:
        interpolated(text, SET.get)

    assert raised.value.headline == headline
    assert (raised.value.expected or "").startswith(expected or "")
    assert bool(raised.value.expected) is bool(expected)


def test_a_default_that_is_not_used_asks_for_nothing() -> None:
    """What must be set in it need not be."""
    assert interpolated("${NAME:-${UNSET:?}}${UNSET:+${UNSET:?}}", SET.get) == "ada"


def test_one_that_is_not_set_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """It stands for nothing, as Compose has it; once is enough."""
    with caplog.at_level(logging.WARNING):
        interpolated("$NAME ${NOWHERE} ${OTHER:-x} $NOWHERE", SET.get)

    assert [record.getMessage() for record in caplog.records] == [
        "Variable 'NOWHERE', which a Compose file names, is not set: it stands for an empty text."
    ]


def test_the_operating_system_counts_more_than_the_file() -> None:
    """And every name that was asked for is known, whether it is set or not."""
    variables = Variables({"A": "system", "B": ""}, {"A": "file", "B": "file", "C": "file"})

    assert interpolated("$A ${B} $C ${D-none}", variables.get) == "system  file none"
    assert variables.named == {"A", "B", "C", "D"}
