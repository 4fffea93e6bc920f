"""The JSON Schema of environment files, for editors that complete and check them."""

from __future__ import annotations

from typing import Any

from IntegrationLibrary.environments.loader import PLAIN_NAME, EnvironmentSpec
from IntegrationLibrary.environments.names import summary
from IntegrationLibrary.isolation.strategy import ISOLATIONS
from IntegrationLibrary.probes.probe import PROBES
from IntegrationLibrary.services.container import ContainerService
from IntegrationLibrary.services.service import SERVICES, Service

Schema = dict[str, Any]

_REFERENCE: Schema = {"type": "string", "pattern": r"\$\{[^{}]+\}"}
_NO_TEXT = ("integer", "number", "boolean")


def environment_schema() -> Schema:
    """Return the JSON Schema of environment files, made from the registered service types."""
    definitions: Schema = {}
    for service_type in SERVICES.all():
        definitions.update(_definitions(service_type))
    around = EnvironmentSpec.model_json_schema()
    inner = around.pop("$defs")
    around["properties"]["compose"]["anyOf"] = [{"type": "string"}, _with_references(inner["ComposeSpec"])]
    around["properties"]["services"]["propertyNames"] = {"pattern": PLAIN_NAME, "not": {"const": "env"}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **around,
        "title": "Environment of IntegrationLibrary",
        "required": ["environment"],
        "anyOf": [{"required": ["services"]}, {"required": ["compose"]}],
        "if": {"required": ["compose"]},
        "then": _services({"if": {"required": ["type"]}, "then": _any_service(), "else": _added_keys(definitions)}),
        "else": _services(_any_service()),
        "$defs": definitions,
    }


def _services(each: Schema) -> Schema:
    return {"properties": {"services": {"additionalProperties": each}}}


def _added_keys(definitions: Schema) -> Schema:
    """Return the schema of keys that are added to those of a Compose file's service."""
    return {**definitions[ContainerService.name], "required": []}


def _any_service() -> Schema:
    """Return the schema of one service: its type decides what else it may have."""
    names = SERVICES.names()
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": names}},
        "allOf": [
            {
                "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
                "then": {"$ref": f"#/$defs/{name}"},
            }
            for name in names
        ],
    }


def _definitions(service_type: type[Service[Any]]) -> Schema:
    """Return the type's schema under its name, and those it refers to under names that begin with it."""
    name = service_type.name
    schema = service_type.spec_class.model_json_schema(ref_template=f"#/$defs/{name}.{{model}}")
    inner = schema.pop("$defs", {})
    schema["description"] = summary(service_type)
    schema["properties"]["type"] = {"const": name}
    for each in (schema, *inner.values()):
        _name_choices(each["properties"])
    return {name: _with_references(schema)} | {f"{name}.{key}": _with_references(item) for key, item in inner.items()}


def _name_choices(properties: Schema) -> None:
    """Say which probes and isolations there are, where a key names them."""
    if "ready" in properties:
        probes = {probe.name: {"description": summary(probe)} for probe in PROBES.all()}
        properties["ready"] |= {"properties": probes, "additionalProperties": False}
    if "isolation" in properties:
        properties["isolation"]["enum"] = ISOLATIONS.names()


def _with_references(schema: Any) -> Any:
    """Return the schema with a reference allowed wherever it wants a number or a choice."""
    if isinstance(schema, list):
        return [_with_references(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") in _NO_TEXT or isinstance(schema.get("enum"), list):
        about = {key: schema[key] for key in ("description", "default") if key in schema}
        return {**about, "anyOf": [{key: item for key, item in schema.items() if key not in about}, _REFERENCE]}
    return {key: _with_references(item) for key, item in schema.items()}
