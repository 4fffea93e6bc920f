"""Keys of containers do what they say, on a real engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.session import Session

Open = Callable[[str], Session]

PRINTED: dict[str, tuple[dict[str, Any], str, str]] = {
    "memory": (
        {"tmpfs": ["/fast:size=1m,mode=700"]},
        "df --output=size /fast | tail -1 | tr -d ' '; stat -c %a /fast",
        "1024\n700\n",
    ),
    "volume": ({"volumes": ["/own"]}, "grep -c ' /own ' /proc/mounts", "1\n"),
    "limits": ({"ulimits": {"nofile": [100, 200]}}, "ulimit -Sn; ulimit -Hn", "100\n200\n"),
    "groups": ({"group_add": ["4321"]}, "id -G", "0 4321\n"),
    "terminal": ({"tty": True}, "test -t 1 && echo yes", "yes\n"),
    "input": ({"stdin_open": True}, "timeout 0.2 cat; echo $?", "124\n"),
    "no-input": ({}, "timeout 0.2 cat; echo $?", "0\n"),
    "kernel": ({"sysctls": {"net.core.somaxconn": "77"}}, "cat /proc/sys/net/core/somaxconn", "77\n"),
    "security": ({"security_opt": ["no-new-privileges"]}, "grep NoNewPrivs /proc/self/status", "NoNewPrivs:\t1\n"),
    "restarted": (
        {"restart": "on-failure", "restart_limit": 2, "volumes": ["/own"]},
        "if [ -e /own/tried ]; then echo again; else touch /own/tried; echo failed; exit 3; fi",
        "failed\nagain\n",
    ),
}


def environment(image: str, **services: dict[str, Any]) -> str:
    """Return an environment with containers, as JSON, which is YAML."""
    common = {"type": "container", "image": image, "pull": "never", "stop_timeout": 0.1}
    return json.dumps({"environment": "keys", "services": {name: common | keys for name, keys in services.items()}})


def test_keys_are_seen_inside(open_environment: Open, web_image: str) -> None:
    """By what a program there prints."""
    services = {
        name: {"command": ["sh", "-c", program], "ready": {"exit": 0}, **keys}
        for name, (keys, program, _) in PRINTED.items()
    }

    session = open_environment(environment(web_image, **services))

    printed = {name: session.service(name).log.read_text(encoding="utf-8") for name in PRINTED}
    assert printed == {name: expected for name, (_, _, expected) in PRINTED.items()}


def test_restarts_have_an_end(open_environment: Open, web_image: str) -> None:
    """The last exit is told then."""
    keys = {"command": ["sh", "-c", "exit 3"], "restart": "on-failure", "restart_limit": 2, "ready": {"exit": 0}}

    with pytest.raises(EnvironmentFailure, match="ended with code 3"):
        open_environment(environment(web_image, it=keys))


def test_an_image_that_must_have_a_check_has_one(open_environment: Open, web_image: str, redis_image: str) -> None:
    """Or there is a probe that tells when it is ready."""
    session = open_environment(
        environment(
            redis_image,
            own={"healthcheck": "image"},
            asked={"healthcheck": "image", "image": web_image, "port": 8000, "ready": {"http": "/"}},
        )
    )

    states = {name: service.ask()[0].readiness.value for name, service in session.services.items()}
    assert states == {"own": "ready", "asked": "ready"}


def test_an_image_that_must_have_a_check_and_has_none_is_refused(open_environment: Open, web_image: str) -> None:
    """Others would wait for nothing."""
    with pytest.raises(EnvironmentFailure, match="'it' has no health check that others could wait for"):
        open_environment(environment(web_image, it={"healthcheck": "image"}))
