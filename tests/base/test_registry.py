"""Extension points find their classes in the files of a package."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.registry import Registry

KIND = """
from plugins.kind import Kind
class {cls}(Kind):
    name = "{name}"
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of extension points, on the path and forgotten afterwards."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "kind.py").write_text("class Kind: pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "plugins"]:
        del sys.modules[name]


def registry() -> Registry[Any]:
    """Return the registry of that package."""
    from plugins.kind import Kind  # type: ignore[import-not-found]  # made by the fixture

    return Registry(Kind, kind="kind of thing", package="plugins")


def test_a_new_file_is_enough(package: Path) -> None:
    """Classes are known by their names, sorted."""
    (package / "second.py").write_text(KIND.format(cls="Second", name="two"))
    (package / "first.py").write_text(KIND.format(cls="First", name="one"))

    found = registry()

    assert found.names() == ["one", "two"]
    assert [cls.__name__ for cls in found.all()] == ["First", "Second"]
    assert found.get("two").__name__ == "Second"


def test_nothing_is_imported_before_it_is_asked(package: Path) -> None:
    """A module that cannot be imported does no harm until then."""
    (package / "broken.py").write_text("raise ZeroDivisionError\n")
    found = registry()

    with pytest.raises(ZeroDivisionError):
        found.names()


def test_a_name_twice_is_refused(package: Path) -> None:
    """Both classes are told."""
    for module in ("a", "b"):
        (package / f"{module}.py").write_text(KIND.format(cls=module.upper(), name="one"))

    with pytest.raises(IntegrationError, match=r"Two classes are named 'one': A and B\."):
        registry().all()


def test_classes_may_be_below_others_that_are_found(package: Path) -> None:
    """At any depth; what has no name of its own is there for those below it."""
    (package / "first.py").write_text(KIND.format(cls="First", name="one") + "class Shared(First): pass\n")
    (package / "second.py").write_text(
        "from plugins.first import First, Shared\n"
        'class Second(First):\n    name = "two"\n'
        'class Third(Shared):\n    name = "three"\n'
    )

    assert registry().names() == ["one", "three", "two"]


def test_a_name_twice_is_refused_at_any_depth(package: Path) -> None:
    """A class that was to be another one must not hide it."""
    (package / "first.py").write_text(KIND.format(cls="First", name="one") + 'class Second(First):\n    name = "one"\n')

    with pytest.raises(IntegrationError, match=r"Two classes are named 'one': First and Second\."):
        registry().all()


def test_an_unknown_name_is_told_with_the_known_ones(package: Path) -> None:
    """And with the nearest."""
    (package / "first.py").write_text(KIND.format(cls="First", name="container"))

    with pytest.raises(IntegrationError) as raised:
        registry().get("contianer")

    assert str(raised.value) == (
        "There is no kind of thing named 'contianer'.\n"
        "  Expected: one of container\n"
        "  Next:     did you mean 'container'?"
    )
