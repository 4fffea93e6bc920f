"""Environment files are read as they are meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from IntegrationLibrary.base.errors import ConfigurationError, IntegrationError
from IntegrationLibrary.environments.loader import load_environment
from IntegrationLibrary.environments.model import Environment

_EXAMPLE = Path(__file__).parents[2] / "resources" / "environments" / "shop.yaml"


def _load(folder: Path, services: str, **os_environment: str) -> Environment:
    file = folder / "shop.yaml"
    file.write_text(f"environment: shop\nservices:\n{services}", encoding="utf-8")
    return load_environment(file, os_environment=os_environment)


def test_the_shipped_environment_is_read() -> None:
    """The shop has its three services, each after those it depends on."""
    environment = load_environment(_EXAMPLE)

    assert (environment.name, environment.file) == ("shop", _EXAMPLE)
    assert {name: (entry.type, entry.scope) for name, entry in environment.services.items()} == {
        "postgres": ("postgres", "run"),
        "payments": ("mock", "worker"),
        "shop": ("process", "worker"),
    }
    assert environment.services["shop"].depends_on == ("postgres", "payments")
    assert list(environment.services)[-1] == "shop"


def test_a_switch_says_how_a_service_is_run() -> None:
    """The `run` of the file gives way to the switch; everything else stays."""
    plain = load_environment(_EXAMPLE).services["postgres"]

    switched = load_environment(_EXAMPLE, switches={"postgres": "embedded"}).services["postgres"]

    assert switched.raw == {**plain.raw, "run": "embedded"}


def test_a_service_keeps_its_references(tmp_path: Path) -> None:
    """What the file says stays as it is until a worker's addresses are known."""
    environment = _load(tmp_path, "  shop: {type: process, command: [serve, '${shop.port}', '${env.HOME}']}", HOME="/h")

    assert environment.services["shop"].raw["command"] == ["serve", "${shop.port}", "${env.HOME}"]


def test_a_service_knows_its_place(tmp_path: Path) -> None:
    """Later failures of a service can say where it is described."""
    environment = _load(tmp_path, "  shop:\n    type: process\n    command: [serve]")

    assert environment.services["shop"].place == f"{tmp_path / 'shop.yaml'}:3"


def test_the_scope_is_the_one_of_the_file_or_of_the_type(tmp_path: Path) -> None:
    """A process is one per worker unless the file says otherwise."""
    services = "  a: {type: process, command: [a]}\n  b: {type: process, command: [b], scope: run}"

    environment = _load(tmp_path, services)

    assert {name: entry.scope for name, entry in environment.services.items()} == {"a": "worker", "b": "run"}
    assert environment.services["b"].fields == {"host": "run", "port": "run", "url": "run"}


def test_a_reference_is_a_dependency(tmp_path: Path) -> None:
    """A service that refers to another one starts after it, and stands after it, although nothing says depends_on."""
    services = "  web: {type: process, command: [web, '${shop.url}']}\n  shop: {type: process, command: [shop]}"

    environment = _load(tmp_path, services)

    assert environment.services["web"].depends_on == ("shop",)
    assert list(environment.services) == ["shop", "web"]


def test_a_service_may_refer_to_itself(tmp_path: Path) -> None:
    """A service that names its own port does not depend on itself."""
    environment = _load(tmp_path, "  shop: {type: process, command: [serve, '${shop.port}']}")

    assert environment.services["shop"].depends_on == ()


def test_services_may_refer_to_each_other_when_depends_on_says_which_is_first(tmp_path: Path) -> None:
    """An address is known before anything starts, so the first one may have the second one's."""
    services = """
  mail: {type: process, command: [mail, "${shop.url}"]}
  stock: {type: process, command: [stock], depends_on: [mail]}
  shop: {type: process, command: [shop, "${mail.url}"], depends_on: [stock]}
"""

    environment = _load(tmp_path, services)

    assert {name: entry.depends_on for name, entry in environment.services.items()} == {
        "mail": (),
        "stock": ("mail",),
        "shop": ("stock", "mail"),
    }


def test_variables_of_the_operating_system_may_stand_for_anything(tmp_path: Path) -> None:
    """A number, a choice and a name come from variables or from their defaults."""
    services = """
  mail: {type: process, command: [mail], scope: "${env.SCOPE}", timeout: "${env.PATIENCE}"}
  shop: {type: process, command: [shop], timeout: "${env.NO_PATIENCE:2.5}", depends_on: ["${env.FIRST:mail}"]}
"""

    environment = _load(tmp_path, services, SCOPE="run", PATIENCE="7")

    assert environment.services["mail"].scope == "run"
    assert environment.services["shop"].depends_on == ("mail",)


def test_a_reference_may_stand_where_a_number_is_wanted(tmp_path: Path) -> None:
    """What a field will be is not known yet, so it cannot be wrong yet."""
    services = "  shop: {type: process, command: [shop], timeout: '${shop.port}', ready: {tcp: '${shop.port}'}}"

    environment = _load(tmp_path, services)

    assert list(environment.services) == ["shop"]


def test_a_path_made_of_a_field_is_not_looked_for(tmp_path: Path) -> None:
    """A folder whose name is not known yet is not said to be missing."""
    environment = _load(tmp_path, "  shop: {type: process, command: [shop], folder: '${shop.port}'}")

    assert list(environment.services) == ["shop"]


def test_a_path_made_of_a_variable_is_looked_for(tmp_path: Path) -> None:
    """A folder that a variable names must exist."""
    services = "  shop: {type: process, command: [shop], folder: '${env.FOLDER}'}"

    with pytest.raises(ConfigurationError, match="does not exist"):
        _load(tmp_path, services, FOLDER="nowhere")

    assert _load(tmp_path, services, FOLDER=".").services


def test_the_operating_systems_own_variables_are_taken_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable that is set when the file is loaded can be referred to."""
    monkeypatch.setenv("SHOP_TEST_URL", "http://127.0.0.1:1")
    file = tmp_path / "shop.yaml"
    file.write_text("environment: shop\nservices: {shop: {type: external, url: '${env.SHOP_TEST_URL}'}}")

    environment = load_environment(file)

    assert environment.services["shop"].raw["url"] == "${env.SHOP_TEST_URL}"


def test_a_misused_switch_is_no_mistake_of_the_file() -> None:
    """The test is told that it is wrong, not the environment."""
    with pytest.raises(IntegrationError) as raised:
        load_environment(_EXAMPLE, switches={"shop": "container"})

    assert not isinstance(raised.value, ConfigurationError)
