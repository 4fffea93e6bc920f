"""Service type `container`: an image on a Docker engine."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Literal

from pydantic import Field

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.logs import end_of
from IntegrationLibrary.base.ports import LOOPBACK, free_port
from IntegrationLibrary.base.waiting import Answer, Readiness
from IntegrationLibrary.containers.container import Container, Making
from IntegrationLibrary.containers.engine import Engine
from IntegrationLibrary.probes.probe import AllOf, Target, make_probe
from IntegrationLibrary.services.service import Place, Scope, Service, ServiceSpec

_PLAIN = re.compile(r"[^a-zA-Z0-9_.-]+")


class ContainerSpec(ServiceSpec):
    """The keys of a service of type `container`."""

    image: str
    """The image, such as `redis:7`; one that the engine has needs no registry."""
    pull: Literal["missing", "never", "always"] = "missing"
    """When the image is fetched from its registry: `missing`: if the engine has none of this name."""
    command: tuple[str, ...] = ()
    """The command and its arguments, in place of the image's own."""
    entrypoint: tuple[str, ...] = ()
    """What runs the command, in place of the image's own."""
    environment: dict[str, str | int | float] = Field(default_factory=dict)
    """Variables of the container."""
    port: int | None = Field(default=None, ge=1, le=65535)
    """The port that it listens on inside; outside it is `${service.port}`, which the system chooses."""
    ready: dict[str, Any] = Field(default_factory=dict)
    """The probe that tells when it is ready, after the image's own health check; without either: as soon as it runs."""
    volumes: tuple[str, ...] = ()
    """Folders and files of this machine, as `path:inside` or `path:inside:ro`, relative to the environment file."""
    tmpfs: tuple[str, ...] = ()
    """Folders inside that are kept in memory."""
    network: Literal["bridge", "host"] = "bridge"
    """`host`: it shares this machine's network: it sees other services where tests do, and listens on `port` itself."""
    user: str | None = None
    """Who runs in it."""
    memory: str | None = None
    """The memory that it may have, such as `256m`; more ends it."""
    cpus: float | None = Field(default=None, gt=0)
    """The processors that it may use."""
    platform: str | None = None
    """The platform of the image, such as `linux/amd64`."""
    stop_timeout: float = Field(default=5.0, gt=0)
    """Seconds it may take to end after it was asked to, before it is killed."""


class ContainerService(Service[ContainerSpec]):
    """An image on a Docker engine, one container per worker unless the file says otherwise.

    Its port is reached at `${service.port}` of this machine. It counts as ready when the image's health check and the
    probe under `ready` say so. A container that ends before that fails the start at once, with its exit code and the
    last lines it printed. The engine is the one that the docker command uses.
    """

    name = "container"
    spec_class: ClassVar[type[ServiceSpec]] = ContainerSpec
    default_scope: ClassVar[Scope] = "worker"
    built_on: ClassVar[tuple[str, ...]] = ("docker",)
    commands: ClassVar[frozenset[str]] = frozenset({"stop", "kill", "pause"})

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._port: int | None = None
        self._engine: Engine | None = None
        self._container: Container | None = None
        self._probe: AllOf | None = None
        self._grace = 0.0
        self._is_paused = False

    @classmethod
    def fields(cls, spec: ContainerSpec, scope: Scope) -> dict[str, Scope]:
        """A container has a host, a port and, made of them, an HTTP URL."""
        del spec
        return {"host": scope, "port": scope, "url": scope}

    def allocate(self, spec: ContainerSpec) -> dict[str, str]:
        """Ask the system for the port; in the machine's own network it is the container's."""
        if spec.network == "host" and spec.port is not None:
            self._port = spec.port
        self._port = self._port or free_port()
        return {"host": LOOPBACK, "port": str(self._port), "url": f"http://{LOOPBACK}:{self._port}"}

    def start(self, spec: ContainerSpec) -> None:
        """Get the image, and start a container of it."""
        self._grace = spec.stop_timeout
        self._probe = make_probe(spec.ready, self._target()) if spec.ready else None
        self._engine = self._engine or Engine.find()
        self._get_image(self._engine, spec)
        self._container = Container(self._engine, self._making(spec), log=self.place.log, record=self.place.record)

    def _get_image(self, engine: Engine, spec: ContainerSpec) -> None:
        has_image = engine.has_image(spec.image)
        if spec.pull == "always" or (spec.pull == "missing" and not has_image):
            engine.pull(spec.image, spec.platform)
        elif not has_image:
            raise EnvironmentFailure(
                f"Service '{self.place.service}' cannot be started: its image is not there.",
                expected=f"an image '{spec.image}' on the engine at {engine.where}",
                next_step="build it, or let it be pulled (pull: missing)",
            )

    def _making(self, spec: ContainerSpec) -> Making:
        publishes = spec.port is not None and spec.network == "bridge"
        return Making(
            name=self._name(),
            image=spec.image,
            command=spec.command,
            environment={name: str(value) for name, value in spec.environment.items()},
            ports={spec.port: self._port} if publishes and spec.port and self._port else {},
            more={
                "entrypoint": list(spec.entrypoint) or None,
                "volumes": [self._volume(each) for each in spec.volumes],
                "tmpfs": dict.fromkeys(spec.tmpfs, ""),
                "user": spec.user,
                "mem_limit": spec.memory,
                "nano_cpus": round(spec.cpus * 1e9) if spec.cpus else None,
                "platform": spec.platform,
                "network_mode": spec.network,
            },
        )

    def _name(self) -> str:
        """Return a name that nobody else has: of the run, the environment and the service with its slot."""
        run, environment, label = self.place.folder.parts[-3:]
        return _PLAIN.sub("-", f"integrationlibrary-{run}-{environment}-{label}")

    def _volume(self, volume: str) -> str:
        path, _, inside = volume.partition(":")
        return f"{(self.place.base / path).resolve()}:{inside}"

    def ask(self) -> Answer:
        """Ask the engine, then the probe."""
        if self._container is None:
            return Answer.not_yet("not started")
        answer = self._container.ask()
        is_up = answer.readiness is Readiness.READY
        if self._probe is not None and (is_up or self._probe.outlives_process):
            return self._probe.ask()
        return answer

    def expects(self) -> str:
        """Return what readiness means, for the `Expected:` of a failure."""
        return self._probe.expects() if self._probe else "a running, healthy container"

    def stop(self) -> None:
        """Ask it to end, then remove it."""
        if self._container is not None:
            self.resume()  # what is held cannot end
            self._container.remove(grace=self._grace)
            self._container = None
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def kill(self) -> None:
        """Kill all that runs in it, and remove it."""
        if self._container is not None:
            self._container.kill()
            self._is_paused = False
            self.stop()

    def pause(self) -> None:
        """Hold all that runs in it."""
        if self._container is None or self._container.exit_code() is not None:
            raise IntegrationError(
                f"Service '{self.place.service}' cannot be paused.",
                expected="a running container",
                seen=self.ask().text,
            )
        self._container.pause()
        self._is_paused = True

    def resume(self) -> None:
        """Let it go on. Idempotent."""
        if self._container is not None and self._is_paused:
            self._container.resume()
        self._is_paused = False

    def _target(self) -> Target:
        return Target(
            host=LOOPBACK,
            port=self._port,
            url=f"http://{LOOPBACK}:{self._port}",
            log=self.place.log,
            log_begin=end_of(self.place.log),
            exit_code=lambda: self._container.exit_code() if self._container else None,
            database_url=None,
        )
