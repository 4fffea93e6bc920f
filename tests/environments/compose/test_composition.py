"""Services of a Compose file and what the environment file says of them become one environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fixtures.compose import Compose

from IntegrationLibrary.environments.loader import load_environment
from IntegrationLibrary.environments.model import Environment
from IntegrationLibrary.environments.references import resolve
from IntegrationLibrary.environments.sources import Sources

TWO = """
version: "3.8"
name: shop
services:
  web: {image: web, environment: {A: a, B: b}, ports: ["8080:80"], command: [serve], depends_on: [db]}
  db: {image: postgres}
"""
PROFILES = """
services:
  web: {image: web}
  mail: {image: mail, profiles: [mail, all]}
  debug: {image: debug, profiles: [debug], depends_on: [mail]}
"""
WAITING = """
services:
  web: {image: web, depends_on: {migrate: {condition: service_completed_successfully}}}
  migrate: {image: web, restart: on-failure:3}
"""


def raw(environment: Environment, service: str) -> dict[str, Any]:
    """Return the keys of a service without its type."""
    return {key: value for key, value in environment.services[service].raw.items() if key != "type"}


def test_the_services_are_those_of_the_file(load_composed: Compose) -> None:
    """Each worker has its own, in the order in which they start, from their own lines."""
    environment = load_composed(TWO)

    assert list(environment.services) == ["db", "web"]
    assert {(entry.type, entry.scope) for entry in environment.services.values()} == {("container", "worker")}
    assert environment.services["web"].depends_on == ("db",)
    assert [entry.place for entry in environment.services.values()] == ["docker-compose.yml:6", "docker-compose.yml:5"]


def test_the_environment_file_adds_and_replaces_keys(load_composed: Compose) -> None:
    """Mappings are merged by their keys; what stands there may refer to other services, and is the file's own line."""
    environment = load_composed(
        TWO, "  web:\n    environment: {B: '${db.host}', C: c}\n    command: [other]\n    ready: {http: /}\n"
    )

    assert raw(environment, "web") == {
        "image": "web",
        "environment": {"A": "a", "B": "${db.host}", "C": "c"},
        "port": 80,
        "command": ["other"],
        "depends_on": ["db"],
        "ready": {"http": "/"},
    }
    assert environment.services["web"].place == "environment.yaml:4"


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ("build: .", {"build": "."}),
        ("build: {target: t}", {"build": {"target": "t"}}),
        ("image: other", {"image": "other"}),
        ("user: null", {"image": "web", "user": None}),
    ],
)
def test_an_image_and_a_build_replace_each_other(
    load_composed: Compose, tmp_path: Path, added: str, expected: dict[str, Any]
) -> None:
    """A service has one of them; and a key with nothing is as if it were not there."""
    (tmp_path / "Dockerfile").touch()

    assert raw(load_composed("services: {web: {image: web}}", f"  web: {{{added}}}"), "web") == expected


@pytest.mark.parametrize(
    ("theirs", "own", "expected"),
    [
        ("image: web, volumes: ['./nowhere:/x']", "volumes: []", {"image": "web", "volumes": []}),
        ("build: {ssh: [default]}", "image: web", {"image": "web"}),
        ("image: '${WEB:?}', command: [serve]", "image: web", {"image": "web", "command": ["serve"]}),
        (
            "image: web, depends_on: {db: {condition: service_completed_successfully}}",
            "depends_on: []",
            {"image": "web", "depends_on": []},
        ),
        ("image: web, restart: sometimes", "restart: always", {"image": "web", "restart": "always"}),
    ],
)
def test_what_is_replaced_is_not_judged(
    load_composed: Compose, theirs: str, own: str, expected: dict[str, Any]
) -> None:
    """So that the environment file can do without what is not supported."""
    environment = load_composed(f"services: {{web: {{{theirs}}}, db: {{image: db}}}}", f"  web: {{{own}}}")

    assert raw(environment, "web") == expected
    assert raw(environment, "db") == {"image": "db"}


def test_a_service_of_another_type_takes_the_place_of_one(load_composed: Compose) -> None:
    """Whatever the Compose file says of it, and whatever others wait for."""
    text = TWO.replace("depends_on: [db]", "depends_on: {db: {condition: service_healthy}}")

    environment = load_composed(
        text.replace("image: postgres", "extends: {service: base}"),
        "  db: {type: postgres, databases: {shop: {}}}\n  web: {environment: {URL: '${db.shop.url}'}}",
    )

    assert [(entry.name, entry.type) for entry in environment.services.values()] == [
        ("db", "postgres"),
        ("web", "container"),
    ]
    assert environment.services["web"].depends_on == ("db",)


def test_services_of_the_environment_file_stand_beside_those_of_the_compose_file(load_composed: Compose) -> None:
    """Each may depend on the other."""
    environment = load_composed(
        TWO.replace("[db]", "[db, clock]"),
        "  clock: {type: container, image: clock}\n  log: {type: container, image: log, command: ['${web.port}']}",
    )

    assert list(environment.services) == ["db", "clock", "web", "log"]


def test_a_switch_says_how_what_took_its_place_is_run(load_composed: Compose, tmp_path: Path) -> None:
    """As with any service of the environment file."""
    load_composed(TWO, "  db: {type: postgres, databases: {shop: {}}}")

    environment = load_environment(tmp_path / "environment.yaml", switches={"db": "embedded"})

    assert environment.services["db"].raw["run"] == "embedded"


@pytest.mark.parametrize(
    ("compose", "variables", "services"),
    [
        ("docker-compose.yml", {}, ["web"]),
        ("{file: docker-compose.yml}", {}, ["web"]),
        ("{file: docker-compose.yml, profiles: [mail]}", {}, ["web", "mail"]),
        ("{file: docker-compose.yml, profiles: [all, debug]}", {}, ["web", "mail", "debug"]),
        ("{file: docker-compose.yml, profiles: ['*']}", {}, ["web", "mail", "debug"]),
        ("docker-compose.yml", {"COMPOSE_PROFILES": "x, mail"}, ["web", "mail"]),
        ("{file: docker-compose.yml, profiles: []}", {"COMPOSE_PROFILES": "mail"}, ["web"]),
        ("'${env.FILE:docker-compose.yml}'", {}, ["web"]),
        ("./docker-compose.yml", {}, ["web"]),
    ],
)
def test_profiles_choose_services(
    load_composed: Compose, compose: str, variables: dict[str, str], services: list[str]
) -> None:
    """Those that the environment file names, or else a variable, as with Compose."""
    assert list(load_composed(PROFILES, compose=compose, **variables).services) == services


def test_what_no_profile_in_use_has_is_not_judged(load_composed: Compose) -> None:
    """As little as what another service takes the place of, and volumes and networks that nobody names."""
    text = """
services:
  web: {image: web, networks: [own]}
  old: {build: {ssh: [default]}, environment: {A: "${A:?}"}, profiles: [old]}
networks: {own: , other: {external: true}}
volumes: {data: {external: true}}
x-anything: {no: ["${matter"]}
"""

    assert list(load_composed(text).services) == ["web"]


def test_who_is_awaited_to_the_end_is_ready_when_it_has_ended_well(load_composed: Compose) -> None:
    """The environment file may add another probe."""
    environment = load_composed(WAITING, "  migrate: {timeout: 300}")

    assert raw(environment, "migrate") == {
        "image": "web",
        "restart": "on-failure",
        "restart_limit": 3,
        "ready": {"exit": 0},
        "timeout": 300,
    }
    assert environment.services["web"].depends_on == ("migrate",)


@pytest.mark.parametrize(
    ("of_db", "added", "expected"),
    [
        ("", "", {"healthcheck": "image"}),
        (", healthcheck: {test: x, interval: 1s}", "", {"ready": {"command": "x"}}),
        (
            ", healthcheck: {test: x, interval: 1s}",
            "  db: {ready: {tcp: true}}",
            {"ready": {"command": "x", "tcp": True}},
        ),
        (", healthcheck: {test: x, interval: 1s}", "  db: {healthcheck: none}", {"healthcheck": "none"}),
    ],
)
def test_whose_health_is_awaited_has_a_check(
    load_composed: Compose, of_db: str, added: str, expected: dict[str, Any]
) -> None:
    """In the file, or in its image: that is known when it starts."""
    text = (
        f"services: {{web: {{image: w, depends_on: {{db: {{condition: service_healthy}}}}}}, db: {{image: db{of_db}}}}}"
    )

    assert raw(load_composed(text, added), "db") == {"image": "db", **expected}


def test_who_is_linked_to_has_that_name(load_composed: Compose) -> None:
    """And must be ready first."""
    environment = load_composed(
        "services: {web: {image: web, links: ['db:database', 'db:store', mail]}, db: {image: db}, mail: {image: mail}}"
    )

    assert raw(environment, "db") == {"image": "db", "aliases": ["database", "store"]}
    assert environment.services["web"].depends_on == ("db", "mail")


def test_who_has_the_image_that_another_one_builds_is_built_too(load_composed: Compose, tmp_path: Path) -> None:
    """No registry has it."""
    (tmp_path / "Dockerfile").touch()

    environment = load_composed(
        "services: {web: {image: shop, build: .}, worker: {image: shop, pull_policy: never}, db: {image: db}}"
    )

    assert raw(environment, "web") == {"build": {"context": str(tmp_path)}}
    assert raw(environment, "worker") == {"build": {"context": str(tmp_path)}, "pull": "never"}
    assert raw(environment, "db") == {"image": "db"}


def test_anchors_and_merge_keys_are_followed(load_composed: Compose) -> None:
    """What they take over has its variables replaced where it comes to stand."""
    text = """
x-base: &base
  restart: always
  environment: &variables {A: "${A}", B: b}
services:
  web:
    <<: *base
    image: web
    environment: {<<: *variables, B: own}
"""

    assert raw(load_composed(text, A="a"), "web") == {
        "image": "web",
        "restart": "always",
        "environment": {"A": "a", "B": "own"},
    }


def test_variables_come_from_the_system_and_from_the_file_beside(load_composed: Compose, tmp_path: Path) -> None:
    """The system's count more; the project's name is one of them."""
    (tmp_path / ".env").write_text("A=file\nB=file\nC=$A", encoding="utf-8")
    text = "name: shop-$A\nservices: {web: {image: '$A-${B}-$C-${COMPOSE_PROJECT_NAME}', environment: [B]}}"

    web = raw(load_composed(text, A="system"), "web")

    assert web == {"image": "system-file-system-shop-system", "environment": {"B": "file"}}


def test_without_a_name_the_project_is_named_after_its_folder(load_composed: Compose, tmp_path: Path) -> None:
    """As Compose does it."""
    environment = load_composed("services: {web: {image: '$COMPOSE_PROJECT_NAME'}}")

    assert raw(environment, "web")["image"] == tmp_path.name.lower()


def test_what_looks_like_a_reference_is_none(load_composed: Compose) -> None:
    """A variable of the container's own shell reaches it as the Compose file has it; nothing is resolved twice."""
    text = "services: {web: {image: web, command: ['echo $${HOME} $$HOME', '$A', '$$$${B}']}}"

    entry = load_composed(text, A="${db.url}", HOME="/h").services["web"]

    assert entry.refers_to == set()
    assert resolve(entry.raw, {}, {})["command"] == ["echo ${HOME} $HOME", "${db.url}", "$${B}"]


def test_paths_start_at_the_compose_file(load_composed: Compose, tmp_path: Path) -> None:
    """Wherever the environment file is."""
    (tmp_path / "other" / "web").mkdir(parents=True)
    (tmp_path / "other" / "web" / "Dockerfile").touch()
    (tmp_path / "other" / "compose.yml").write_text("services: {web: {build: web, volumes: ['./web:/web']}}")

    web = raw(load_composed("", compose="other/compose.yml"), "web")

    folder = tmp_path / "other" / "web"
    assert web == {"build": {"context": str(folder)}, "volumes": [f"{folder}:/web"]}


CHANGES = {
    "environment.yaml": ["'environment.yaml'"],
    "docker-compose.yml": ["'docker-compose.yml'"],
    ".env": ["'.env'"],
    "web.env": ["'web.env'"],
    "later.env": ["'later.env'"],
    "token.txt": ["file '{folder}/token.txt'"],
    "app/app.py": ["the build context '{folder}/app'"],
    "other.txt": [],
}
OF_FILES = """
services:
  web:
    build: {context: app, args: [ARGUMENT]}
    env_file: [web.env, {path: later.env, required: false}]
    environment: {A: "${A:-a}", B: $B}
    secrets: [token]
secrets: {token: {file: token.txt}}
"""


@pytest.mark.parametrize("name", CHANGES)
def test_what_the_environment_is_made_from_is_known(load_composed: Compose, tmp_path: Path, name: str) -> None:
    """A kept environment is outdated when one of the files changes, or comes into being."""
    (tmp_path / "app").mkdir()
    for file in ("app/Dockerfile", "web.env", "token.txt"):
        (tmp_path / file).touch()
    sources = Sources(load_composed(OF_FILES))
    with (tmp_path / name).open("a", encoding="utf-8") as changed:
        changed.write("\n")

    assert sources.changed() == [what.format(folder=tmp_path) for what in CHANGES[name]]


def test_the_variables_that_it_names_are_known(load_composed: Compose, tmp_path: Path) -> None:
    """A kept environment is outdated too when they have other values."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "Dockerfile").touch()
    (tmp_path / "web.env").write_text("C=$C\nD", encoding="utf-8")
    (tmp_path / "token.txt").touch()

    variables = Sources(load_composed(OF_FILES, compose="'${env.FILE:docker-compose.yml}'")).variables

    assert set(variables) == {"A", "B", "C", "D", "ARGUMENT", "FILE", "COMPOSE_PROFILES"}
