"""JSON Schema: where a document does not keep it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from IntegrationLibrary.base.errors import ConfigurationError, IntegrationError
from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.base.yaml_file import read_yaml
from IntegrationLibrary.checks.differences import Difference
from IntegrationLibrary.checks.words import place, shown, shown_at

Schema = dict[str, Any] | bool

_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_VALUE = "\N{REPLACEMENT CHARACTER}value\N{REPLACEMENT CHARACTER}"
"""Stands for the value in the validator's messages, so that it can be shown as everywhere else."""


def schema_differences(schema: Schema | Path, document: Any) -> list[Difference]:
    """Return every place where *document* does not keep the schema (json-schema.org, all drafts; formats too).

    References are followed to files beside the schema, never over the network.

    Raises:
        ConfigurationError: The schema's file is missing or wrong; file and line are in the text.
        IntegrationError: The schema itself is wrong.

    """
    validator = _of_file(schema) if isinstance(schema, Path) else _of_value(schema)
    return [_difference(error) for error in validator.iter_errors(document)]


def _of_file(file: Path) -> Any:
    import jsonschema_rs

    try:
        return _validator(_read(file), base_uri=file.resolve().as_uri())
    except jsonschema_rs.ValidationError as error:
        raise ConfigurationError(
            f"Schema '{file.name}' is wrong.",
            place=_place(file, error.instance_path),
            expected=_allowed(error),
            seen=_said(error),
        ) from error


def _of_value(schema: Schema) -> Any:
    import jsonschema_rs

    try:
        return _validator(schema)
    except jsonschema_rs.ValidationError as error:
        raise IntegrationError("The schema is wrong.", expected=_allowed(error), seen=_said(error)) from error


def _validator(schema: Any, **options: Any) -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(schema, validate_formats=True, mask=_VALUE, retriever=_retrieve, **options)


def _retrieve(uri: str) -> Any:
    parts = urlsplit(uri)
    if parts.scheme != "file":
        raise ValueError("schemas are read from files only")
    try:
        return _read(Path(url2pathname(parts.path)))
    except ConfigurationError as error:
        raise ValueError(f"{error.headline} {error.seen}") from error  # the validator tells it in one line


def _read(file: Path) -> Any:
    if file.suffix in {".yaml", ".yml"}:
        return read_yaml(file).data
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"Schema '{file.name}' is not JSON.", place=f"{file}:{error.lineno}", seen=error.msg
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"Schema '{file}' cannot be read.", place=str(file), seen=getattr(error, "strerror", "") or str(error)
        ) from error


def _place(file: Path, steps: list[str | int]) -> str:
    try:
        return read_yaml(file).place(*steps)  # JSON is YAML (yaml.org/spec/1.2.2, section 1.3)
    except ConfigurationError:
        return str(file)


def _allowed(error: Any) -> str | None:
    if error.instance_path[-1:] != ["type"]:
        return None
    hint = did_you_mean(str(error.instance), _TYPES)
    return f"one of {listed(_TYPES)}" + (f"; {hint}" if hint else "")


def _said(error: Any) -> str:
    steps = tuple(error.instance_path)
    if _allowed(error):
        return f"{place(steps)}: {shown(error.instance)}"
    return f"{place(steps)}: {error.message.replace(_VALUE, shown(error.instance))}"


def _difference(error: Any) -> Difference:
    steps, rule = tuple(error.instance_path), "/".join(map(str, error.schema_path))
    seen = shown_at(steps, error.instance)
    message = error.message.replace(_VALUE, seen)
    if message.startswith("False schema"):
        message = f"{seen} is not allowed here"
    if _VALUE not in error.message and not isinstance(error.instance, dict | list):
        message += f", not {seen}"
    return Difference(place(steps), f"what the schema says at {rule}", seen, words=f"{message} ({rule})")
