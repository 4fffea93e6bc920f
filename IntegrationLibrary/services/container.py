"""Service type `container`: an image on a Docker engine."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.logs import end_of, tail
from IntegrationLibrary.base.ports import free_port
from IntegrationLibrary.base.programs import changed_since
from IntegrationLibrary.base.waiting import Answer, Readiness
from IntegrationLibrary.containers.container import Container, Making
from IntegrationLibrary.containers.engine import Engine
from IntegrationLibrary.containers.images import Wanted, Watch, build_image, get_image
from IntegrationLibrary.containers.listening import look
from IntegrationLibrary.containers.owners import name_prefix
from IntegrationLibrary.probes.probe import AllOf, Target, make_probe
from IntegrationLibrary.services.after_rollback import not_told, run_inside, tell
from IntegrationLibrary.services.container_keys import building_of, engine_keys
from IntegrationLibrary.services.container_spec import ContainerSpec
from IntegrationLibrary.services.service import Address, Builder, Place, Scope, Service, ServiceSpec
from IntegrationLibrary.services.taken import refuse_if_another_answers

_log = logging.getLogger(__name__)

_LONGEST_PREPARATION = 10.0
"""Seconds after its start for which a port that only the image names is waited for."""


class ContainerService(Service[ContainerSpec]):
    """An image on a Docker engine, one container per worker unless the file says otherwise.

    Its port is reached at `${service.port}` of this machine, and by other containers under the service's name. What
    its own keys refer to, such as `${postgres.shop.url}`, becomes the address at which the container reaches it. It
    counts as ready when its health check and the probe under `ready` say so. A container that ends before that fails
    the start at once, with its exit code and the last lines it printed. The engine is the one that the docker command
    uses.
    """

    name = "container"
    spec_class: ClassVar[type[ServiceSpec]] = ContainerSpec
    default_scope: ClassVar[Scope] = "worker"
    built_on: ClassVar[tuple[str, ...]] = ("docker",)
    actions: ClassVar[frozenset[str]] = frozenset({"after_rollback"})
    commands: ClassVar[frozenset[str]] = frozenset({"stop", "kill", "pause"})

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._ports: dict[int, int] = {}
        self._inside: dict[Address, Address] = {}
        self._engine: Engine | None = None
        self._container: Container | None = None
        self._probe: AllOf | None = None
        self._watch = Watch()
        self._gets_image = False
        self._begun = self._started_at = 0.0
        self._listening_on: Collection[int] = ()
        self._spec: ContainerSpec | None = None
        self._is_paused = False

    @classmethod
    def fields(cls, spec: ContainerSpec, scope: Scope) -> dict[str, Scope]:
        """A container has a host, a port and, made of them, a URL, and the same for each further port by its name."""
        named = [f"{name}." for name in spec.ports]
        addresses = [f"{prefix}{field}" for prefix in ["", *named] for field in ("host", "port", "url")]
        return dict.fromkeys([*addresses, *spec.told], scope)

    @classmethod
    def is_contained(cls, spec: ContainerSpec) -> bool:
        """In this machine's network it sees what tests see."""
        return spec.network != "host"

    @classmethod
    def made_from(cls, spec: ContainerSpec, base: Path, *, builder: Builder) -> Mapping[str, Callable[[], str]]:
        """It is made from the files that its image is built from, and those that are copied in."""
        del builder
        found = {f"file '{path}'": partial(_hash, base / path) for path in spec.files.values()}
        building = building_of(spec, base)
        return found if building is None else found | {f"the build context '{building.context}'": building.inputs}

    def allocate(self, spec: ContainerSpec) -> dict[str, str]:
        """Ask the system for the ports; in the machine's own network they are the container's."""
        fields = spec.told_values
        host = self._connected().reach.ports_at.host
        for prefix, inside in (spec.all_ports or {"": 0}).items():
            if inside not in self._ports:
                self._ports[inside] = inside if spec.network == "host" and inside else free_port()
            if spec.network == "own" and inside:
                seen_at = inside if prefix else spec.for_containers or inside
                self._inside[host, self._ports[inside]] = (self.place.service, seen_at)
            place = {"host": host, "port": str(self._ports[inside])}
            fields |= {f"{prefix}{name}": value for name, value in place.items()}
            fields[f"{prefix}url"] = spec.url_of(prefix, place)
        return fields

    def inside(self) -> Mapping[Address, Address]:
        """Other containers find it under the service's name, unless it is in this machine's network."""
        return self._inside

    def start(self, spec: ContainerSpec) -> None:
        """Get the image, and start a container of it."""
        self._spec = spec
        self._probe = self._made(spec, spec.ready) if spec.ready else None
        engine = self._connected()
        refuse_if_another_answers(self.place.service, self._probe)
        image = self._image(engine, spec)
        self._probe = self._with_check(spec, engine.images.health_check(image))
        self._watch.refuse_if_interrupted()
        self._container = run_container(engine, self._making(spec, image), self.place)
        self._begun, self._started_at = time.monotonic(), time.time()
        self._listening_on = self._to_listen_on(spec, engine.images.exposed(image))

    def _to_listen_on(self, spec: ContainerSpec, exposed: Collection[int]) -> Collection[int]:
        """Return the ports of which one must be listened on, unless a probe asks them or it need not run any more."""
        is_a_job = self._probe is not None and self._probe.outlives_process
        if is_a_job or spec.network == "host" or not {"http", "tcp"}.isdisjoint(spec.ready):
            return ()
        return tuple(spec.all_ports.values()) or (tuple(exposed) if self._probe else ())

    def _with_check(self, spec: ContainerSpec, check: list[str]) -> AllOf | None:
        """Return the probe with the image's own health check in front of it, unless the file has something else for it.

        We ask it ourselves: the engine would ask it for the first time after its interval, which is half a minute as a
        rule, and then go on asking for as long as the container runs.
        """
        if spec.healthcheck == "image" and not check and not spec.ready:
            raise EnvironmentFailure(
                f"Service '{self.place.service}' has no health check that others could wait for.",
                expected="one in its image, or in the file that describes it",
                next_step="give it the key 'healthcheck', or 'ready'",
            )
        is_a_job = self._probe is not None and self._probe.outlives_process
        if not check or spec.healthcheck not in {None, "image"} or "command" in spec.ready or is_a_job:
            return self._probe
        return self._made(spec, {"command": check, **spec.ready})

    def _made(self, spec: ContainerSpec, ready: Mapping[str, Any]) -> AllOf:
        """Return the probe; a port that it names is one inside, which is another one on this machine."""
        named = ready.get("tcp")
        outside = ready if named in {None, True} else {**ready, "tcp": self._ports.get(int(named), named)}
        return make_probe(outside, self._target(spec))

    def _connected(self) -> Engine:
        self._engine = self._engine or Engine.find()
        return self._engine

    def _image(self, engine: Engine, spec: ContainerSpec) -> str:
        self._gets_image = True
        try:
            return self._got_image(engine, spec)
        finally:
            self._gets_image = False

    def _got_image(self, engine: Engine, spec: ContainerSpec) -> str:
        building = building_of(spec, self.place.base)
        if building is not None:
            return build_image(engine, building, place=self.place, watch=self._watch)
        wanted = Wanted(str(spec.image), spec.pull, spec.platform)
        get_image(engine, wanted, place=self.place, watch=self._watch)
        return str(spec.image)

    def _making(self, spec: ContainerSpec, image: str) -> Making:
        is_on_host = spec.network == "host"
        published = {} if is_on_host else {inside: self._ports[inside] for inside in spec.all_ports.values()}
        return Making(
            name=container_name(self.place),
            image=image,
            command=spec.command,
            environment=self._variables(spec),
            ports=published,
            aliases=(self.place.service, *spec.aliases),
            networks=() if is_on_host else networks_of(self.place),
            files={inside: self.place.base / path for inside, path in spec.files.items()},
            labels=spec.labels,
            more={
                **engine_keys(spec),
                "volumes": [self._volume(each) for each in spec.volumes],
                **({"network_mode": "host"} if is_on_host else {}),
            },
        )

    def _variables(self, spec: ContainerSpec) -> dict[str, str]:
        return spec.variables

    def _volume(self, volume: str) -> str:
        """Return the volume as the SDK has it; one with a name is made with the first container that names it."""
        source, colon, inside = volume.partition(":")
        if not colon:
            return volume
        if source.startswith((".", "~")) or "/" in source:
            self._refuse_foreign(source)
            return f"{(self.place.base / Path(source).expanduser()).resolve()}:{inside}"
        return f"{self.place.surroundings.volume(source) if self.place.surroundings else source}:{inside}"

    def _refuse_foreign(self, source: str) -> None:
        if self._connected().reach.is_remote:
            raise EnvironmentFailure(
                f"Service '{self.place.service}' cannot be started: '{source}' is no folder of its engine.",
                expected=f"volumes that the engine at {self._connected().where} has: it runs on another machine",
                next_step="copy single files in with the key 'files', or build an image with them",
            )

    def ask(self) -> Answer:
        """Ask the engine, then the probe."""
        if self._container is None:
            return Answer.not_yet("not started")
        answer = self._container.ask()
        is_up = answer.readiness is Readiness.READY
        if self._probe is not None and (is_up or self._probe.outlives_process):
            answer = self._probe.ask()
        return self._listens() if answer.readiness is Readiness.READY and self._listening_on else answer

    def _listens(self) -> Answer:
        """Return whether one of its ports is listened on; a check may have been answered by what only prepares it.

        Entrypoints of databases start a first server that nobody outside reaches, and stop it again. A port that only
        the image names may be meant for others who use it: for that nobody waits long.
        """
        found = look(self._container) if self._container else None
        answer = found.answer(self._listening_on) if found else Answer.ready("running")
        is_patient = bool(self._spec and self._spec.all_ports) or time.monotonic() < self._begun + _LONGEST_PREPARATION
        if answer.readiness is not Readiness.READY and is_patient:
            return answer
        self._listening_on = ()
        return Answer.ready("running")

    def interrupt(self) -> None:
        """Give up a pull, a build or a wait."""
        self._watch.interrupt()

    def doing(self) -> str:
        """Return the last line of the pull or the build."""
        lines = tail(self.place.log).lines if self._gets_image else []
        return lines[-1].strip() if lines else ""

    def expects(self) -> str:
        """Return what readiness means, for the `Expected:` of a failure."""
        if self._probe is None:
            return "a running, healthy container"
        asked = self._probe.expects()
        return asked if self._probe.outlives_process else f"a running, healthy container, and {asked}"

    def stop(self) -> None:
        """Ask it to end, then remove it."""
        if self._container is not None:
            self.resume()  # what is held cannot end
            self._container.remove(grace=self._spec.stop_timeout if self._spec else 0)
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
        was_paused, self._is_paused = self._is_paused, False
        if self._container is None or not was_paused:
            return
        try:
            self._container.resume()
        except EnvironmentFailure as error:  # it has gone: whoever asks for it is told, and others go on
            _log.warning("%s", error)

    def outdated_by(self) -> Path | None:
        """Return a file of its program that has changed since it was started, where folders are mounted into it."""
        volumes = self._spec.volumes if self._spec else ()
        sources = [each.partition(":")[0] for each in volumes if each.startswith((".", "/", "~")) and ":" in each]
        folders = [folder for each in sources if (folder := self.place.base / Path(each).expanduser()).is_dir()]
        changes = (changed_since(folder, self._started_at) for folder in folders)
        return next((file for file in changes if file is not None), None)

    def describe(self, slot: int) -> dict[str, Any]:
        """Tell the worker what rollbacks mean to it."""
        del slot
        if self._spec is None:
            return {}
        words = self._spec.after_rollback.words() if self._spec.after_rollback else None
        return {"after_rollback": words, "restart_after_clone": self._spec.restart_after_clone}

    def act(self, action: str, arguments: dict[str, Any]) -> Any:
        """Tell the service that rows it may have read are undone; return whether it runs, and could be told."""
        if action != "after_rollback":
            return super().act(action, arguments)
        spec = self._spec.after_rollback if self._spec else None
        if spec is None or self._container is None or self._is_paused:
            return False
        answer = self._container.ask()
        if answer.readiness is Readiness.NEVER:
            raise not_told(
                self.place.service,
                expected=f"a running container, to be told ({spec.words()})",
                seen=answer.text,
                next_step="look for the reason in its log, which the evidence of the first failed test shows",
            )
        tell(self.place.service, spec, url=self._url, run=partial(run_inside, execute=self._execute))
        return True

    @property
    def _url(self) -> str:
        port = self._ports[(self._spec.port if self._spec else None) or 0]
        return f"http://{self._connected().reach.ports_at.host}:{port}"

    def _execute(self, command: Sequence[str]) -> tuple[int, str]:
        if self._container is None:
            raise EnvironmentFailure("The container is not there.")
        return self._container.execute(command)

    def _target(self, spec: ContainerSpec) -> Target:
        host, port = self._connected().reach.ports_at.host, self._ports[spec.port or 0]
        return Target(
            host=host,
            port=port,
            url=self._url,
            log=self.place.log,
            log_begin=end_of(self.place.log),
            exit_code=lambda: self._container.exit_code() if self._container else None,
            execute=self._execute,
            is_relayed=spec.network != "host",
        )


def container_name(place: Place) -> str:
    """Return a name that no other container has: of the run, the environment and the service with its slot."""
    return "-".join([name_prefix(place.folder.parents[1]), *place.folder.parts[-2:]])


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def run_container(engine: Engine, making: Making, place: Place) -> Container:
    """Start a container for the service of the place.

    Raises:
        EnvironmentFailure: It cannot be made or started.

    """
    try:
        return Container(engine, making, log=place.log, record=place.record)
    except EnvironmentFailure as error:
        raise EnvironmentFailure(
            f"Service '{place.service}' cannot be started: its container is refused.",
            expected=f"a container of image '{making.image}'",
            seen=error.seen or error.headline,
            next_step=error.next_step,
        ) from error


def networks_of(place: Place) -> tuple[str, ...]:
    """Return the names of the networks that containers of the place are in."""
    return place.surroundings.networks() if place.surroundings else ()
