"""What is wrong with an environment file is told at once, with lines, in words under test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from IntegrationLibrary.base.errors import ConfigurationError, IntegrationError
from IntegrationLibrary.environments.loader import load_environment

FILES = {
    "not_yaml": "environment: shop\nservices: {shop: [",
    "empty_file": "",
    "a_list": "- environment: shop",
    "no_keys": "{}",
    "no_services": "environment: shop\nservices: {}\n",
    "services_without_names": "environment: shop\nservices:\n  - {type: process}\n",
    "unknown_top_level_key": """
environment: shop
servces: {}
services:
  shop: {type: process, command: [serve]}
""",
    "environment_without_a_name": """
environment:
services:
  shop: {type: process, command: [serve]}
""",
    "service_name_that_is_not_plain": """
environment: shop
services:
  my shop: {type: process, command: [serve]}
""",
    "service_name_that_is_no_text": """
environment: shop
services:
  5: {type: process, command: [serve]}
""",
    "service_named_env": """
environment: shop
services:
  env: {type: process, command: [serve]}
""",
    "service_without_keys": """
environment: shop
services:
  shop:
""",
    "service_without_a_type": """
environment: shop
services:
  shop: {command: [serve]}
""",
    "unknown_service_type": """
environment: shop
services:
  shop:
    type: proces
    command: [serve]
""",
    "unknown_key": """
environment: shop
services:
  shop:
    type: process
    command: [serve]
    enviroment: {DEBUG: "1"}
""",
    "key_that_is_no_text": """
environment: shop
services:
  shop:
    type: process
    command: [serve]
    environment:
      1: one
""",
    "missing_key": """
environment: shop
services:
  shop:
    type: process
""",
    "number_wanted": """
environment: shop
services:
  shop:
    type: process
    command: [serve]
    timeout: soon
""",
    "number_too_small": """
environment: shop
services:
  shop: {type: process, command: [serve], stop_timeout: 0}
""",
    "text_wanted": """
environment: shop
services:
  shop:
    type: process
    command:
      - serve
      - --port
      - 8080
""",
    "text_or_number_wanted": """
environment: shop
services:
  shop:
    type: process
    command: [serve]
    environment:
      DEBUG: true
""",
    "secret_of_a_wrong_type": """
environment: shop
services:
  shop:
    type: process
    command: [serve]
    environment:
      API_KEY: [s3cret]
""",
    "list_that_is_empty": """
environment: shop
services:
  shop: {type: process, command: []}
""",
    "unknown_scope": """
environment: shop
services:
  shop: {type: process, command: [serve], scope: workers}
""",
    "url_without_a_host": """
environment: shop
services:
  shop: {type: external, url: staging.example.com}
""",
    "folder_that_does_not_exist": """
environment: shop
services:
  shop:
    type: process
    command: [serve]
    folder: ../servcies
""",
    "depends_on_nothing": """
environment: shop
services:
  postgres: {type: process, command: [serve]}
  shop:
    type: process
    command: [serve]
    depends_on: [postgrs]
""",
    "depends_on_itself": """
environment: shop
services:
  shop: {type: process, command: [serve], depends_on: [shop]}
""",
    "circle_of_dependencies": """
environment: shop
services:
  shop:
    type: process
    command: [serve]
    depends_on: [stock]
  stock: {type: process, command: [serve], depends_on: [mail]}
  mail: {type: process, command: [serve], depends_on: [shop]}
""",
    "circle_of_references": """
environment: shop
services:
  shop:
    type: process
    command: [serve]
    environment:
      MAIL: ${mail.url}
  mail: {type: process, command: [serve, "${shop.url}"]}
""",
    "run_depends_on_worker": """
environment: shop
services:
  shop: {type: process, command: [serve]}
  mail: {type: process, command: [serve], scope: run, depends_on: [shop]}
""",
    "run_refers_to_worker": """
environment: shop
services:
  shop: {type: process, command: [serve]}
  mail: {type: process, command: [serve, "${shop.url}"], scope: run}
""",
    "reference_to_no_service": """
environment: shop
services:
  postgres: {type: process, command: [serve]}
  shop:
    type: process
    command: [serve]
    environment:
      URL: ${postgrs.url}
""",
    "reference_to_no_field": """
environment: shop
services:
  postgres: {type: process, command: [serve]}
  shop: {type: process, command: [serve, "${postgres.ulr}"]}
""",
    "reference_to_no_variable": """
environment: shop
services:
  shop: {type: process, command: [serve, "${env.SHOP_URLS}"]}
""",
    "reference_to_a_variable_unlike_any": """
environment: shop
services:
  shop: {type: process, command: [serve, "${env.TOKEN}"]}
""",
    "reference_that_cannot_be_read": """
environment: shop
services:
  shop: {type: process, command: [sh, -c, "echo ${HOME}"]}
""",
    "reference_that_is_not_closed": """
environment: shop
services:
  shop: {type: process, command: [serve, "${shop.port"]}
""",
    "variable_that_is_no_number": """
environment: shop
services:
  shop: {type: process, command: [serve], timeout: "${env.SHOP_URL}"}
""",
    "unknown_key_of_a_database": """
environment: shop
services:
  postgres:
    type: postgres
    databases:
      shop: {}
      stock:
        migratons: migrations
""",
    "text_or_list_wanted": """
environment: shop
services:
  postgres:
    type: postgres
    databases:
      shop:
        migrations: 5
""",
    "text_wanted_in_a_list": """
environment: shop
services:
  postgres:
    type: postgres
    databases:
      shop: {migrations: [alembic, upgrade, 5]}
""",
    "unknown_isolation": """
environment: shop
services:
  postgres:
    type: postgres
    databases:
      shop:
        isolation: rolback
""",
    "seed_that_does_not_exist": """
environment: shop
services:
  postgres:
    type: postgres
    databases:
      shop:
        seeds:
          - catalogue.yaml
""",
    "unknown_run": """
environment: shop
services:
  postgres:
    type: postgres
    run: embeded
    databases: {shop: {}}
""",
    "external_database_with_migrations": """
environment: shop
services:
  postgres:
    type: postgres
    run: external
    url: postgresql://localhost/shop_test
    test_databases: [shop_test]
    databases:
      shop:
        migrations: .
""",
    "migration_command_in_a_folder_that_does_not_exist": """
environment: shop
services:
  postgres:
    type: postgres
    databases:
      shop:
        migrations: {command: [alembic, upgrade, head], folder: db}
""",
    "external_database_without_a_url": """
environment: shop
services:
  postgres:
    type: postgres
    run: external
    databases: {shop: {}}
""",
    "rules_that_are_no_yaml": """
environment: shop
services:
  payments:
    type: mock
    rules: broken.yaml
""",
    "unknown_probe": """
environment: shop
services:
  shop: {type: process, command: [serve], ready: {htp: /health}}
""",
    "unknown_key_of_a_probe": """
environment: shop
services:
  shop:
    type: process
    command: [serve]
    ready:
      http:
        path: /health
        stauts: 204
""",
    "probe_without_its_path": """
environment: shop
services:
  shop: {type: process, command: [serve], ready: {http: {status: 204}}}
""",
    "probe_with_keys_that_takes_none": """
environment: shop
services:
  shop: {type: process, command: [serve], ready: {tcp: {port: 80}}}
""",
    "probe_that_makes_no_sense": """
environment: shop
services:
  shop: {type: process, command: [serve], ready: {log: "(started"}}
""",
    "faults_of_a_service_over_https": """
environment: shop
services:
  shop:
    type: external
    url: https://staging.example.com
    faults: true
""",
    "faults_that_are_no_yes_or_no": """
environment: shop
services:
  shop:
    type: process
    command: [serve]
    faults: latency
""",
    "after_rollback_without_anything_to_do": """
environment: shop
services:
  shop:
    type: process
    command: [serve]
    after_rollback: {timeout: 1}
""",
    "after_rollback_with_two_things_to_do": """
environment: shop
services:
  shop:
    type: process
    command: [serve]
    after_rollback:
      http: /cache
      command: [forget]
""",
    "after_rollback_with_a_method_for_a_command": """
environment: shop
services:
  shop: {type: process, command: [serve], after_rollback: {command: [forget], method: DELETE}}
""",
    "after_rollback_with_a_method_that_is_none": """
environment: shop
services:
  shop:
    type: process
    command: [serve]
    after_rollback:
      http: /cache
      method: delete
""",
    "after_rollback_with_a_path_that_is_none": """
environment: shop
services:
  shop: {type: process, command: [serve], after_rollback: {http: cache}}
""",
    "unknown_key_of_after_rollback": """
environment: shop
services:
  shop:
    type: process
    command: [serve]
    after_rollback:
      http: /cache
      metod: DELETE
""",
    "after_rollback_of_a_service_for_the_run": """
environment: shop
services:
  shop:
    type: process
    command: [serve]
    scope: run
    after_rollback: {http: /cache}
""",
    "restart_after_clone_of_a_service_for_the_run": """
environment: shop
services:
  shop:
    type: process
    command: [serve]
    scope: run
    restart_after_clone: true
""",
    "restart_after_clone_that_is_a_word": """
environment: shop
services:
  shop: {type: process, command: [serve], restart_after_clone: always}
""",
    "unreadable_services_are_not_judged_by_others": """
environment: shop
services:
  shop: {type: process}
  mail: {type: process, command: [serve, "${shop.prot}"], scope: run, depends_on: [shop]}
""",
    "many_mistakes": """
environment: shop
services:
  shop:
    type: process
    comand: [serve]
    folder: nowhere
    environment: {MAIL: "${mial.url}"}
  mail:
    type: proces
""",
    "more_mistakes_than_are_shown": "environment: shop\nservices:\n"
    + "".join(f"  s{number}: {{type: none}}\n" for number in range(12)),
}

SWITCHES = {
    "switch_of_no_service": {"postgrs": "external"},
    "switch_to_no_way_to_run": {"postgres": "extrnal"},
    "switch_of_a_type_that_runs_one_way": {"shop": "external"},
}

_SHOP = """
environment: shop
services:
  postgres: {type: postgres, databases: {shop: {}}}
  shop: {type: process, command: [serve, "${postgres.shop.url}"]}
"""
_VARIABLES = {"SHOP_URL": "http://127.0.0.1:1"}

Golden = Callable[[str, str], None]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the environment file goes, under a name that is the same on every machine."""
    monkeypatch.chdir(tmp_path)
    Path("broken.yaml").write_text("rules: [", encoding="utf-8")
    return Path("shop.yaml")


@pytest.mark.parametrize("case", FILES)
def test_a_wrong_file_is_refused(case: str, file: Path, golden: Golden) -> None:
    """The failure says file, line, key, what is allowed and what was probably meant."""
    file.write_text(FILES[case], encoding="utf-8")

    with pytest.raises(ConfigurationError) as raised:
        load_environment(file, os_environment=_VARIABLES)

    golden(f"environments/{case}", str(raised.value))


def test_a_file_that_does_not_exist_is_refused(file: Path, golden: Golden) -> None:
    """The path is told as it was given."""
    with pytest.raises(ConfigurationError) as raised:
        load_environment(file)

    golden("environments/file_that_does_not_exist", str(raised.value))


@pytest.mark.parametrize("case", SWITCHES)
def test_a_wrong_switch_is_refused(case: str, file: Path, golden: Golden) -> None:
    """A switch is a matter of who starts the environment, so the failure names no line."""
    file.write_text(_SHOP, encoding="utf-8")

    with pytest.raises(IntegrationError) as raised:
        load_environment(file, switches=SWITCHES[case])

    golden(f"environments/{case}", str(raised.value))


def test_a_switch_of_a_service_that_cannot_be_read_tells_the_mistake_of_the_file(file: Path) -> None:
    """What is wrong with the file comes first."""
    file.write_text("environment: shop\nservices: {shop: {type: proces}}", encoding="utf-8")

    with pytest.raises(ConfigurationError, match="There is no service type named 'proces'"):
        load_environment(file, switches={"shop": "external"})


def test_nothing_of_a_secret_is_shown(file: Path) -> None:
    """The value of a variable never stands in a failure."""
    file.write_text(
        "environment: shop\nservices: {shop: {type: process, command: [a], timeout: '${env.PIN}', scope: '${env.PIN}'}}"
    )

    with pytest.raises(ConfigurationError) as raised:
        load_environment(file, os_environment={"PIN": "s3cret"})

    assert "s3cret" not in str(raised.value)
