"""What of a Compose file is not supported is refused by name, with its file and line; nothing is ignored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures.compose import Compose

from IntegrationLibrary.base.errors import ConfigurationError
from IntegrationLibrary.environments.compose.service import KNOWN, REFUSED

Golden = Callable[[str, str], None]

FILES = {
    "a_list": "- web",
    "no_services": "version: '3'",
    "services_that_are_empty": "services: {}",
    "services_that_are_a_list": "services: [web]",
    "unknown_key_at_the_top": "servces: {web: {image: web}}",
    "include": "include: [other.yml]\nservices: {web: {image: web}}",
    "models_at_the_top": "models: {llm: {model: x}}\nservices: {web: {image: web}}",
    "unknown_key": "services:\n  web:\n    imge: web",
    "extends": "services:\n  web:\n    extends: {file: base.yml, service: web}",
    "service_without_an_image": "services:\n  web:\n    command: serve",
    "service_without_keys": "services:\n  web:",
    "service_name_that_is_not_plain": "services:\n  web.shop: {image: web}",
    "service_that_is_a_number": "services:\n  5: {image: web}",
    "key_that_is_no_text": "services:\n  web:\n    image: web\n    5: five",
    "variable_that_must_be_set": "services:\n  web:\n    image: web:${TAG:?set the tag of the release}",
    "variable_that_is_none": "services:\n  web:\n    image: web\n    command: [serve, '${PORT/8/9}']",
    "value_of_a_variable": "services:\n  web: {image: web, init: '$INIT'}",
    "value_of_a_secret": "services:\n  web: {image: web, environment: {TOKEN: [s3cret]}}",
    "command_that_is_not_closed": "services:\n  web: {image: web, command: echo 'x}",
    "command_that_is_empty": "services:\n  web: {image: web, entrypoint: ''}",
    "port_of_udp": "services:\n  dns:\n    image: dns\n    ports:\n      - '53:53'\n      - '53:53/udp'",
    "port_of_udp_in_the_long_form": "services: {dns: {image: dns, ports: [{target: 53, protocol: udp}]}}",
    "port_that_is_none": "services: {web: {image: web, ports: ['http']}}",
    "port_too_high": "services: {web: {image: web, ports: [{target: 65536}]}}",
    "ports_of_different_lengths": "services: {web: {image: web, ports: ['8000-8001:80-82']}}",
    "port_without_a_target": "services: {web: {image: web, ports: [{published: 80}]}}",
    "dependency_on_nothing": "services:\n  web: {image: web, depends_on: [dbb]}\n  db: {image: db}",
    "dependency_that_is_not_used": (
        "services:\n  web:\n    image: web\n    depends_on: [debug]\n  debug: {image: debug, profiles: [debug]}"
    ),
    "dependency_without_a_condition": "services: {web: {image: web, depends_on: {db: {}}}, db: {image: db}}",
    "unknown_condition": "services: {web: {image: web, depends_on: {db: {condition: healthy}}}, db: {image: db}}",
    "health_that_nobody_checks": (
        "services:\n  web: {image: web, depends_on: {db: {condition: service_healthy}}}\n"
        "  db: {image: db, healthcheck: {disable: true}}"
    ),
    "end_that_never_comes": (
        "services:\n  web: {image: web, depends_on: {job: {condition: service_completed_successfully}}}\n"
        "  job: {image: job, restart: always}"
    ),
    "circle": "services:\n  web: {image: web, depends_on: [db]}\n  db: {image: db, links: [web]}",
    "link_to_nothing": "services: {web: {image: web, links: ['db:database']}}",
    "healthcheck_without_a_kind": "services: {web: {image: web, healthcheck: {test: [curl, -f, x]}}}",
    "duration_that_is_none": "services: {web: {image: web, healthcheck: {test: x, interval: 30}}}",
    "volume_that_is_not_there": "services:\n  db:\n    image: db\n    volumes: ['dta:/data']\nvolumes: {data: }",
    "volume_that_may_be_a_folder": "services: {db: {image: db, volumes: ['data:/data']}}",
    "volume_of_a_driver": "services: {db: {image: db, volumes: ['data:/data']}}\nvolumes:\n  data:\n    driver: nfs",
    "volume_that_is_external": "services: {db: {image: db, volumes: ['a:/a']}}\nvolumes:\n  a:\n    external: true",
    "volume_with_options": "services: {db: {image: db, volumes: ['a:/a']}}\nvolumes: {a: {driver_opts: {type: nfs}}}",
    "volume_that_is_an_image": "services: {a: {image: a, volumes: [{type: image, source: x, target: /x}]}}",
    "volume_of_a_mode_that_is_none": "services: {a: {image: a, volumes: ['/x:/y:r']}}",
    "volume_without_a_path": "services: {a: {image: a, volumes: ['a::b']}}",
    "volume_without_a_target": "services: {a: {image: a, volumes: [{type: bind, source: /x}]}}",
    "volume_of_a_subpath": (
        "services: {a: {image: a, volumes: [{type: volume, source: d, target: /d, volume: {subpath: x}}]}}\n"
        "volumes: {d: }"
    ),
    "network_that_is_not_there": "services: {web: {image: web, networks: [bck]}}\nnetworks: {back: }",
    "network_of_a_driver": "services: {web: {image: web, networks: [a]}}\nnetworks:\n  a: {driver: overlay}",
    "network_with_addresses": "services: {web: {image: web, networks: [a]}}\nnetworks:\n  a:\n    ipam: {config: []}",
    "network_that_is_external": "services: {web: {image: web}}\nnetworks:\n  default:\n    external: true",
    "network_that_is_closed": "services: {web: {image: web, networks: [a]}}\nnetworks: {a: {internal: true}}",
    "network_address": "services: {web: {image: web, networks: {a: {ipv4_address: 10.0.0.5}}}}\nnetworks: {a: }",
    "network_mode": "services: {web: {image: web, network_mode: 'service:vpn'}}",
    "build_of_a_url": "services: {web: {build: 'https://github.com/docker/awesome-compose.git'}}",
    "build_with_secrets": "services:\n  web:\n    build:\n      context: .\n      secrets: [token]",
    "build_in_a_folder_that_does_not_exist": "services:\n  web:\n    build:\n      context: ./wbe",
    "build_without_a_dockerfile": "services:\n  web:\n    build: .",
    "env_file_that_does_not_exist": "services:\n  web:\n    image: web\n    env_file:\n      - path: ./web.env",
    "env_file_of_a_format": "services: {web: {image: web, env_file: [{path: web.env, format: json}]}}",
    "secret_that_is_not_there": "services: {web: {image: web, secrets: [tken]}}\nsecrets: {token: {file: t.txt}}",
    "secret_without_its_file": "services: {web: {image: web, secrets: [token]}}\nsecrets: {token: {file: t.txt}}",
    "secret_of_a_variable": "services: {web: {image: web, secrets: [t]}}\nsecrets:\n  t:\n    environment: TOKEN",
    "secret_of_a_user": "services: {web: {image: web, secrets: [{source: t, uid: '5'}]}}\nsecrets: {t: {file: t.txt}}",
    "config_with_its_content": "services: {web: {image: web, configs: [c]}}\nconfigs: {c: {content: hello}}",
    "several_copies": "services: {web: {image: web, scale: 2}}",
    "several_replicas": "services: {web: {image: web, deploy: {replicas: 3}}}",
    "deploy_in_a_cluster": "services: {web: {image: web, deploy: {placement: {constraints: [node.role==manager]}}}}",
    "reservations": "services: {web: {image: web, deploy: {resources: {reservations: {memory: 1g}}}}}",
    "limit_without_its_half": "services: {web: {image: web, ulimits: {nofile: {soft: 5}}}}",
    "limit_without_anything": "services: {web: {image: web, ulimits: {nofile: {x-soft: 5}}}}",
    "choice_that_is_a_list": "services: {web: {image: web, pull_policy: [never]}}",
    "path_with_a_nul": 'services: {web: {image: web, configs: [c]}}\nconfigs: {c: {file: "a\\0"}}',
    "folder_that_does_not_exist": "services:\n  web:\n    image: web\n    volumes:\n      - ./wbe:/web",
    "restart_that_is_none": "services: {web: {image: web, restart: on-success}}",
    "pull_policy_of_time": "services: {web: {image: web, pull_policy: daily}}",
    "size_that_is_none": "services: {web: {image: web, mem_limit: lots}}",
    "number_that_is_none": "services: {web: {image: web, cpus: all}}",
    "log_driver": "services: {web: {image: web, logging: {driver: syslog}}}",
    "host_without_an_address": "services: {web: {image: web, extra_hosts: [a.test]}}",
    "tag": "services: {web: {image: web, ports: !reset []}}",
    "many_mistakes": """
services:
  web:
    image: web
    imge: other
    ports: ["53/udp", "80", "x"]
    devices: [/dev/kvm]
  db:
    image: ${DB_IMAGE?}
    extends: {service: base}
  mail:
    imag: mail
""",
}
SPECIFICATION = """
annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs container_name cpu_count
cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset credential_spec depends_on deploy
develop device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint env_file environment expose extends
external_links extra_hosts gpus group_add healthcheck hostname image init ipc isolation label_file labels links
logging mac_address mem_limit mem_reservation mem_swappiness memswap_limit models network_mode networks
oom_kill_disable oom_score_adj pid pids_limit platform ports post_start pre_start pre_stop privileged profiles
provider pull_policy pull_refresh_after read_only restart runtime scale secrets security_opt shm_size stdin_open
stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits use_api_socket user userns_mode uts volumes
volumes_from working_dir
"""
"""The keys of a service: https://github.com/compose-spec/compose-spec/blob/main/schema/compose-spec.json"""


@pytest.mark.parametrize("case", FILES)
def test_a_wrong_file_is_refused(load_composed: Compose, golden: Golden, tmp_path: Path, case: str) -> None:
    """The failure says file, line, key, and what is to be done instead."""
    with pytest.raises(ConfigurationError) as raised:
        load_composed(FILES[case], INIT="maybe s3cret")

    told = str(raised.value).replace(str(tmp_path.resolve()), "FOLDER")
    assert "s3cret" not in told
    assert "docker-compose.yml:" in told
    golden(f"compose/{case}", told)


@pytest.mark.parametrize("key", REFUSED)
def test_a_key_that_is_not_supported_is_refused(load_composed: Compose, key: str) -> None:
    """Whatever its value is."""
    with pytest.raises(ConfigurationError) as raised:
        load_composed(f"services:\n  web:\n    image: web\n    {key}: anything\n")

    assert raised.value.headline == f"Key '{key}' of service 'web' is not supported."
    assert raised.value.place == "docker-compose.yml:4"


def test_every_key_of_the_specification_is_either_known_or_refused() -> None:
    """None is told to be a mistake of the file's author."""
    assert sorted({*KNOWN, *REFUSED}) == sorted(SPECIFICATION.split())
    assert set(KNOWN).isdisjoint(REFUSED)


BOTH = {
    "added_key_with_a_wrong_value": ("  web: {ports: {admin: 'http'}}", "docker-compose.yml"),
    "keys_for_no_service": ("  wbe: {user: me}", "docker-compose.yml"),
    "keys_for_a_service_that_is_not_used": ("  debug: {user: me}", "docker-compose.yml"),
    "reference_to_no_service": ("  web: {environment: {URL: '${bd.url}'}}", "docker-compose.yml"),
    "reference_to_no_field": ("  db: {environment: {URL: '${web.prot}'}}", "docker-compose.yml"),
    "run_depends_on_worker": ("  web: {scope: run}", "docker-compose.yml"),
    "service_that_is_not_described": ("  web:", "docker-compose.yml"),
    "added_switch_that_is_none": ("  web: {network: bridge}", "docker-compose.yml"),
    "mistakes_in_both_files": ("  web: {usr: me}\n  db: {image: db, scope: all}\n  other: {user: me}", "wrong.yml"),
    "compose_file_that_is_not_there": ("", "compose.yml"),
    "compose_file_without_a_name": ("", "{profiles: [debug]}"),
    "compose_file_that_is_a_number": ("", "5"),
    "profile_that_no_service_has": ("", "{file: docker-compose.yml, profiles: [debug, debgu]}"),
    "unknown_key_of_compose": ("", "{fil: docker-compose.yml}"),
}
FILE = """
services:
  web:
    image: web
    depends_on: [db]
  db:
    image: db
  debug: {image: debug, profiles: [debug]}
"""


@pytest.mark.parametrize("case", BOTH)
def test_what_is_wrong_with_both_files_is_told(
    load_composed: Compose, golden: Golden, tmp_path: Path, case: str
) -> None:
    """Each mistake with the file and line where it stands."""
    services, compose = BOTH[case]
    (tmp_path / "wrong.yml").write_text(
        FILE.replace("image: web\n", "imge: web\n").replace("db:\n", "db:\n    pid: host\n")
    )

    with pytest.raises(ConfigurationError) as raised:
        load_composed(FILE, services, compose=compose)

    golden(f"compose/{case}", str(raised.value))


def test_a_mistake_in_a_file_of_variables_has_its_line(load_composed: Compose, tmp_path: Path) -> None:
    """In `.env` as in those of a service."""
    (tmp_path / ".env").write_text("A=1\nB='2", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"(?s)A line of '\.env' cannot be read.*Next: +\.env:2"):
        load_composed(FILE)

    (tmp_path / ".env").write_text("A=1", encoding="utf-8")
    (tmp_path / "web.env").write_text("\nB=${C?}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"(?s)Variable 'C' must be set.*Next: +\S*web\.env:2"):
        load_composed("services: {web: {image: web, env_file: web.env}}")


def test_a_compose_file_that_is_no_yaml_is_told(load_composed: Compose) -> None:
    """With its own line."""
    with pytest.raises(ConfigurationError, match=r"(?s)'docker-compose\.yml' is not YAML.*docker-compose\.yml:2"):
        load_composed("services:\n\tweb: {image: web}")
