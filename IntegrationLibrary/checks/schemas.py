"""JSON Schema: where a document does not keep it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from IntegrationLibrary.base.errors import ConfigurationError, IntegrationError
from IntegrationLibrary.checks.differences import Difference


def schema_differences(schema: dict[str, Any], document: Any) -> list[Difference]:
    """Return every place where *document* does not keep the schema (json-schema.org, all drafts).

    Raises:
        IntegrationError: The schema itself is wrong.

    """
    import jsonschema_rs

    try:
        validator = jsonschema_rs.validator_for(schema)
    except (jsonschema_rs.ValidationError, ValueError) as error:
        raise IntegrationError("The JSON Schema is wrong.", seen=str(error)) from error
    return [_difference(error) for error in validator.iter_errors(document)]


def read_schema(file: Path) -> dict[str, Any]:
    """Return the schema in a JSON file.

    Raises:
        ConfigurationError: There is none; file and line are in the text.

    """
    try:
        schema = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"Schema '{file}' does not exist.", place=str(file)) from None
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"Schema '{file.name}' is not JSON.", place=f"{file}:{error.lineno}", seen=error.msg
        ) from error
    if isinstance(schema, dict):
        return schema
    raise ConfigurationError(f"Schema '{file.name}' is no schema.", place=str(file), expected="a JSON object")


def _difference(error: Any) -> Difference:
    path = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path)
    rule = "/".join(str(step) for step in error.schema_path)
    return Difference(path, f"as the schema says at {rule}", error.message)
