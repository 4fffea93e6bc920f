"""The keys of services that run in containers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from IntegrationLibrary.base.documented import describe_keys
from IntegrationLibrary.base.text import listed
from IntegrationLibrary.services.after_rollback import AfterRollbackSpec, meant_for_one_worker
from IntegrationLibrary.services.service import ServiceSpec

Mistake = tuple[tuple[str | int, ...], str, str]
Port = Annotated[int, Field(ge=1, le=65535)]

_WEB = "http://{host}:{port}"
_KEYS = ConfigDict(extra="forbid", frozen=True, strict=True, json_schema_extra=describe_keys)


class BuildSpec(BaseModel):
    """The keys of how an image is built."""

    model_config = _KEYS

    context: str = "."
    """The folder that is sent to the engine, relative to the environment file; .dockerignore counts."""
    dockerfile: str = "Dockerfile"
    """The Dockerfile, relative to the context."""
    args: dict[str, str | int | float] = Field(default_factory=dict)
    """Values of the Dockerfile's ARG instructions."""
    target: str | None = None
    """The stage that is built, where the Dockerfile has several."""
    network: str | None = None
    """The network of its RUN instructions, such as `host`."""


class HealthcheckSpec(BaseModel):
    """The keys of a health check that runs inside the container, in place of its image's own."""

    model_config = _KEYS

    command: tuple[str, ...] = Field(min_length=1)
    """The program and its arguments; a code of 0 means healthy."""
    interval: float = Field(default=1.0, gt=0)
    """Seconds between two checks."""
    timeout: float = Field(default=5.0, gt=0)
    """Seconds that one check may take."""
    retries: int = Field(default=60, ge=1)
    """How many checks may fail in a row until it is unhealthy."""
    start_period: float = Field(default=0.0, ge=0)
    """Seconds from its start in which failed checks do not count."""


class ContainerSpec(ServiceSpec):
    """The keys of a service of type `container`.

    Types that are presets of it have a spec below this one, whose keys have other defaults.
    """

    told: ClassVar[Mapping[str, str]] = {}
    """Further fields of the service, by the variables of the container whose values they have."""
    for_containers: ClassVar[int | None] = None
    """The port at which other containers reach it, where that is not `port`."""

    image: str | None = None
    """The image, such as `redis:7`; one that the engine has needs no registry."""
    build: str | BuildSpec | None = None
    """What the image is built from, in place of `image`: a folder with a Dockerfile, or a mapping."""
    pull: Literal["missing", "never", "always"] = "missing"
    """When the image is fetched from its registry: `missing`: if the engine has none of this name."""
    command: tuple[str, ...] = ()
    """The command and its arguments, in place of the image's own."""
    entrypoint: tuple[str, ...] = ()
    """What runs the command, in place of the image's own."""
    environment: dict[str, str | int | float] = Field(default_factory=dict)
    """Variables of the container; those that the type has by default stay, where they are not named."""
    port: Port | None = None
    """The port that it listens on inside; outside it is `${service.port}`, which the system chooses."""
    ports: dict[str, Port] = Field(default_factory=dict)
    """Further ports that it listens on inside, by names: outside they are `${service.name.port}`."""
    url: str = _WEB
    """The form of `${service.url}`."""
    urls: dict[str, str] = Field(default_factory=dict)
    """The forms of `${service.name.url}` of further ports, by their names: `http://{host}:{port}` without one."""
    ready: dict[str, Any] = Field(default_factory=dict)
    """The probe that tells when it is ready, after its health check; without either: as soon as it runs."""
    healthcheck: HealthcheckSpec | Literal["none", "image"] | None = None
    """A check that runs inside, in place of the image's own; `none`: there is none; `image`: the image must have one,
    unless `ready` tells when it is ready. The engine asks it as long as the container runs; `ready: {command: ...}` and
    an image's own are asked until they succeed."""
    volumes: tuple[str, ...] = ()
    """Folders and files of this machine, as `./path:inside` or `./path:inside:ro`, relative to the environment file;
    or volumes, as `name:inside`: containers of one worker that name the same one share it, and it goes with them; or
    `inside` alone: one of its own."""
    tmpfs: tuple[str, ...] = ()
    """Folders inside that are kept in memory, as `inside` or `inside:size=64m,mode=1777`."""
    files: dict[str, str] = Field(default_factory=dict)
    """Files that are copied in before it starts: by their paths inside, relative to the environment file."""
    network: Literal["own", "host"] = "own"
    """`own`: a network of the worker's, in which containers find each other by the services' names; `host`: it shares
    this machine's network: it sees other services where tests do, and listens on `port` itself."""
    aliases: tuple[str, ...] = ()
    """Further names by which other containers find it."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Labels of the container."""
    user: str | None = None
    """Who runs in it."""
    working_dir: str | None = None
    """The folder inside in which the command runs."""
    hostname: str | None = None
    """What it takes for its own name."""
    init: bool = False
    """Whether an init process runs its command, which ends what is left of children and hears signals."""
    restart: Literal["no", "on-failure", "always"] = "no"
    """When the engine starts it again after it has ended: by default that is told at once."""
    restart_limit: int | None = Field(default=None, ge=1)
    """How often `restart: on-failure` starts it again; by default there is no limit."""
    tty: bool = False
    """Whether it has a terminal."""
    stdin_open: bool = False
    """Whether its standard input stays open."""
    read_only: bool = False
    """Whether its own file system cannot be written to."""
    privileged: bool = False
    """Whether it may do on the engine's machine what root may."""
    cap_add: tuple[str, ...] = ()
    """Capabilities that it has besides the usual ones, such as `SYS_PTRACE`."""
    cap_drop: tuple[str, ...] = ()
    """Usual capabilities that it has not."""
    group_add: tuple[str, ...] = ()
    """Groups that its user is in besides."""
    security_opt: tuple[str, ...] = ()
    """What the engine's security is told of it, such as `seccomp:unconfined`."""
    sysctls: dict[str, str] = Field(default_factory=dict)
    """Parameters of the kernel in its namespaces, such as `net.core.somaxconn`."""
    ulimits: dict[str, tuple[int, int]] = Field(default_factory=dict)
    """The soft and the hard limit of resources, such as `nofile: [1024, 65535]`."""
    extra_hosts: dict[str, str] = Field(default_factory=dict)
    """Addresses of further hosts by their names."""
    shm_size: str | None = None
    """The size of `/dev/shm` in it, such as `256m`."""
    stop_signal: str | None = None
    """The signal that asks it to end, in place of the image's own."""
    memory: str | None = None
    """The memory that it may have, such as `256m`; more ends it."""
    cpus: float | None = Field(default=None, gt=0)
    """The processors that it may use."""
    platform: str | None = None
    """The platform of the image, such as `linux/amd64`."""
    stop_timeout: float = Field(default=5.0, gt=0)
    """Seconds it may take to end after it was asked to, before it is killed."""
    after_rollback: AfterRollbackSpec | None = None
    """What it is told after each rollback, because it caches rows: a request or a command inside; of scope `worker`."""
    restart_after_clone: bool = False
    """Whether it starts again after a clone of a database that it uses: if it cannot reconnect; of scope `worker`."""

    @field_validator("environment", "ports", "urls")
    @classmethod
    def _with_defaults(cls, given: dict[str, Any], about: ValidationInfo) -> dict[str, Any]:
        return {**cls.model_fields[str(about.field_name)].get_default(call_default_factory=True), **given}

    @model_validator(mode="after")
    def _has_one_image(self) -> ContainerSpec:
        image = self.image if self.build is None or "image" in self.model_fields_set else None
        if (image is None) is (self.build is None):
            raise ValueError("either 'image' or 'build'")
        return self

    @property
    def all_ports(self) -> dict[str, int]:
        """Its ports inside, by what stands before `port` in the names of their fields."""
        own = {} if self.port is None else {"": self.port}
        return own | {f"{name}.": port for name, port in self.ports.items()}

    @property
    def variables(self) -> dict[str, str]:
        """The variables of the container, as texts."""
        return {name: str(value) for name, value in self.environment.items()}

    @property
    def told_values(self) -> dict[str, str]:
        """The fields of the service that tell what the container is told."""
        variables = self.variables
        return {field: variables[name] for field, name in self.told.items()}

    def url_of(self, prefix: str, place: Mapping[str, str]) -> str:
        """Return the URL of one of its ports, by what stands before `port` in the names of their fields."""
        form = self.urls.get(prefix.removesuffix("."), _WEB) if prefix else self.url
        return form.format(**place, **{field: quote(value, safe="") for field, value in self.told_values.items()})

    def check(self, base: Path) -> list[Mistake]:
        """Return what cannot work, each as (path of the key, headline, what is expected)."""
        found = meant_for_one_worker(self)
        for inside, path in self.files.items():
            if not (base / path).is_file():
                found.append((("files", inside), f"File '{base / path}' does not exist.", "a file to copy in"))
        if self.build is not None:
            found += self._wrong_build(base)
        asked = self.ready.get("tcp")
        if isinstance(asked, int) and asked is not True and asked not in self.all_ports.values():
            headline = f"Port {asked} is none of those that are reached from outside."
            found.append((("ready", "tcp"), headline, f"one of {listed(self.all_ports.values()) or 'port, ports'}"))
        for name in self.urls.keys() - self.ports.keys():
            found.append((("urls", name), f"'{name}' is no further port.", f"one of {listed(self.ports) or 'none'}"))
        forms: dict[tuple[str, ...], str] = {("urls", name): form for name, form in self.urls.items()}
        forms[("url",)] = self.url
        return found + [mistake for key, form in forms.items() for mistake in self._wrong_form(key, form)]

    def _wrong_form(self, key: tuple[str, ...], form: str) -> list[Mistake]:
        known = ["host", "port", *self.told]
        try:
            strangers = {name for _, name, _, _ in Formatter().parse(form) if name is not None} - set(known)
        except ValueError as error:
            return [(key, f"'{form}' is no form of a URL: {error}.", "such as http://{host}:{port}")]
        return [(key, f"'{form}' has a place for '{each}'.", f"places for {listed(known)} only") for each in strangers]

    def _wrong_build(self, base: Path) -> list[Mistake]:
        is_short = isinstance(self.build, str)
        build = BuildSpec(context=self.build) if isinstance(self.build, str) else self.build
        assert build is not None  # noqa: S101 asked for with one only
        context = base / build.context
        if not context.is_dir():
            key = ("build",) if is_short else ("build", "context")
            return [(key, f"Folder '{context}' does not exist.", "a folder to build an image from")]
        if not (context / build.dockerfile).is_file():
            key = ("build",) if is_short else ("build", "dockerfile")
            return [(key, f"File '{context / build.dockerfile}' does not exist.", "a Dockerfile")]
        return []
