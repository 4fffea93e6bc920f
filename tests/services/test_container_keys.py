"""Keys of containers and of the types that are containers with other defaults; nothing is started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from IntegrationLibrary.services.container_spec import ContainerSpec
from IntegrationLibrary.services.service import SERVICES

PRESETS = [each for each in SERVICES.all() if each.spec_class.__mro__[1] is ContainerSpec]


def spec(service_type: str, **keys: Any) -> ContainerSpec:
    """Return the keys of a service as its type reads them."""
    found = SERVICES.get(service_type).spec_class.model_validate({"type": service_type, **keys}, strict=False)
    assert isinstance(found, ContainerSpec)
    return found


def test_there_are_presets() -> None:
    """A product for each."""
    assert [each.name for each in PRESETS] == [
        "kafka", "mailpit", "mariadb", "minio", "mongodb", "mysql", "rabbitmq", "redis",
    ]  # fmt: skip


@pytest.mark.parametrize("preset", PRESETS, ids=lambda cls: cls.name)
class TestEveryPreset:
    """One product after the other."""

    def test_the_type_is_enough(self, preset: Any) -> None:
        """It has an image of one version, a port, a probe, and a URL whose places can be filled."""
        made = spec(preset.name)
        place = {"host": "here", "port": "1"}

        assert (made.image or "").rpartition(":")[2] not in ("", "latest")
        assert made.port
        assert made.ready
        assert "here:1" in made.url_of("", place)
        assert made.check(Path()) == []

    def test_all_that_it_tells_can_be_referred_to(self, preset: Any) -> None:
        """Further ports have three fields each, and what it tells of its variables one."""
        made = spec(preset.name)
        of_ports = {f"{name}.{field}" for name in made.ports for field in ("host", "port", "url")}

        assert preset.fields(made, "worker").keys() == {"host", "port", "url"} | of_ports | made.told.keys()
        assert all(made.told_values.values())

    def test_an_image_may_be_built_instead(self, preset: Any) -> None:
        """The default does not count as a second image; one that the file names does."""
        assert spec(preset.name, build=".").build == "."
        assert spec(preset.name, image="mine:1").image == "mine:1"
        with pytest.raises(ValidationError, match="either 'image' or 'build'"):
            spec(preset.name, build=".", image="mine:1")


def test_variables_and_ports_of_the_file_come_on_top() -> None:
    """What it does not name stays."""
    made = spec("minio", environment={"MINIO_ROOT_USER": "ada", "MORE": 1}, ports={"more": 80})

    assert made.variables == {"MINIO_ROOT_USER": "ada", "MINIO_ROOT_PASSWORD": "minioadmin", "MORE": "1"}
    assert made.all_ports == {"": 9000, "console.": 9001, "more.": 80}
    assert made.told_values == {"access_key": "ada", "secret_key": "minioadmin"}


def test_a_container_has_an_image_or_is_built() -> None:
    """One of both."""
    for keys in ({}, {"image": "web", "build": "."}):
        with pytest.raises(ValidationError, match="either 'image' or 'build'"):
            spec("container", **keys)


def test_further_ports_have_urls_of_their_own_form() -> None:
    """That of web pages without one."""
    made = spec("container", image="web", ports={"grpc": 50051, "pages": 80}, urls={"grpc": "grpc://{host}:{port}"})
    place = {"host": "here", "port": "1"}

    assert made.url_of("grpc.", place) == "grpc://here:1"
    assert made.url_of("pages.", place) == "http://here:1"


def test_a_form_for_a_port_that_is_not_there_is_told() -> None:
    """With those that are."""
    made = spec("container", image="web", ports={"grpc": 50051}, urls={"gprc": "grpc://{host}:{port}"})

    assert made.check(Path()) == [(("urls", "gprc"), "'gprc' is no further port.", "one of grpc")]


@pytest.mark.parametrize("port", [0, 65536, -1])
@pytest.mark.parametrize("service_type", ["container", "redis"])
def test_a_port_that_cannot_be_is_refused(service_type: str, port: int) -> None:
    """A preset's as well as any other's, and those with names."""
    for keys in ({"port": port}, {"ports": {"more": port}}):
        with pytest.raises(ValidationError, match="port"):
            spec(service_type, image="web", **keys)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"url": "http://{host}:{prt}"}, ("url", "has a place for 'prt'")),
        ({"url": "http://{host"}, ("url", "is no form of a URL")),
        ({"ports": {"grpc": 1}, "urls": {"grpc": "grpc://{user}@{host}"}}, ("urls", "has a place for 'user'")),
        ({"url": "http://{}"}, ("url", "has a place for ''")),
    ],
)
def test_a_form_of_a_url_that_cannot_be_filled_is_told(keys: dict[str, Any], told: tuple[str, str]) -> None:
    """Before anything is started."""
    ((path, headline, expected),) = spec("container", image="web", **keys).check(Path())

    assert path[0] == told[0]
    assert told[1] in headline
    assert "host" in expected
