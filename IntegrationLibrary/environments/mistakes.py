"""Mistakes in an environment file, told all at once with the lines they stand in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from IntegrationLibrary.base.errors import ConfigurationError
from IntegrationLibrary.base.text import SHOWN_ITEMS, counted
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

    def under(self, path: Path) -> Mistake:
        """Return the same mistake of a value that itself stands at *path*."""
        return replace(self, path=path + self.path)


def raise_mistakes(file: YamlFile, mistakes: Iterable[Mistake]) -> None:
    """Raise all mistakes as one failure, in the order of their lines; return when there is none.

    Raises:
        ConfigurationError: There is at least one mistake.

    """
    ordered = sorted(mistakes, key=lambda mistake: file.line(*mistake.path))
    if not ordered:
        return
    first, *others = ordered
    place = file.place(*first.path)
    if not others:
        raise ConfigurationError(first.headline, place=place, expected=first.expected, seen=first.seen, hint=first.hint)
    shown = [_paragraph(file, mistake) for mistake in ordered[:SHOWN_ITEMS]]
    left_out = len(ordered) - len(shown)
    raise ConfigurationError(
        f"File '{file.path.name}' has {counted(len(ordered), 'mistake')}.",
        place=place,
        seen="\n".join([*shown, *([f"and {left_out} more"] if left_out else [])]),
    )


def _paragraph(file: YamlFile, mistake: Mistake) -> str:
    lines = [f"{file.place(*mistake.path)}: {mistake.headline}"]
    for label, words in (("expected", mistake.expected), ("seen", mistake.seen)):
        if words:
            lines.append(f"    {label} {words}")
    if mistake.hint:
        lines.append(f"    {mistake.hint}")
    return "\n".join(lines)
