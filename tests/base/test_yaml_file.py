"""YAML files are read as people write them, with the line of every key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from IntegrationLibrary.base.errors import ConfigurationError
from IntegrationLibrary.base.yaml_file import YamlFile, read_yaml


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file to write into."""
    return tmp_path / "shop.yaml"


def read(file: Path, text: str) -> YamlFile:
    """Write the text and read it."""
    file.write_text(text, encoding="utf-8")
    return read_yaml(file)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1", {"a": 1}),
        ("a: -1.5e3", {"a": -1500.0}),
        ("a: true", {"a": True}),
        ("a: ~\nb: null\nc:", {"a": None, "b": None, "c": None}),
        ("a: no\nb: on\nc: y", {"a": "no", "b": "on", "c": "y"}),
        ("a: 0123\nb: 1_000\nc: 12:30:45", {"a": "0123", "b": "1_000", "c": "12:30:45"}),
        ("a: 2024-02-29", {"a": "2024-02-29"}),
        ("a: '5'\nb: \"true\"\nc: ''", {"a": "5", "b": "true", "c": ""}),
        ("a: |\n  one\n  two\n", {"a": "one\ntwo\n"}),
        ("- [1, x]\n- {b: 2}", [[1, "x"], {"b": 2}]),
        ("a: &one {x: 1}\nb: *one", {"a": {"x": 1}, "b": {"x": 1}}),
        ("a: &one {x: 1, y: 2}\nb: {<<: *one, y: 3}", {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}}),
        (
            "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b]}",
            {"a": {"x": 1}, "b": {"x": 2, "y": 2}, "c": {"x": 1, "y": 2}},
        ),
        ("a: {'<<': 1}", {"a": {"<<": 1}}),
        ("\ufeffa: grün", {"a": "grün"}),
        ("", None),
        ("# nothing\n", None),
        ("{}", {}),
        ("1: one\nfalse: yes", {1: "one", False: "yes"}),
    ],
    ids=repr,
)
def test_values_are_what_they_look_like(file: Path, text: str, expected: Any) -> None:
    """YAML 1.2's core schema: `no`, dates and 0123 are texts."""
    assert read(file, text).data == expected


def test_every_key_knows_its_line(file: Path) -> None:
    """What is not there has the line of its nearest parent."""
    found = read(
        file, "# shop\nservices:\n  shop:\n    command:\n      - python\n      - app.py\n    ready: {http: /}\n"
    )

    assert [found.line(*path) for path in [(), ("services",), ("services", "shop", "ready", "http")]] == [1, 2, 7]
    assert found.line("services", "shop", "command", 1) == 6
    assert found.line("services", "shop", "timeout") == 3
    assert found.place("services", "other") == f"{file}:2"


def test_what_is_taken_over_has_the_line_where_it_stands(file: Path) -> None:
    """What replaces it has its own, down to the items of lists; of two that are taken over, the first one counts."""
    found = read(
        file,
        "a: &a\n  x: 1\n  y:\n    - 1\nb: &b\n  x: 2\n  z: 3\nc:\n  <<: [*a, *b]\nd:\n  <<: *a\n  y: [\n    2]\n",
    )

    assert found.data["c"] == {"x": 1, "y": [1], "z": 3}
    assert [found.line("c", *path) for path in [(), ("x",), ("y", 0), ("z",)]] == [8, 2, 4, 7]
    assert [found.line("d", *path) for path in [("x",), ("y",), ("y", 0)]] == [2, 12, 13]


@pytest.mark.parametrize(
    ("text", "headline", "line"),
    [
        ("a: [1", "File 'shop.yaml' is not YAML.", 1),
        ("a: 1\n\tb: 2", "File 'shop.yaml' is not YAML.", 2),
        ("a: 1\nb: 2\na: 3", "Key 'a' stands twice.", 3),
        ("a: &one\n  b: *one", "An alias stands inside what it names.", 1),
        ("a: 1\nb:\n  <<: 2", "'<<' takes over what is no mapping.", 3),
        ("a: 1\nb: !reset 2", "Tag '!reset' means nothing here.", 2),
        ("a: 1\n[b]: 2", "A key is a list or a mapping.", 2),
        ("a: 1\n---\nb: 2", "File 'shop.yaml' is not YAML.", 2),
        ("a: *nowhere", "File 'shop.yaml' is not YAML.", 1),
        ("a: \x00", "File 'shop.yaml' is not YAML.", 1),
    ],
    ids=repr,
)
def test_what_is_no_good_yaml_is_told_with_its_line(file: Path, text: str, headline: str, line: int) -> None:
    """File and line stand in the text."""
    with pytest.raises(ConfigurationError) as raised:
        read(file, text)

    assert (raised.value.headline, raised.value.place) == (headline, f"{file}:{line}")


def test_a_file_that_is_not_there_is_told(file: Path) -> None:
    """So is a folder, and what is no UTF-8."""
    with pytest.raises(ConfigurationError, match="does not exist"):
        read_yaml(file)
    with pytest.raises(ConfigurationError, match="is a folder, not a file"):
        read_yaml(file.parent)
    file.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(ConfigurationError, match="is not UTF-8") as raised:
        read_yaml(file)

    assert raised.value.place == f"{file}:2"
