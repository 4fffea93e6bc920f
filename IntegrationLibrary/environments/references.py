"""References in the values of an environment file: `${service.field}`, `${env.NAME}`, `${env.NAME:default}`."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

OS_ENVIRONMENT = "env"
"""What stands in a reference in place of a service's name when it means a variable of the operating system."""

Path = tuple[str | int, ...]

_MARK = re.compile(r"(?P<escape>\$\$\{)|\$\{(?P<inner>[^{}]*)\}|(?P<broken>\$\{[^{}]*)")


@dataclass(frozen=True)
class Reference:
    """One reference, and the path of the value it stands in."""

    text: str
    path: Path
    service: str
    """The service, or `env`; empty when the reference is none of the three forms."""
    field: str
    """The service's field, or the name of the variable."""
    default: str | None = None

    @property
    def is_variable(self) -> bool:
        """Whether it means a variable of the operating system."""
        return self.service == OS_ENVIRONMENT


def find_references(value: Any, path: Path = ()) -> list[Reference]:
    """Return every reference in *value*, whatever mappings and lists it stands in, in the order of the file."""
    return [
        _reference(mark, place)
        for place, text in _texts(value, path)
        for mark in _MARK.finditer(text)
        if not mark["escape"]
    ]


def resolve(value: Any, fields: Mapping[str, Mapping[str, str]], os_environment: Mapping[str, str]) -> Any:
    """Return *value* with its references replaced, and `$${` turned into `${`.

    A reference to what has no value (yet) stays as it is; *fields* are the services' fields by the services' names.
    """

    def replacement(mark: re.Match[str]) -> str:
        if mark["escape"]:
            return "${"
        reference = _reference(mark, ())
        if reference.is_variable:
            found = os_environment.get(reference.field, reference.default)
        else:
            found = fields.get(reference.service, {}).get(reference.field)
        return mark[0] if found is None else found

    return _with_texts(value, lambda text: _MARK.sub(replacement, text))


def escaped(value: Any) -> Any:
    """Return *value* with each `${` written so that `resolve` leaves it as it is."""
    return _with_texts(value, lambda text: text.replace("${", "$${"))


def variable_hash(name: str) -> str | None:
    """Return the hash of a variable's value here, so that two can be compared; None when it is not set."""
    value = os.environ.get(name)
    return None if value is None else hashlib.sha256(value.encode(errors="surrogateescape")).hexdigest()


def _reference(mark: re.Match[str], path: Path) -> Reference:
    service, _, field = (mark["inner"] or "").partition(".")
    if not service or not field:
        return Reference(mark[0], path, "", "")
    if service != OS_ENVIRONMENT:
        return Reference(mark[0], path, service, field)
    name, colon, default = field.partition(":")
    return Reference(mark[0], path, service, name, default if colon else None)


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))


def _with_texts(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _with_texts(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_texts(item, change) for item in value]
    return value
