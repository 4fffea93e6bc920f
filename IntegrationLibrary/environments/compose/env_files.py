"""Files of variables: `.env` beside a Compose file, and those that `env_file` names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from IntegrationLibrary.base.yaml_file import YamlFile
from IntegrationLibrary.environments.compose.interpolation import InterpolationError, Lookup, interpolated
from IntegrationLibrary.environments.compose.nodes import Refusal
from IntegrationLibrary.environments.mistakes import Mistake

_BLANK = re.compile(r"(?:\s+|#[^\n]*)*")
_NAME = re.compile(r"(?:export[ \t]+)?(?P<name>[^\s=:#'\"$]+)[ \t]*(?:(?P<sign>[=:])[ \t]*|(?=\r?\n|\Z))")
_QUOTED = re.compile(r"'(?P<single>(?:\\.|[^'\\])*)'|\"(?P<double>(?:\\.|[^\"\\])*)\"", re.DOTALL)
_REST = re.compile(r"[^\n]*")
_ESCAPE = re.compile(r"\\(?:0(?P<octal>[0-7]{1,3})|(?P<letter>[abcfnrtv$\"\\]))")
_LETTERS = {"a": "\a", "b": "\b", "c": "\\c", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "$": "$$"}


def read_env_file(path: Path, lookup: Lookup, before: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a file as Compose reads it: quotes, comments, escapes, and variables in the values.

    A name that stands alone has the value that *lookup* has. A value may name those above it, and those *before*.

    Raises:
        Refusal: The file cannot be read; the line is in it.

    """
    found: dict[str, str] = {}

    def value_of(name: str) -> str | None:
        value = lookup(name)
        return value if value is not None else found.get(name, before.get(name))

    text = _text(path)
    position = _after(_BLANK, text, 0)
    while position < len(text):
        name = _NAME.match(text, position)
        if name is None:
            raise _refused(path, text, position)
        if name["sign"]:
            found[name["name"]], position = _read_value(path, text, name.end(), lookup=value_of)
        else:
            found |= _inherited(name["name"], lookup)
            position = name.end()
        position = _after(_BLANK, text, position)
    return found


def read_raw_env_file(path: Path, lookup: Lookup) -> dict[str, str]:
    """Return the variables of a file of the format `raw`: what stands behind the first `=` of a line, as it stands."""
    found: dict[str, str] = {}
    for line in _text(path).splitlines():
        name, sign, value = line.partition("=")
        if line.strip() and not line.startswith("#"):
            found |= {name: value} if sign else _inherited(name.strip(), lookup)
    return found


def _inherited(name: str, lookup: Lookup) -> dict[str, str]:
    value = lookup(name)
    return {} if value is None else {name: value}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        seen = str(getattr(error, "strerror", None) or error)
        raise Refusal(Mistake((), f"File '{path.name}' cannot be read.", seen=seen, file=_at(path, 1))) from error


def _read_value(path: Path, text: str, begin: int, *, lookup: Lookup) -> tuple[str, int]:
    """Return the value that begins there, and where what follows begins."""
    try:
        quoted = _QUOTED.match(text, begin)
        if quoted is None and text[begin : begin + 1] in {"'", '"'}:
            raise _refused(path, text, begin)
        if quoted is None:
            rest = _REST.match(text, begin)
            value = rest[0] if rest else ""
            return interpolated(value.partition(" #")[0].rstrip(), lookup), begin + len(value)
        if quoted["single"] is not None:
            return quoted["single"].replace("\\'", "'"), quoted.end()
        return interpolated(_ESCAPE.sub(_unescaped, quoted["double"]), lookup), quoted.end()
    except InterpolationError as error:
        place = _at(path, _line(text, begin))
        raise Refusal(Mistake((), error.headline, error.expected, hint=error.hint, file=place)) from error


def _unescaped(mark: re.Match[str]) -> str:
    return chr(int(mark["octal"], 8)) if mark["octal"] else _LETTERS.get(mark["letter"], mark["letter"])


def _refused(path: Path, text: str, position: int) -> Refusal:
    return Refusal(
        Mistake(
            (),
            f"A line of '{path.name}' cannot be read.",
            expected="NAME=value, with a value that is closed where it begins with a quote",
            file=_at(path, _line(text, position)),
        )
    )


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _at(path: Path, line: int) -> YamlFile:
    return YamlFile(path, None, {(): line})
