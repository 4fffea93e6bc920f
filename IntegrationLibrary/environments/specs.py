"""Reads the keys of one service as its type's spec; what pydantic finds wrong becomes mistakes in our words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from IntegrationLibrary.base.redaction import MASK, is_secret_name, mask_values
from IntegrationLibrary.base.text import did_you_mean, listed, shortened
from IntegrationLibrary.environments.keys import Keys
from IntegrationLibrary.environments.mistakes import Mistake, Path
from IntegrationLibrary.environments.references import find_references

ModelT = TypeVar("ModelT", bound=BaseModel)

_COUNTED_AS: dict[str, int | float | bool] = {"int_type": 1, "float_type": 1.0, "bool_type": True}
"""What a reference without a value counts as, by the error that says what is wanted."""
_SHOWN_KEYS = 20
_SHOWN_CHARACTERS = 80


def read_spec(
    owner: str, spec_class: type[ModelT], *, raw: dict[str, Any], values: dict[str, Any]
) -> tuple[ModelT | None, list[Mistake]]:
    """Return *values* as a spec, or None and what is wrong with them.

    Text that came from a reference may stand where a number (or true or false) is wanted: it is read as one, and one
    whose reference has no value yet counts as 1 (or true).

    Args:
        owner: Whose keys they are, such as `service 'shop'`, for the words.
        spec_class: The model that says what is allowed.
        raw: The keys as they stand in the file; only they are shown, since references may stand for secrets.
        values: The same keys with their references resolved as far as can be.

    """
    strangers = list(_keys_that_are_no_text(raw))
    if strangers:
        return None, [_no_text(owner, path) for path in strangers]
    try:
        try:
            return _validated(spec_class, values), []
        except ValidationError as error:
            return _validated(spec_class, _with_numbers(values, raw, error.errors())), []
    except ValidationError as error:
        writer = _Writer(owner, Keys(spec_class.model_json_schema()), raw)
        return None, writer.mistakes(error.errors())


def described(value: Any) -> str:
    """Return a value of a YAML file with its type, for the `Seen:` of a failure."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    kinds = {str: "the text", int: "the number", float: "the number", list: "the list", dict: "the mapping"}
    shown = json.dumps(mask_values(value), ensure_ascii=False, default=str)
    return f"{kinds.get(type(value), f'the {type(value).__name__}')} {shortened(shown, _SHOWN_CHARACTERS)}"


def value_at(value: Any, path: Path) -> Any:
    """Return what stands at *path* in *value*."""
    for step in path:
        value = value[step]
    return value


def dotted(path: Path) -> str:
    """Return a path as a person writes it, such as `databases.shop.seeds[1]`."""
    return "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def sentence(text: str) -> str:
    """Return the text with a capital letter."""
    return text[0].upper() + text[1:]


class _Writer:
    """Turns pydantic's errors into mistakes: one for each place, in the words of the environment file."""

    def __init__(self, owner: str, keys: Keys, raw: dict[str, Any]) -> None:
        self._owner = owner
        self._keys = keys
        self._raw = raw

    def mistakes(self, errors: Iterable[ErrorDetails]) -> list[Mistake]:
        placed: dict[Path, ErrorDetails] = {}
        for error in errors:
            placed.setdefault(_place_of(error, self._raw), error)
        return [self._mistake(path, error) for path, error in placed.items() if not _is_above(path, placed)]

    def _mistake(self, path: Path, error: ErrorDetails) -> Mistake:
        if error["type"] == "missing":
            return self._missing(path)
        if error["type"] == "extra_forbidden":
            return self._unknown(path)
        if error["type"] == "value_error" and isinstance(value_at(self._raw, path), dict):
            subject = f"{_name(path)} of {self._owner}" if path else self._owner
            return Mistake(path, sentence(f"{subject} has keys that do not fit together."), _cause(error))
        return self._wrong(path, error)

    def _missing(self, path: Path) -> Mistake:
        expected = _joined(self._keys.words(path), self._keys.meaning(path))
        return Mistake(path[:-1], sentence(f"{self._owner} lacks the key '{dotted(path)}'."), expected)

    def _unknown(self, path: Path) -> Mistake:
        known = self._keys.names(path[:-1])
        return Mistake(
            path,
            sentence(f"{self._owner} has no key '{dotted(path)}'."),
            expected=f"one of {listed(known, limit=_SHOWN_KEYS)}",
            hint=did_you_mean(str(path[-1]), known),
        )

    def _wrong(self, path: Path, error: ErrorDetails) -> Mistake:
        value = value_at(self._raw, path)
        words = self._keys.words(path)
        expected = _cause(error) if error["type"] == "value_error" else _joined(words, self._keys.meaning(path))
        is_bare = not isinstance(value, str | dict | list | None) and "a text" in words
        hint = "write it in quotes" if is_bare else did_you_mean(str(value), self._keys.choices(path))
        headline = f"{_name(path)} of {self._owner} has a wrong value."
        return Mistake(path, headline, expected, seen=self._seen(path, value), hint=hint)

    def _seen(self, path: Path, value: Any) -> str:
        if any(isinstance(step, str) and is_secret_name(step) for step in path):
            return MASK
        if _is_reference(value):
            return f"what '{value}' stands for"
        return described(value)


def _validated(spec_class: type[ModelT], values: dict[str, Any]) -> ModelT:
    # As JSON: a strict model then takes a list for a tuple, and still no number for a text.
    return spec_class.model_validate_json(json.dumps(values, default=str))


def _with_numbers(values: dict[str, Any], raw: dict[str, Any], errors: Sequence[ErrorDetails]) -> dict[str, Any]:
    """Return *values* with what references stand for read as numbers, where errors say that numbers are wanted."""
    changed = {}
    for error in errors:
        path = _place_of(error, values)
        if error["type"] in _COUNTED_AS and _is_reference(value_at(raw, path)):
            text = value_at(values, path)
            changed[path] = _COUNTED_AS[error["type"]] if _is_reference(text) else _number(text)
    return dict(_replaced(values, (), changed))


def _is_reference(value: Any) -> bool:
    return isinstance(value, str) and bool(find_references(value))


def _number(text: str) -> Any:
    try:
        number = json.loads(text.strip().lower())
    except ValueError:
        return text
    return number if isinstance(number, int | float) else text


def _replaced(value: Any, path: Path, changed: Mapping[Path, Any]) -> Any:
    if path in changed:
        return changed[path]
    if isinstance(value, dict):
        return {key: _replaced(item, (*path, key), changed) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, (*path, index), changed) for index, item in enumerate(value)]
    return value


def _place_of(error: ErrorDetails, value: Any) -> Path:
    """Return where in *value* the error is: its location without the names that pydantic gives to alternatives."""
    path: list[str | int] = []
    for step in error["loc"]:
        if step in (value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()):
            value = value[step]
            path.append(step)
    return (*path, error["loc"][-1]) if error["type"] == "missing" else tuple(path)


def _is_above(path: Path, others: Iterable[Path]) -> bool:
    """Return whether one of *others* is a place inside *path*: the alternative that got further knows better."""
    return any(len(other) > len(path) and other[: len(path)] == path for other in others)


def _keys_that_are_no_text(value: Any, path: tuple[Any, ...] = ()) -> Iterable[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                yield (*path, key)
            yield from _keys_that_are_no_text(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _keys_that_are_no_text(item, (*path, index))


def _no_text(owner: str, path: tuple[Any, ...]) -> Mistake:
    return Mistake(
        path,
        sentence(f"{owner} has a key that is no text."),
        expected="texts as keys; YAML takes bare numbers, true, false and null for what they look like",
        seen=described(path[-1]),
        hint="write it in quotes",
    )


def _name(path: Path) -> str:
    if isinstance(path[-1], int):
        return f"Item {path[-1] + 1} of key '{dotted(path[:-1])}'"
    return f"Key '{dotted(path)}'"


def _cause(error: ErrorDetails) -> str:
    """Return what a validator of the service type's own said; it says what is expected."""
    return str(error.get("ctx", {}).get("error", error["msg"]))


def _joined(words: str, meaning: str) -> str:
    return f"{words} ({meaning.rstrip('.')})" if meaning else words
