"""The keys of a container as the engine takes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from IntegrationLibrary.containers.images import Building
from IntegrationLibrary.services.container_spec import BuildSpec, ContainerSpec, HealthcheckSpec

_NANOSECONDS = 1_000_000_000


def building_of(spec: ContainerSpec, base: Path) -> Building | None:
    """Return what its image is built from; None when it is had by its name."""
    if spec.build is None:
        return None
    build = BuildSpec(context=spec.build) if isinstance(spec.build, str) else spec.build
    return Building(
        context=(base / build.context).resolve(),
        dockerfile=build.dockerfile,
        args={name: str(value) for name, value in build.args.items()},
        target=build.target,
        network=build.network,
        platform=spec.platform,
    )


def engine_keys(spec: ContainerSpec) -> dict[str, Any]:
    """Return the keys that the SDK has for the same."""
    return {
        "entrypoint": list(spec.entrypoint) or None,
        "tmpfs": dict(each.partition(":")[::2] for each in spec.tmpfs),
        "user": spec.user,
        "mem_limit": spec.memory,
        "nano_cpus": round(spec.cpus * _NANOSECONDS) if spec.cpus else None,
        "platform": spec.platform,
        "healthcheck": _healthcheck(spec.healthcheck),
        "working_dir": spec.working_dir,
        "hostname": spec.hostname,
        "init": spec.init,
        "restart_policy": {"Name": spec.restart, "MaximumRetryCount": spec.restart_limit or 0},
        "tty": spec.tty,
        "stdin_open": spec.stdin_open,
        "read_only": spec.read_only,
        "privileged": spec.privileged,
        "cap_add": list(spec.cap_add),
        "cap_drop": list(spec.cap_drop),
        "group_add": list(spec.group_add),
        "security_opt": list(spec.security_opt),
        "sysctls": spec.sysctls,
        "ulimits": [{"name": name, "soft": soft, "hard": hard} for name, (soft, hard) in spec.ulimits.items()],
        "extra_hosts": spec.extra_hosts,
        "shm_size": spec.shm_size,
        "stop_signal": spec.stop_signal,
    }


def _healthcheck(spec: HealthcheckSpec | str | None) -> dict[str, Any]:
    """Return the health check as the SDK has it; the image's own is asked by our probe, and by nobody else."""
    if not isinstance(spec, HealthcheckSpec):
        return {"test": ["NONE"]}
    return {
        "test": ["CMD", *spec.command],
        "interval": round(spec.interval * _NANOSECONDS),
        "timeout": round(spec.timeout * _NANOSECONDS),
        "retries": spec.retries,
        "start_period": round(spec.start_period * _NANOSECONDS),
    }
