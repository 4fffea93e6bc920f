"""What the README names is there."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest
from fixtures.libdoc import documented_keywords
from robot.libdoc import LibraryDocumentation

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
PATHS = sorted(set(re.findall(r"`([a-zA-Z_]+/[\w/.]*|[A-Z]+(?:\.md)?)`", README)))
TARGETS = sorted(
    set(re.findall(r"\bmake ([a-z]+)", README)) & {"demo", "test", "docs", "bench", "oracle", "applications", "clean"}
)


@pytest.mark.parametrize("path", PATHS)
def test_a_path_exists(path: str) -> None:
    """A reader who looks for it finds it, in the repository or in a folder of results that a command makes."""
    known = [REPOSITORY, REPOSITORY / "IntegrationLibrary", REPOSITORY / "resources", REPOSITORY / "results"]

    assert path == "docs/" or any((folder / path).exists() for folder in known)


@pytest.mark.parametrize("target", TARGETS)
def test_a_command_exists(target: str) -> None:
    """Makefile and README name the same commands."""
    assert re.search(rf"^{target}:", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_keywords_exist() -> None:
    """The README's suites call keywords that there are."""
    known = {keyword["name"] for keyword in documented_keywords()}
    for neighbour in ("BuiltIn", "RequestsLibrary", "DatabaseLibrary"):
        known |= {keyword.name for keyword in LibraryDocumentation(neighbour).keywords}
    blocks = re.findall(r"^ *```robotframework\n(.*?)```", README, re.DOTALL | re.MULTILINE)
    called = re.findall(r"^ +([A-Z][\w ]+?)(?: {2,}|$)", "\n".join(map(dedent, blocks)), re.MULTILINE)

    assert called
    assert set(called) - known - {"VAR"} == set()
