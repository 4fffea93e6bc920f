"""The JSON Schema of environment files says the same as the loader."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from IntegrationLibrary.base.yaml_file import read_yaml
from IntegrationLibrary.environments.schema import environment_schema
from IntegrationLibrary.probes.probe import PROBES
from IntegrationLibrary.services.service import SERVICES

_EXAMPLE = Path(__file__).parents[2] / "resources" / "environments" / "shop.yaml"


@pytest.fixture(scope="module")
def validator() -> Any:
    """Return what judges a file by the schema."""
    schema = environment_schema()
    jsonschema_rs.meta.validate(schema)
    return jsonschema_rs.validator_for(schema)


@pytest.fixture
def example() -> dict[str, Any]:
    """Return the data of the shipped environment, for the test to change."""
    return copy.deepcopy(read_yaml(_EXAMPLE).data)


def test_the_shipped_environment_is_valid(validator: Any, example: dict[str, Any]) -> None:
    """Editors find nothing wrong with the example."""
    validator.validate(example)

    assert validator.is_valid(example)


def test_numbers_and_choices_may_be_references(validator: Any, example: dict[str, Any]) -> None:
    """What the loader takes from variables, editors take too."""
    example["services"]["shop"] |= {"timeout": "${env.PATIENCE:5}", "scope": "${env.SCOPE:run}"}

    validator.validate(example)

    assert validator.is_valid(example)


@pytest.mark.parametrize(
    ("service", "keys"),
    [
        ("shop", {"comand": ["serve"]}),
        ("shop", {"type": "proces"}),
        ("shop", {"timeout": "soon"}),
        ("shop", {"stop_timeout": 0}),
        ("shop", {"scope": "workers"}),
        ("shop", {"command": "serve"}),
        ("shop", {"ready": {"htp": "/health"}}),
        ("postgres", {"run": "embeded"}),
        ("postgres", {"databases": {"shop": {"isolaton": "rollback"}}}),
        ("postgres", {"databases": {"shop": {"isolation": "rolback"}}}),
        ("payments", {"command": ["serve"]}),
    ],
)
def test_a_wrong_service_is_invalid(
    validator: Any, example: dict[str, Any], service: str, keys: dict[str, Any]
) -> None:
    """One wrong key of one service is enough."""
    example["services"][service] |= keys

    assert not validator.is_valid(example)


@pytest.mark.parametrize(
    "wrong",
    [
        {"services": {}},
        {"servces": {}},
        {"environment": 5},
        {"services": {"my shop": {"type": "process", "command": ["serve"]}}},
        {"services": {"env": {"type": "process", "command": ["serve"]}}},
        {"services": {"shop": {"command": ["serve"]}}},
        {"services": {"shop": None}},
    ],
)
def test_a_wrong_file_is_invalid(validator: Any, example: dict[str, Any], wrong: dict[str, Any]) -> None:
    """So is a mistake around the services."""
    assert not validator.is_valid(example | wrong)


_COMPOSED = {"environment": "shop", "compose": "docker-compose.yml"}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"compose": {"file": "docker-compose.yml", "profiles": ["mail"]}},
        {"services": {"web": {"environment": {"A": "a"}, "ready": {"http": "/"}}}},
        {"services": {"web": {}, "db": {"type": "postgres", "databases": {"shop": {}}}}},
    ],
    ids=repr,
)
def test_a_compose_file_may_have_the_services(validator: Any, more: dict[str, Any]) -> None:
    """Keys are added to those of a container; services with a type are as ever."""
    validator.validate(_COMPOSED | more)


@pytest.mark.parametrize(
    "wrong",
    [
        {"compose": 5},
        {"compose": {"profiles": []}},
        {"compose": {"file": "x", "fil": "y"}},
        {"services": {}},
        {"services": {"web": {"prots": {}}}},
        {"services": {"web": {"ready": {"htp": "/"}}}},
        {"services": {"db": {"type": "postgres", "prots": {}}}},
        {"services": {"my web": {}}},
    ],
    ids=repr,
)
def test_a_mistake_beside_a_compose_file_is_invalid(validator: Any, wrong: dict[str, Any]) -> None:
    """In how it is named as in what is added."""
    assert not validator.is_valid(_COMPOSED | wrong)


def test_every_service_type_tells_editors_what_it_is() -> None:
    """The documentation of a type and of its keys is what editors show."""
    definitions = environment_schema()["$defs"]

    for name in SERVICES.names():
        assert definitions[name]["description"]
        assert all(key == "type" or "description" in about for key, about in definitions[name]["properties"].items())


@pytest.mark.parametrize("name", ["kafka", "mailpit", "mariadb", "minio", "mongodb", "mysql", "rabbitmq", "redis"])
def test_a_preset_needs_nothing_but_its_type(validator: Any, example: dict[str, Any], name: str) -> None:
    """And takes the keys of a container, checked as a container's are."""
    example["services"]["it"] = {"type": name}
    assert validator.is_valid(example)

    example["services"]["it"] |= {"scope": "run", "memory": "256m", "port": 1234, "environment": {"DEBUG": 1}}
    assert validator.is_valid(example)

    for wrong in ({"port": 0}, {"prot": 1234}, {"image": 5}, {"build": {"contxt": "."}}, {"ready": {"cmmand": "true"}}):
        assert not validator.is_valid({**example, "services": {"it": {"type": name, **wrong}}})


def test_every_probe_can_be_completed() -> None:
    """Editors offer the probes under `ready`."""
    ready = environment_schema()["$defs"]["process"]["properties"]["ready"]

    assert sorted(ready["properties"]) == PROBES.names()
