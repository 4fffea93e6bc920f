"""Masks secrets in everything that Robot writes: messages, failures, arguments, variables, documentation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from robot.result import For, ForIteration, Keyword, Return, Var

from IntegrationLibrary.base.redaction import MASK, is_secret_name, mask_known, mask_text, may_hold_secret

_VARIABLE = re.compile(r"[$@&%]\{[^{}]*\}(\[[^\[\]]*\])*\Z")
_NAMED = re.compile(r"(?P<name>[\w.$-]+)=(?P<value>.*)\Z", re.DOTALL)
_SETS_VARIABLES = re.compile(r"Set .*Variable\Z")
_LONGEST = 1_000_000
_OF_DATABASE_LIBRARY = ("Executing sql:<br><code", '<div style="max-width: 100%; overflow-x: auto;')
_NOT_ITS_TAG = re.compile(
    r"<(?!/?(?:div|table|caption|tr|th|td|p|br|code)(?: (?:scope|style)=\"(?:(?!url\()[^\"<>])*\"){0,2}>)"
)


class Masked(str):
    """A masked failure that counts as equal to the one that it was made of.

    Robot takes a changed message for another failure and raises that: TRY and 'Run Keyword And Expect Error' would no
    longer see what they look for.
    """

    __slots__ = ("_original",)
    _original: str

    @classmethod
    def of(cls, original: str, masked: str) -> Masked:
        """Return the masked text of the original one."""
        made = cls(masked)
        made._original = original
        return made

    def __eq__(self, other: object) -> bool:
        return other == self._original or str.__eq__(self, other) is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def hide_in_message(message: Any, *, is_ours: bool) -> None:
    """Mask a log message; one of ours is masked already, and is HTML.

    DatabaseLibrary logs statements and rows as HTML without escaping them: only its own tags stay tags.
    """
    text = message.message
    if message.html and text and text.startswith(_OF_DATABASE_LIBRARY):
        message.message = text = _NOT_ITS_TAG.sub("&lt;", text)
    if text and may_hold_secret(text):
        message.message = mask_known(text) if is_ours or len(text) > _LONGEST else mask_text(text)


def hide_in_item(result: Any) -> None:
    """Mask what Robot writes about a keyword or a control structure that has ended."""
    if result.message:
        result.message = _failure(result.message)
    # By class: who asks the others for what a few have gets a warning on the console.
    if isinstance(result, Var):
        hide = _unless_variable if is_secret_name(result.name) else _literal
        result.value = tuple(map(hide, result.value))
    elif isinstance(result, ForIteration):
        for name, value in result.assign.items():
            result.assign[name] = MASK if is_secret_name(name) else _hidden(value)
    elif isinstance(result, For):
        hide = _unless_variable if any(map(is_secret_name, result.assign)) else _literal
        result.values = tuple(map(hide, result.values))
    elif isinstance(result, Return):
        result.values = tuple(map(_literal, result.values))
    elif isinstance(result, Keyword) and result.args:
        result.args = tuple(_arguments(result))


def hide_in_test(result: Any) -> None:
    """Mask a test's failure, documentation and metadata."""
    if result.message:
        result.message = _hidden(result.message)
    _hide_words(result)


def hide_in_suite(result: Any) -> None:
    """Mask a suite's failure, documentation and metadata."""
    if result.message:
        result.message = _hidden(result.message)
    _hide_words(result)


def _hide_words(result: Any) -> None:
    result.doc = _hidden(result.doc)
    for name, value in list(result.metadata.items()):
        result.metadata[name] = MASK if is_secret_name(name) else _hidden(value)


def _failure(text: str) -> str:
    masked = _hidden(text)
    return text if masked == text else Masked.of(text, masked)


def _hidden(text: str) -> str:
    return mask_text(text) if may_hold_secret(text) else text


def _arguments(result: Any) -> Iterable[Any]:
    """Return the arguments as the suite has them, literal secrets masked."""
    arguments = [_literal(each) for each in result.args]
    if not _SETS_VARIABLES.match(result.name or ""):
        return arguments
    if any(is_secret_name(name) for name in result.assign):
        return map(_unless_variable, arguments)
    if is_secret_name(str(arguments[0])):
        return [arguments[0], *map(_unless_variable, arguments[1:])]
    return arguments


def _literal(value: Any) -> Any:
    """Return a value that is written in a suite; references to variables show nothing."""
    if not isinstance(value, str) or _VARIABLE.match(value):
        return value
    named = _NAMED.match(value)
    if named and is_secret_name(named["name"]):
        return f"{named['name']}={_unless_variable(named['value'])}"
    return _hidden(value)


def _unless_variable(value: Any) -> Any:
    return value if not isinstance(value, str) or _VARIABLE.match(value) else MASK
