"""Values of a Compose file that know where they stand, and refusals of those that cannot be taken over."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

from IntegrationLibrary.base.redaction import MASK, is_secret_name
from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.base.yaml_file import YamlFile
from IntegrationLibrary.environments.mistakes import Mistake, Path
from IntegrationLibrary.environments.specs import described, dotted, sentence, value_at

T = TypeVar("T")

_SHOWN_KEYS = 20
_NOTHING: Mapping[str, str] = MappingProxyType({})
_NOUNS = {"services": "service", "networks": "network", "volumes": "volume", "secrets": "secret", "configs": "config"}


class Refusal(Exception):
    """Something of a Compose file cannot be taken over, with all that is wrong there."""

    def __init__(self, *mistakes: Mistake) -> None:
        self.mistakes = mistakes
        super().__init__(*(mistake.headline for mistake in mistakes))


def all_of(steps: Iterable[Callable[[], T]]) -> list[T]:
    """Return what the steps return.

    Raises:
        Refusal: Some refuse; all have been taken, and the mistakes of all are in it.

    """
    done: list[T] = []
    mistakes: list[Mistake] = []
    for step in steps:
        try:
            done.append(step())
        except Refusal as refusal:
            mistakes += refusal.mistakes
    if mistakes:
        raise Refusal(*mistakes)
    return done


def each_of(convert: Callable[[Node], T], nodes: Iterable[Node]) -> list[T]:
    """Return what the values become.

    Raises:
        Refusal: Some are refused; the mistakes of all are in it.

    """
    return all_of(partial(convert, node) for node in nodes)


@dataclass(frozen=True)
class Node:
    """One value of a Compose file, its variables replaced."""

    value: Any
    path: Path
    file: YamlFile

    @property
    def place(self) -> str:
        """Where it stands, as `file:line`."""
        return self.file.place(*self.path)

    def under(self, key: str | int) -> Node:
        """Return the value of a key or the item at an index."""
        return Node(self.value[key], (*self.path, key), self.file)

    def mapping(self) -> dict[str, Node]:
        """Return the values of a mapping by its keys; extensions (`x-`) are left out.

        Raises:
            Refusal: It is none, or a key is no text.

        """
        if not isinstance(self.value, dict):
            raise self.wrong("a mapping")
        strangers = [key for key in self.value if not isinstance(key, str)]
        if strangers:
            raise self.under(strangers[0]).refused(f"{self.name} has a key that is no text.", hint="write it in quotes")
        return {key: self.under(key) for key in self.value if not key.startswith("x-")}

    def entries(self, known: Collection[str], refused: Mapping[str, str] = _NOTHING) -> dict[str, Node]:
        """Return the values of a mapping with *known* keys; those without a value are left out.

        Raises:
            Refusal: It has other keys, or *refused* ones, each of which has what is to be done instead.

        """
        found = {key: node for key, node in self.mapping().items() if node.value is not None}
        strangers = [node for key, node in found.items() if key not in known]
        each_of(lambda node: node.refuse_key(known, refused), strangers)
        return found

    def items(self) -> list[Node]:
        """Return the items of a list.

        Raises:
            Refusal: It is none.

        """
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        return [self.under(index) for index in range(len(self.value))]

    def one_or_more(self) -> list[Node]:
        """Return the items of a list, or what stands in place of a list with one item."""
        return self.items() if isinstance(self.value, list) else [self]

    @property
    def owner(self) -> str:
        """Whose value it is, such as `service 'web'`."""
        section, *rest = [*self.path, ""]
        return f"{_NOUNS[str(section)]} '{rest[0]}'" if section in _NOUNS and len(self.path) > 1 else "the Compose file"

    @property
    def key(self) -> Path:
        """Where it stands in its owner."""
        return self.path if self.owner == "the Compose file" else self.path[2:]

    @property
    def name(self) -> str:
        """What it is called in a sentence, such as `Key 'ports' of service 'web'`."""
        if not self.key:
            return sentence(self.owner)
        if isinstance(self.key[-1], int):
            return f"Item {self.key[-1] + 1} of key '{dotted(self.key[:-1])}' of {self.owner}"
        return f"Key '{dotted(self.key)}' of {self.owner}"

    def refused(self, headline: str, expected: str | None = None, *, hint: str = "") -> Refusal:
        """Return a refusal in the words given, with the line of this value."""
        return Refusal(Mistake(self.path, headline, expected, hint=hint, file=self.file))

    def wrong(self, expected: str, hint: str = "") -> Refusal:
        """Return a refusal of this value; it is shown as it stands in the file, without what variables stand for."""
        headline = f"{self.name} has a wrong value."
        return Refusal(Mistake(self.path, headline, expected, seen=self._seen(), hint=hint, file=self.file))

    def unsupported(self, hint: str = "") -> Refusal:
        """Return a refusal of what Compose knows and this library does not do."""
        return self.refused(f"{self.name} is not supported.", hint=hint)

    def refuse_key(self, known: Collection[str], refused: Mapping[str, str]) -> None:
        """Refuse the key that this value stands under.

        Raises:
            Refusal: Always.

        """
        key = str(self.path[-1])
        if key in refused:
            raise self.unsupported(refused[key])
        expected = f"one of {listed(sorted(known), limit=_SHOWN_KEYS)}"
        headline = sentence(f"{self.owner} has no key '{dotted(self.key)}'.")
        raise self.refused(headline, expected, hint=did_you_mean(key, known))

    def _seen(self) -> str:
        raw = value_at(self.file.data, self.path)
        if any(isinstance(step, str) and is_secret_name(step) for step in self.path):
            return MASK
        return f"what '{raw}' stands for" if isinstance(raw, str) and "$" in raw else described(raw)
