"""What an environment is made from, and whether that has changed since."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.environments.building import EnvironmentBuilder
from IntegrationLibrary.environments.model import Environment
from IntegrationLibrary.environments.references import find_references, resolve, variable_hash
from IntegrationLibrary.services.service import SERVICES


class Sources:
    """The environment file and all that its services say they are made from, as they were when it was read."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._builder = EnvironmentBuilder(environment.file.parent)
        self._before = self._now()

    @property
    def variables(self) -> dict[str, str | None]:
        """The variables of the operating system that the file names, each with the hash of its value."""
        references = find_references({name: entry.raw for name, entry in self._environment.services.items()})
        named = {each.field for each in references if each.is_variable} | self._environment.variables
        return {name: variable_hash(name) for name in sorted(named)}

    def changed(self) -> list[str]:
        """Return what is no longer as it was, in the words of a person."""
        now = self._now()
        return [what for what in {**self._before, **now} if now.get(what) != self._before.get(what)]

    def _now(self) -> dict[str, str]:
        return {what: _hash_of(make) for what, make in self._all()}

    def _all(self) -> Iterator[tuple[str, Callable[[], str]]]:
        file = self._environment.file
        yield f"'{file.name}'", partial(_hash, file)
        for other in self._environment.files:
            yield f"'{os.path.relpath(other, file.parent)}'", partial(_hash, other)
        for entry in self._environment.services.values():
            spec = entry.spec(resolve(entry.raw, {}, os.environ))
            yield from SERVICES.get(entry.type).made_from(spec, file.parent, builder=self._builder).items()


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _hash_of(make: Callable[[], str]) -> str:
    try:
        return make()
    except (OSError, IntegrationError) as error:
        return f"cannot be read: {error}"
