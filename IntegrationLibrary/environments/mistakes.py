"""Mistakes in an environment file, told all at once with the lines they stand in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from IntegrationLibrary.base.errors import ConfigurationError
from IntegrationLibrary.base.text import SHOWN_ITEMS, counted, listed
from IntegrationLibrary.base.yaml_file import YamlFile

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Mistake:
    """One mistake: where it stands, as the keys and positions that lead there, and the words of its failure."""

    path: Path
    headline: str
    expected: str | None = None
    seen: str | None = None
    hint: str = ""
    file: YamlFile | None = None
    """The file that it stands in, where that is not the environment file."""

    def under(self, path: Path) -> Mistake:
        """Return the same mistake of a value that itself stands at *path*; in another file it stays where it is."""
        return self if self.file else replace(self, path=path + self.path)


def raise_mistakes(file: YamlFile, mistakes: Iterable[Mistake]) -> None:
    """Raise all mistakes as one failure, by their lines, those of *file* first; return when there is none.

    Raises:
        ConfigurationError: There is at least one mistake.

    """
    placed = [(mistake.file or file, mistake) for mistake in mistakes]
    ordered = sorted(placed, key=lambda each: (each[0] is not file, each[0].path, each[0].line(*each[1].path)))
    if not ordered:
        return
    place = ordered[0][0].place(*ordered[0][1].path)
    if len(ordered) == 1:
        first = ordered[0][1]
        raise ConfigurationError(first.headline, place=place, expected=first.expected, seen=first.seen, hint=first.hint)
    shown = [_paragraph(own, mistake) for own, mistake in ordered[:SHOWN_ITEMS]]
    left_out = len(ordered) - len(shown)
    raise ConfigurationError(
        f"{_names(own for own, _ in ordered)} {counted(len(ordered), 'mistake')}.",
        place=place,
        seen="\n".join([*shown, *([f"and {left_out} more"] if left_out else [])]),
    )


def _names(files: Iterable[YamlFile]) -> str:
    names = [f"'{name}'" for name in dict.fromkeys(file.path.name for file in files)]
    return f"File {names[0]} has" if len(names) == 1 else f"Files {listed(names[:-1])} and {names[-1]} have"


def _paragraph(file: YamlFile, mistake: Mistake) -> str:
    lines = [f"{file.place(*mistake.path)}: {mistake.headline}"]
    for label, words in (("expected", mistake.expected), ("seen", mistake.seen)):
        if words:
            lines.append(f"    {label} {words}")
    if mistake.hint:
        lines.append(f"    {mistake.hint}")
    return "\n".join(lines)
