"""One service of a Compose file, as if it had been written in the environment file with `type: container`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from IntegrationLibrary.environments.compose import builds, dependencies, grants, limits, networks, variables, volumes
from IntegrationLibrary.environments.compose.healthchecks import healthcheck
from IntegrationLibrary.environments.compose.nodes import Node, all_of
from IntegrationLibrary.environments.compose.ports import ports
from IntegrationLibrary.environments.compose.project import Project
from IntegrationLibrary.environments.compose.scalars import choice, command, flag, pairs, size, text, texts
from IntegrationLibrary.services.container import ContainerService

Keys = dict[str, Any]
Convert = Callable[[Node, Project], Keys]

_PULL = {"missing": "missing", "if_not_present": "missing", "build": "missing", "never": "never", "always": "always"}
_OTHER_NAMESPACES = "containers share their network only"

REFUSED = {
    "extends": "write its keys out; anchors (&, *) and << share them in one file",
    "volumes_from": "name the volumes in both services",
    "external_links": "describe the other container as a service, of type external if it is there already",
    **dict.fromkeys(("ipc", "pid", "uts", "cgroup", "userns_mode"), _OTHER_NAMESPACES),
    **dict.fromkeys(("models", "provider", "gpus", "devices", "use_api_socket", "credential_spec"), ""),
    **dict.fromkeys(("post_start", "pre_start", "pre_stop"), "a one-shot service does the same, before others"),
    **dict.fromkeys(("domainname", "dns", "dns_opt", "dns_search", "mac_address"), ""),
    **dict.fromkeys(
        ("blkio_config", "cgroup_parent", "device_cgroup_rules", "isolation", "runtime", "storage_opt"), ""
    ),
    **dict.fromkeys(("mem_reservation", "mem_swappiness", "memswap_limit", "oom_kill_disable", "oom_score_adj"), ""),
    **dict.fromkeys(("cpu_count", "cpu_percent", "cpu_shares", "cpu_quota", "cpu_period", "cpuset", "pids_limit"), ""),
    **dict.fromkeys(("cpu_rt_period", "cpu_rt_runtime", "annotations", "label_file", "pull_refresh_after"), ""),
}
"""Keys that Compose knows and this library does not, with what is to be done instead where there is something."""
WITHOUT_MEANING = ("attach", "develop", "expose", "profiles")
"""Keys of what others do: `docker compose` itself, or who chooses the services."""


def _plainly(key: str, read: Callable[[Node], Any]) -> Convert:
    """Return the conversion of a key that is one key here, too."""
    return lambda node, _project: {key: read(node)}


def _alone(convert: Callable[[Node], Keys]) -> Convert:
    return lambda node, _project: convert(node)


_CONVERSIONS: Mapping[str, Convert] = {
    "image": _plainly("image", text),
    "build": builds.build,
    "pull_policy": _plainly("pull", partial(choice, meanings=_PULL)),
    "platform": _plainly("platform", text),
    "command": _plainly("command", command),
    "entrypoint": _plainly("entrypoint", command),
    "env_file": variables.env_file,
    "environment": variables.environment,  # after env_file, which it replaces
    "depends_on": dependencies.depends_on,
    "links": dependencies.links,
    "ports": _alone(ports),
    "healthcheck": _alone(healthcheck),
    "volumes": volumes.volumes,
    "tmpfs": _alone(volumes.tmpfs),
    "secrets": grants.secrets,
    "configs": grants.configs,
    "networks": networks.networks,
    "network_mode": _alone(networks.network_mode),
    "container_name": _alone(networks.own_name),
    "hostname": _alone(networks.hostname),
    "extra_hosts": _alone(networks.extra_hosts),
    "restart": _alone(limits.restart),
    "mem_limit": _alone(limits.memory),
    "cpus": _alone(limits.cpus),
    "deploy": _alone(limits.deploy),
    "scale": _alone(limits.scale),
    "ulimits": _alone(limits.ulimits),
    "stop_grace_period": _alone(limits.stop_grace_period),
    "logging": _alone(limits.logging),
    "shm_size": _plainly("shm_size", size),
    "user": _plainly("user", text),
    "working_dir": _plainly("working_dir", text),
    "init": _plainly("init", flag),
    "tty": _plainly("tty", flag),
    "stdin_open": _plainly("stdin_open", flag),
    "read_only": _plainly("read_only", flag),
    "privileged": _plainly("privileged", flag),
    "cap_add": _plainly("cap_add", texts),
    "cap_drop": _plainly("cap_drop", texts),
    "group_add": _plainly("group_add", texts),
    "security_opt": _plainly("security_opt", texts),
    "sysctls": _plainly("sysctls", partial(pairs, default=lambda _name: "")),
    "labels": _plainly("labels", partial(pairs, default=lambda _name: "")),
    "stop_signal": _plainly("stop_signal", text),
}
KNOWN = (*_CONVERSIONS, *WITHOUT_MEANING)


def converted(node: Node, project: Project) -> Keys:
    """Return the keys of a service of type `container`.

    Raises:
        Refusal: It has keys that cannot be taken over; all of them are in it.

    """
    found = {key: each for key, each in node.mapping().items() if each.value is not None}
    steps = [partial(convert, found[key], project) for key, convert in _CONVERSIONS.items() if key in found]
    if not {"networks", "network_mode"} & found.keys():
        steps.append(partial(networks.default_network, node, project))
    keys: Keys = {"type": ContainerService.name}
    for part in all_of([partial(_no_others, node), *steps]):
        keys = {**keys, **{key: _joined(keys.get(key), value) for key, value in part.items()}}
    keys["environment"] = {name: value for name, value in keys.get("environment", {}).items() if value is not None}
    if "build" in keys:
        keys.pop("image", None)
    return {key: value for key, value in keys.items() if value not in (None, [], {})}


def _no_others(node: Node) -> Keys:
    node.entries(KNOWN, REFUSED)
    return {}


def _joined(before: Any, value: Any) -> Any:
    """Return what two keys of the Compose file say of one key here."""
    if isinstance(before, list) and isinstance(value, list):
        return list(dict.fromkeys([*before, *value]))
    return {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value
