"""What services say about each other: references, dependencies, scopes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.environments.mistakes import Mistake
from IntegrationLibrary.environments.order import find_cycles
from IntegrationLibrary.environments.references import Reference, find_references
from IntegrationLibrary.services.service import Scope

_SHOWN_FIELDS = 20


@dataclass(frozen=True)
class Draft:
    """A service as the file describes it; of one that cannot be read, only the references are looked at."""

    name: str
    raw: dict[str, Any]
    depends_on: tuple[str, ...] = ()
    scope: Scope = "worker"
    fields: dict[str, Scope] = field(default_factory=dict)
    fills_in: Callable[[tuple[str | int, ...], str], bool] = lambda _path, _field: False
    """Whether the service itself gives a reference to its own field its value; see `Service`."""
    is_readable: bool = True

    def references(self) -> list[Reference]:
        """Return the references in the service's keys."""
        return find_references(self.raw)


class Wiring:
    """The services of one file, as far as they name each other."""

    def __init__(self, drafts: Mapping[str, Draft], os_environment: Mapping[str, str]) -> None:
        self._drafts = drafts
        self._os_environment = os_environment

    def mistakes(self) -> list[Mistake]:
        """Return what is wrong, each under the service's name."""
        found = [
            mistake.under((draft.name,))
            for draft in self._drafts.values()
            for mistake in (*self._wrong_dependencies(draft), *self._wrong_references(draft))
        ]
        return found + [self._circle(cycle) for cycle in find_cycles(self.dependencies())]

    def dependencies(self) -> dict[str, list[str]]:
        """Return the services, each with those that must be ready first: named, or referred to.

        Where two services refer to each other and `depends_on` says which is first, the other one's reference only
        needs an address, which is known before anything starts.
        """
        named = {name: [each for each in draft.depends_on if each in self._drafts] for name, draft in self._items()}
        return {
            name: list(dict.fromkeys([*named[name], *self._referred(draft, named)])) for name, draft in self._items()
        }

    def _items(self) -> Iterable[tuple[str, Draft]]:
        return self._drafts.items()

    def _referred(self, draft: Draft, named: Mapping[str, list[str]]) -> Iterator[str]:
        for reference in draft.references():
            other = reference.service
            if other != draft.name and other in self._drafts and draft.name not in _reachable(other, named):
                yield other

    def _wrong_dependencies(self, draft: Draft) -> Iterator[Mistake]:
        for index, name in enumerate(draft.depends_on):
            path = ("depends_on", index)
            other = self._drafts.get(name)
            if other is None:
                yield self._no_service(path, f"Service '{draft.name}' depends on '{name}', which does not exist.", name)
            elif other.is_readable and (draft.scope, other.scope) == ("run", "worker"):
                yield Mistake(
                    path,
                    f"Service '{draft.name}' of scope 'run' depends on service '{name}' of scope 'worker'.",
                    expected="a service of scope 'run', of which the run has one",
                    hint=f"set 'scope: worker' on service '{draft.name}', or 'scope: run' on service '{name}'",
                )

    def _wrong_references(self, draft: Draft) -> Iterator[Mistake]:
        for reference in draft.references():
            mistake = self._wrong_variable(reference) if reference.is_variable else self._wrong_field(draft, reference)
            if mistake is not None:
                yield mistake

    def _wrong_variable(self, reference: Reference) -> Mistake | None:
        if reference.default is not None or reference.field in self._os_environment:
            return None
        return Mistake(
            reference.path,
            f"Reference '{reference.text}' names a variable of the operating system that is not set.",
            hint=did_you_mean(reference.field, self._os_environment)
            or f"set it, or give a default as in ${{env.{reference.field}:default}}",
        )

    def _wrong_field(self, draft: Draft, reference: Reference) -> Mistake | None:
        path, text, other = reference.path, reference.text, self._drafts.get(reference.service)
        if not reference.service:
            return Mistake(
                path,
                f"Reference '{text}' cannot be read.",
                expected="${service.field}, ${env.NAME} or ${env.NAME:default}",
                hint="a '${' that begins no reference is written '$${'",
            )
        if other is None:
            return self._no_service(path, f"Reference '{text}' names no service.", reference.service)
        if not other.is_readable:
            return None
        if reference.field not in other.fields:
            return Mistake(
                path,
                f"Reference '{text}' names no field of service '{other.name}'.",
                expected=f"one of {listed(other.fields, limit=_SHOWN_FIELDS)}",
                hint=did_you_mean(reference.field, other.fields),
            )
        is_filled_in = other is draft and draft.fills_in(path, reference.field)
        if draft.scope == "run" and "worker" in (other.scope, other.fields[reference.field]) and not is_filled_in:
            return Mistake(
                path,
                f"Service '{draft.name}' of scope 'run' refers to '{text}', which differs from worker to worker.",
                expected="a field that has one value for the whole run",
                hint="" if other is draft else f"set 'scope: worker' on service '{draft.name}'",
            )
        return None

    def _no_service(self, path: tuple[str | int, ...], headline: str, name: str) -> Mistake:
        return Mistake(path, headline, f"one of {listed(self._drafts)}", hint=did_you_mean(name, self._drafts))

    def _circle(self, cycle: list[str]) -> Mistake:
        first, second, *_ = cycle
        draft = self._drafts[first]
        if first == second:
            return Mistake((first, "depends_on"), f"Service '{first}' depends on itself.")
        path = next((each.path for each in draft.references() if each.service == second), ("depends_on",))
        steps = " -> ".join(f"'{name}'" for name in cycle)
        return Mistake(
            (first, *path),
            f"Services depend on each other in a circle: {steps}.",
            expected="an order to start them in; services may refer to each other when depends_on names the first one",
        )


def _reachable(name: str, dependencies: Mapping[str, list[str]]) -> set[str]:
    """Return everything that *name* depends on, over however many steps."""
    found: set[str] = set()
    ahead = [name]
    while ahead:
        new = [other for other in dependencies[ahead.pop()] if other not in found]
        found.update(new)
        ahead += new
    return found
