"""What the keys of a service type may hold, in words, from its JSON Schema."""

from __future__ import annotations

from typing import Any

from IntegrationLibrary.base.text import listed

_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}
_BOUNDS = {
    "exclusiveMinimum": "greater than",
    "minimum": "at least",
    "exclusiveMaximum": "less than",
    "maximum": "at most",
}
_SIZES = ("minItems", "minLength", "minProperties")

Schema = dict[str, Any]


class Keys:
    """The keys that one JSON Schema allows, at any depth."""

    def __init__(self, schema: Schema) -> None:
        self._definitions = schema.get("$defs", {})
        self._root = schema

    def names(self, path: tuple[str | int, ...]) -> list[str]:
        """Return the names of the keys that the mapping at *path* may have, sorted."""
        return sorted({name for schema in self._at(path) for name in schema.get("properties", {})})

    def words(self, path: tuple[str | int, ...]) -> str:
        """Return what may stand at *path*, as the rest of a sentence that begins with `Expected:`."""
        schemas = self._at(path)
        words = dict.fromkeys(_words(schema) for schema in schemas if schema.get("type") != "null")
        if "a number" in words:
            words.pop("a whole number", None)
        return " or ".join(words)

    def choices(self, path: tuple[str | int, ...]) -> list[str]:
        """Return the texts that may stand at *path*, where only some may."""
        return [str(choice) for schema in self._at(path) for choice in schema.get("enum", [])]

    def meaning(self, path: tuple[str | int, ...]) -> str:
        """Return what the key at *path* is for; empty when it does not say."""
        texts = [schema["description"] for schema in self._at(path) if "description" in schema]
        return texts[0].splitlines()[0] if texts else ""

    def _at(self, path: tuple[str | int, ...]) -> list[Schema]:
        found = self._alternatives(self._root)
        for step in path:
            found = [leaf for schema in found for below in _below(schema, step) for leaf in self._alternatives(below)]
        return found

    def _alternatives(self, schema: Schema) -> list[Schema]:
        """Return the schemas that a value may follow, without references; each keeps the description of its key."""
        if "$ref" in schema:
            target = self._definitions[schema["$ref"].rpartition("/")[2]]
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            return self._alternatives({**target, **rest})
        choices = schema.get("anyOf") or schema.get("oneOf")
        if not choices:
            return [schema]
        own = {"description": schema["description"]} if "description" in schema else {}
        return [leaf for choice in choices for leaf in self._alternatives({**choice, **own})]


def _below(schema: Schema, step: str | int) -> list[Schema]:
    if isinstance(step, int):
        below = schema.get("items")
    else:
        below = schema.get("properties", {}).get(step, schema.get("additionalProperties"))
    return [below] if isinstance(below, dict) else []


def _words(schema: Schema) -> str:
    if "const" in schema:
        return f"'{schema['const']}'"
    if "enum" in schema:
        return f"one of {listed(schema['enum'])}"
    words = _TYPES.get(schema.get("type", ""), "any value")
    if schema.get("items", {}).get("type") == "string":
        words += " of texts"
    bounds = " and ".join(f"{text} {schema[key]:g}" for key, text in _BOUNDS.items() if key in schema)
    if any(schema.get(size) for size in _SIZES):
        bounds = "that is not empty"
    return f"{words} {bounds}".rstrip()
