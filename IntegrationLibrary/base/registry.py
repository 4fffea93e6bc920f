"""Extension points: one new file in a package is found by its class's name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cached_property
from typing import Generic, TypeVar

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.text import did_you_mean, listed

T = TypeVar("T")


class Registry(Generic[T]):
    """All classes below *base* in the modules of *package*, by their class attribute `name`.

    A class may be below another one that is found. One without a name of its own is only there for those below it.
    The modules are imported when the registry is first asked.
    """

    def __init__(self, base: type[T], *, kind: str, package: str) -> None:
        self._base = base
        self._kind = kind
        self._package = package

    @cached_property
    def _classes(self) -> dict[str, type[T]]:
        package = importlib.import_module(self._package)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{self._package}.{module.name}")
        found: dict[str, type[T]] = {}
        for cls in _below(self._base):
            name = cls.__dict__.get("name")
            if name is None:  # what several others have in common
                continue
            if found.get(name, cls) is not cls:
                raise IntegrationError(f"Two classes are named '{name}': {found[name].__name__} and {cls.__name__}.")
            found[name] = cls
        return dict(sorted(found.items()))

    def names(self) -> list[str]:
        """Return the names of all registered classes, sorted."""
        return list(self._classes)

    def all(self) -> list[type[T]]:
        """Return all registered classes, sorted by name."""
        return list(self._classes.values())

    def get(self, name: str) -> type[T]:
        """Return the class named *name*.

        Raises:
            IntegrationError: There is none; the known names and the nearest one are in the text.

        """
        if name in self._classes:
            return self._classes[name]
        raise IntegrationError(
            f"There is no {self._kind} named '{name}'.",
            expected=f"one of {listed(self.names())}",
            next_step=did_you_mean(name, self.names()) or None,
        )


def _below(cls: type[T]) -> Iterator[type[T]]:
    for each in cls.__subclasses__():
        yield each
        yield from _below(each)
