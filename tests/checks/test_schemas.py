"""A document is judged by a JSON Schema, and every place where it does not keep it is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from IntegrationLibrary.base.errors import ConfigurationError, IntegrationError
from IntegrationLibrary.checks.schemas import Schema, schema_differences


@pytest.mark.parametrize(
    ("schema", "document", "words"),
    [
        ({"type": "string"}, 1, '$: 1 is not of type "string" (type)'),
        ({"type": ["string", "null"]}, 1, '$: 1 is not of types "null", "string" (type)'),
        ({"enum": ["a", 1]}, "b", "$: 'b' is not one of \"a\" or 1 (enum)"),
        ({"const": "a"}, "b", "$: \"a\" was expected, not 'b' (const)"),
        ({"minimum": 3}, 1, "$: 1 is less than the minimum of 3 (minimum)"),
        ({"maxLength": 2}, "abc", "$: 'abc' is longer than 2 characters (maxLength)"),
        ({"pattern": "^a$"}, "b", "$: 'b' does not match \"^a$\" (pattern)"),
        ({"required": ["id"]}, {}, '$: "id" is a required property (required)'),
        ({"minItems": 2}, [1], "$: [1] has less than 2 items (minItems)"),
        ({"format": "date-time"}, "today", "$: 'today' is not a \"date-time\" (format)"),
        ({"items": {"properties": {"a b": {"type": "null"}}}}, [{}, {"a b": 1}], "$[1]['a b']: 1 is not of type"),
        ({"properties": {"id": False}}, {"id": 1}, "$.id: 1 is not allowed here (properties/id)"),
        (False, 1, "$: 1 is not allowed here"),
        ({"type": "integer"}, "\N{REPLACEMENT CHARACTER}value\N{REPLACEMENT CHARACTER}", "value"),
        ({"properties": {"token": {"type": "integer"}}}, {"token": "geheim"}, '$.token: *** is not of type "integer"'),
        ({"properties": {"token": {"const": 1}}}, {"token": "geheim"}, "$.token: 1 was expected, not ***"),
        ({"properties": {"token": {"pattern": "x"}}}, {"token": "geheim"}, '$.token: *** does not match "x"'),
        ({"properties": {"credentials": {"items": {"type": "null"}}}}, {"credentials": ["geheim"]}, "$.credentials[0]"),
        ({"type": "null"}, {"token": "geheim"}, '$: {"token": "***"} is not of type "null"'),
        ({"contains": {"type": "null"}}, [{"token": "geheim"}], '$: None of [{"token": "***"}] are valid'),
    ],
)
def test_what_does_not_keep_a_schema_is_told(schema: Schema, document: object, words: str) -> None:
    """The value stands in the text as everywhere else, shortened and masked."""
    (difference,) = schema_differences(schema, document)

    assert words in str(difference)
    assert "geheim" not in str(difference)


def test_every_place_is_told() -> None:
    """Not only the first."""
    schema = {"required": ["a", "b"], "items": {"type": "integer"}}

    assert len(schema_differences(schema, {})) == 2
    assert len(schema_differences(schema, ["x", 1, "y"])) == 2
    assert schema_differences(schema, {"a": 1, "b": None}) == []


def test_schemas_may_refer_to_files_beside_them(tmp_path: Path) -> None:
    """In JSON or YAML, from within a folder that has blanks in its name."""
    folder = tmp_path / "agreed schemas"
    folder.mkdir()
    (folder / "order.json").write_text(json.dumps({"properties": {"line": {"$ref": "line.yaml"}}}))
    (folder / "line.yaml").write_text("required: [sku]\n")

    assert schema_differences(folder / "order.json", {"line": {"sku": "x"}}) == []
    assert len(schema_differences(folder / "order.json", {"line": {}})) == 1


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("wrong.json", '{\n  "properties": {\n    "id": {"minimum": "3"}}}', "wrong.json:3"),
        ("wrong.yaml", "properties:\n  id:\n    type: strnig\n", "wrong.yaml:3"),
        ("broken.json", '{\n"a": 1,\n}', "broken.json:3"),
        ("broken.yaml", "a: [1\nb: 2\n", "broken.yaml:"),
        ("latin.json", '{"title": "caf\udce9"}', "latin.json"),
        ("refers.json", '{"$ref": "missing.json"}', "refers.json"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(tmp_path: Path, name: str, text: str, place: str) -> None:
    """As a mistake in the file, not as a failure of the service."""
    file = tmp_path / name
    file.write_bytes(text.encode(errors="surrogateescape"))

    with pytest.raises(ConfigurationError) as raised:
        schema_differences(file, {})
    assert place in str(raised.value.next_step)
    assert "\N{REPLACEMENT CHARACTER}" not in str(raised.value)


def test_a_wrong_file_that_is_referred_to_is_told(tmp_path: Path) -> None:
    """With what is wrong in it, under the file that refers to it."""
    (tmp_path / "order.json").write_text('{"$ref": "line.json"}')
    (tmp_path / "line.json").write_text("{")

    with pytest.raises(ConfigurationError, match=r"Schema 'line\.json' is not JSON"):
        schema_differences(tmp_path / "order.json", {})


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With its path."""
    with pytest.raises(ConfigurationError, match=r"none\.json' cannot be read"):
        schema_differences(tmp_path / "none.json", {})


@pytest.mark.parametrize(
    "schema",
    [{"type": "objekt"}, {"minimum": "3"}, {"pattern": "("}, {"required": "id"}, {"$ref": "#/none"}, {"enum": 1}],
    ids=str,
)
def test_a_wrong_schema_that_is_given_is_told(schema: dict[str, Any]) -> None:
    """As a mistake of the test, with the value as it was written."""
    with pytest.raises(IntegrationError, match="The schema is wrong") as raised:
        schema_differences(schema, {})

    assert "\N{REPLACEMENT CHARACTER}" not in str(raised.value)
    (value,) = schema.values()
    assert str(value).removeprefix("#") in str(raised.value)
