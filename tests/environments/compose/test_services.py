"""Each key of a Compose file's service becomes a key of a container."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fixtures.compose import Compose

from IntegrationLibrary.base.errors import ConfigurationError

FILE = """
services:
  web: {{image: 'web:1', {keys}}}
  db: {{image: postgres}}
networks: {{back: , front: {{driver: bridge, attachable: true}}}}
volumes: {{data: , logs.of: {{driver: local}}}}
secrets: {{token: {{file: ./token.txt}}}}
configs: {{nginx: {{file: nginx.conf}}}}
"""
KEYS: dict[str, dict[str, Any]] = {
    "platform: linux/amd64": {"platform": "linux/amd64"},
    "pull_policy: if_not_present": {"pull": "missing"},
    "pull_policy: always": {"pull": "always"},
    # commands
    "command: serve --name 'a b' \"c\"": {"command": ["serve", "--name", "a b", "c"]},
    "command: [serve, --port, 80]": {"command": ["serve", "--port", "80"]},
    "command: null": {},
    "entrypoint: /entry.sh -v": {"entrypoint": ["/entry.sh", "-v"]},
    # variables
    "environment: {A: a, B: 5, C: true, D: 1.50, E: , USER: }": {
        "environment": {"A": "a", "B": "5", "C": "true", "D": "1.5", "USER": "ada"}
    },
    "environment: [A=a=b, B=, USER, UNSET]": {"environment": {"A": "a=b", "B": "", "USER": "ada"}},
    "env_file: web.env": {"environment": {"A": "file", "B": "file"}},
    "env_file: [web.env, {path: other.env, required: false}, {path: more.env, format: raw}]": {
        "environment": {"A": "file", "B": "'more'"}
    },
    "env_file: web.env, environment: {A: own}": {"environment": {"A": "own", "B": "file"}},
    "environment: [A], env_file: web.env": {"environment": {"B": "file"}},
    # ports
    "ports: [80]": {"port": 80},
    'ports: ["8080:80", "127.0.0.1:9000:9000", "443", "8080:80/tcp"]': {
        "port": 80,
        "ports": {"9000": 9000, "443": 443},
    },
    'ports: ["3000-3002"]': {"port": 3000, "ports": {"3001": 3001, "3002": 3002}},
    'ports: ["9090-9091:8080-8081", "8000-9000:70", "::1:6000:6000", "[::1]:6001:6001", "127.0.0.1::5000"]': {
        "port": 8080,
        "ports": {"8081": 8081, "70": 70, "6000": 6000, "6001": 6001, "5000": 5000},
    },
    'ports: [{target: 80, published: "8080-8090", protocol: tcp, mode: host, name: web, app_protocol: http}]': {
        "port": 80
    },
    "expose: ['6379', 53/udp]": {},
    # dependencies
    "depends_on: [db]": {"depends_on": ["db"]},
    "depends_on: {db: {condition: service_healthy, restart: true}}": {"depends_on": ["db"]},
    "depends_on: {db: {condition: service_started}, other: {condition: service_started, required: false}}": {
        "depends_on": ["db"]
    },
    "depends_on: [db], links: ['db:database']": {"depends_on": ["db"]},
    # health
    "healthcheck: {test: [CMD, pg_isready, -q], interval: 10s, retries: 5}": {
        "ready": {"command": ["pg_isready", "-q"]}
    },
    "healthcheck: {test: curl -f x || exit 1}": {"ready": {"command": "curl -f x || exit 1"}, "timeout": 90.0},
    "healthcheck: {test: [CMD-SHELL, x y], interval: 5s, timeout: 500ms, start_period: 1m30s, start_interval: 5s}": {
        "ready": {"command": "x y"},
        "timeout": 105.0,
    },
    "healthcheck: {interval: 20s, retries: 5}": {"timeout": 100.0},
    "healthcheck: {interval: 1h}": {"timeout": 600.0},
    "healthcheck: {test: [NONE]}": {"healthcheck": "none"},
    "healthcheck: {disable: true}": {"healthcheck": "none"},
    # volumes
    "volumes: ['data:/data', './here:/here:ro', '/there:/there', '/own', './here/file:/file:ro,z']": {
        "volumes": ["data:/data", "{folder}/here:/here:ro", "/there:/there", "/own", "{folder}/here/file:/file:ro,z"]
    },
    "volumes: ['logs.of:/logs:cached', '~:/home']": {"volumes": ["logs_dot_of:/logs", "{home}:/home"]},
    "volumes: [{type: bind, source: ./here, target: /here, read_only: true, bind: {propagation: rslave}}]": {
        "volumes": ["{folder}/here:/here:ro,rslave"]
    },
    "volumes: [{type: volume, source: data, target: /data, volume: {nocopy: true}}, {type: volume, target: /own}]": {
        "volumes": ["data:/data:nocopy", "/own"]
    },
    "volumes: [{type: tmpfs, target: /t, tmpfs: {size: 64M, mode: 0o1777}}, {type: tmpfs, target: /u}]": {
        "tmpfs": ["/t:size=64m,mode=1777", "/u"]
    },
    "tmpfs: /run": {"tmpfs": ["/run"]},
    "tmpfs: [/run, '/cache:size=1g']": {"tmpfs": ["/run", "/cache:size=1g"]},
    # files
    "secrets: [token, {source: token, target: other}, {source: token, target: /at/once}]": {
        "files": dict.fromkeys(("/run/secrets/token", "/run/secrets/other", "/at/once"), "{folder}/token.txt")
    },
    "configs: [nginx, {source: nginx, target: /etc/nginx.conf}]": {
        "files": {"/nginx": "{folder}/nginx.conf", "/etc/nginx.conf": "{folder}/nginx.conf"}
    },
    # networks
    "networks: [back, default]": {},
    "networks: {back: , front: {aliases: [site, www], priority: 5}}": {"aliases": ["site", "www"]},
    "container_name: shop-web, hostname: web.local, networks: {back: {aliases: [site]}}": {
        "aliases": ["site", "shop-web", "web.local"],
        "hostname": "web.local",
    },
    "network_mode: host": {"network": "host"},
    "extra_hosts: ['a.test:10.0.0.1', 'b.test=::1', 'c.test:host-gateway']": {
        "extra_hosts": {"a.test": "10.0.0.1", "b.test": "::1", "c.test": "host-gateway"}
    },
    "extra_hosts: {a.test: '[::1]'}": {"extra_hosts": {"a.test": "::1"}},
    # limits
    "restart: no": {"restart": "no"},
    "restart: always": {"restart": "always"},
    "restart: unless-stopped": {"restart": "always"},
    "restart: on-failure": {"restart": "on-failure"},
    "restart: on-failure:3": {"restart": "on-failure", "restart_limit": 3},
    "mem_limit: 1gb, cpus: '0.5', shm_size: 67108864": {"memory": "1g", "cpus": 0.5, "shm_size": "67108864"},
    "mem_limit: 512MiB, cpus: 0": {"memory": "512m"},
    "deploy: {replicas: 1, resources: {limits: {cpus: '0.25', memory: 50M}}}": {"cpus": 0.25, "memory": "50m"},
    "scale: 1": {},
    "stop_grace_period: 1m30s": {"stop_timeout": 90.0},
    "stop_grace_period: 0s": {"stop_timeout": 0.1},
    "ulimits: {nproc: 65535, nofile: {soft: 20000, hard: '40000'}}": {
        "ulimits": {"nproc": [65535, 65535], "nofile": [20000, 40000]}
    },
    "logging: {driver: json-file, options: {max-size: 10m}}": {},
    # the rest
    "user: 1000, working_dir: /srv, stop_signal: SIGINT": {
        "user": "1000",
        "working_dir": "/srv",
        "stop_signal": "SIGINT",
    },
    "init: true, privileged: false, read_only: 'yes', tty: true, stdin_open: true": {
        "init": True,
        "privileged": False,
        "read_only": True,
        "tty": True,
        "stdin_open": True,
    },
    "cap_add: [SYS_PTRACE], cap_drop: [ALL], group_add: [mail, 5], security_opt: ['seccomp:unconfined']": {
        "cap_add": ["SYS_PTRACE"],
        "cap_drop": ["ALL"],
        "group_add": ["mail", "5"],
        "security_opt": ["seccomp:unconfined"],
    },
    "sysctls: [net.core.somaxconn=1024]": {"sysctls": {"net.core.somaxconn": "1024"}},
    "labels: {a.b: 5, c: }": {"labels": {"a.b": "5", "c": ""}},
    "labels: [a=b, c]": {"labels": {"a": "b", "c": ""}},
    "attach: false, develop: {watch: []}, x-mine: {any: thing}": {},
    # builds
    "build: ./here": {"build": {"context": "{folder}/here"}, "image": None},
    "build: {context: here, dockerfile: ../Other, args: {A: 1, USER: , UNSET: }, target: t, cache_from: [web]}": {
        "build": {
            "context": "{folder}/here",
            "dockerfile": "../Other",
            "args": {"A": "1", "USER": "ada"},
            "target": "t",
        },
        "image": None,
    },
    "build: {args: [A=b, USER], network: host}": {
        "build": {"context": "{folder}", "args": {"A": "b", "USER": "ada"}, "network": "host"},
        "image": None,
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with all that the Compose file names."""
    (tmp_path / "here").mkdir()
    for name in ("here/file", "here/Dockerfile", "Dockerfile", "Other", "token.txt", "nginx.conf"):
        (tmp_path / name).touch()
    (tmp_path / "web.env").write_text("A=file\nB=${A}", encoding="utf-8")
    (tmp_path / "more.env").write_text("B='more'", encoding="utf-8")
    return tmp_path


def _placed(value: Any, **places: str) -> Any:
    if isinstance(value, str):
        return value.format(**places) if "{" in value else value
    if isinstance(value, dict):
        return {key: _placed(item, **places) for key, item in value.items()}
    return [_placed(item, **places) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("keys", KEYS)
def test_a_key_is_taken_over(load_composed: Compose, folder: Path, keys: str) -> None:
    """In each of the forms that it has; and the container takes what comes of it."""
    expected = {"type": "container", "image": "web:1", **KEYS[keys]}

    web = load_composed(FILE.format(keys=keys), USER="ada").services["web"]

    places = {"folder": str(folder), "home": str(Path.home().resolve())}
    assert web.raw == {key: _placed(value, **places) for key, value in expected.items() if value is not None}


ANYTHING: list[Any] = [None, 5, -1, 1.5, True, "", "x", "$", "${A}", "${", [], {}, [None], [[]], [{}], {"a": None}]
ANYTHING += [{"x-y": 1}, {5: 6}, "a:b:c:d", ":", "=", "a=b", "1m", "9" * 30, 10**30, "\0"]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from _paths(value[key], (*path, key))


@pytest.mark.parametrize("seed", range(20))
def test_whatever_stands_in_a_file_is_taken_over_or_refused(load_composed: Compose, folder: Path, seed: int) -> None:
    """No value in any place is too much for it."""
    assert folder
    chance = random.Random(seed)  # noqa: S311 the same values every time
    for keys in KEYS:
        data = yaml.safe_load(FILE.format(keys=keys))
        *above, last = chance.choice(list(_paths(data))[1:])
        place = data
        for step in above:
            place = place[step]
        place[last] = chance.choice(ANYTHING)
        with contextlib.suppress(ConfigurationError):
            load_composed(yaml.safe_dump(data), A="a")
