"""What every service type is made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from IntegrationLibrary.base.documented import describe_keys
from IntegrationLibrary.base.processes import Spawner
from IntegrationLibrary.base.registry import Registry
from IntegrationLibrary.base.waiting import Answer

Scope = Literal["run", "worker"]
Address = tuple[str, int]


class ServiceSpec(BaseModel):
    """The keys of one service in the environment file that all service types share."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, json_schema_extra=describe_keys)

    type: str
    """How the service is run."""
    scope: Scope | None = None
    """`run`: one for the whole run; `worker`: one per parallel worker. Each type has its own default."""
    depends_on: tuple[str, ...] = ()
    """The services that must be ready before this one starts, besides those it refers to."""
    timeout: float = 60.0
    """Seconds that the service may take until it is ready."""
    faults: bool = False
    """Whether tests may delay, cut, slow and drop what goes to it: a proxy for each worker then stands in front of it.
    The addresses that tests and other services of scope `worker` see are those of the proxy; services of scope `run`,
    its own probe and keywords for databases go past it."""

    def check(self, base: Path) -> list[tuple[tuple[str | int, ...], str, str]]:
        """Return what cannot work, each as (path of the key, headline, what is expected)."""
        del base
        return []


SpecT = TypeVar("SpecT", bound=ServiceSpec)


class Builder(Protocol):
    """What a database service needs from the layers above it: seeds and isolation are no business of its own."""

    def inputs(self, database: str, spec: Any) -> str:
        """Return the hash of everything that the template of *database* is made from."""

    def build(self, url: str, spec: Any, own: Mapping[str, Mapping[str, str]]) -> None:
        """Put migrations, seeds and what the isolation needs into the empty database at *url*.

        *own* are the fields of the service, by its name, as they are for this database.
        """

    def renew(self, url: str, database: str, spec: Any) -> bool:
        """Bring the database at *url* back to its template's state; return False when only a new clone can."""

    def adopt(self, url: str, database: str, told: Any) -> None:
        """Take over a database that others made: what an earlier run left is undone, and seeds are put in."""

    def release(self, url: str, database: str, told: Any) -> None:
        """Give the database back as it was found."""


class Surroundings(Protocol):
    """What the containers of one slot share."""

    def networks(self) -> tuple[str, ...]:
        """Make the networks that a container of the slot is in, if they are not there, and return their names."""

    def volume(self, name: str) -> str:
        """Return the engine's name of a volume that containers of the slot share; it goes with the slot."""


@dataclass(frozen=True)
class Place:
    """Where one running service lives and what it is handed."""

    service: str
    """Name of the service in the environment file."""
    slot: int | None
    """The worker's slot, or None for scope `run`."""
    folder: Path
    """A folder of its own; it exists, and goes with the run."""
    log: Path
    """File that takes everything the service prints."""
    base: Path
    """Folder of the environment file: relative paths in it start here."""
    spawner: Spawner
    builder: Builder
    record: Callable[[str, dict[str, Any]], None]
    """Writes into the ledger, before it exists, what must be gone in the end: record('process', {...})."""
    surroundings: Surroundings | None = None
    """What its containers share with others; without it they are where the engine puts those that name nothing."""


class Service(ABC, Generic[SpecT]):
    """One running service. A subclass in a file of this package is a new service type.

    The class docstring is the type's documentation. A service is made, asked for its fields (`allocate`), started
    with its references resolved, asked until it is ready, and stopped; `stop` is idempotent and may come at any time.
    """

    name: ClassVar[str]
    """The `type:` in the environment file."""
    spec_class: ClassVar[type[ServiceSpec]]
    """The keys that the type takes in the environment file."""
    default_scope: ClassVar[Scope]
    actions: ClassVar[frozenset[str]] = frozenset()
    """What `act` can do."""
    built_on: ClassVar[tuple[str, ...]] = ()
    """Packages that it imports when it starts; they are imported while services before it start."""
    commands: ClassVar[frozenset[str]] = frozenset()
    """What a test may do to it on purpose: `stop`, `kill`, `pause`; what undoes them goes without saying."""

    def __init__(self, place: Place) -> None:
        self.place = place

    @classmethod
    @abstractmethod
    def fields(cls, spec: SpecT, scope: Scope) -> dict[str, Scope]:
        """Return the names that `${service.name}` may use, each with the scope in which its value is one."""

    @classmethod
    def fills_in(cls, path: tuple[str | int, ...], field: str) -> bool:
        """Whether a reference at *path* to the service's own *field* is given its value by the service itself."""
        del path, field
        return False

    @classmethod
    def is_contained(cls, spec: SpecT) -> bool:
        """Whether its keys are read in a container: references in them become what that container sees."""
        del spec
        return False

    @classmethod
    def made_from(cls, spec: SpecT, base: Path, *, builder: Builder) -> Mapping[str, Callable[[], str]]:
        """Return what it is made from besides its keys: the hash of each, under what a person calls it.

        A kept environment is not handed out any more when one of them has changed.
        """
        del spec, base, builder
        return {}

    @abstractmethod
    def allocate(self, spec: SpecT) -> dict[str, str]:
        """Return the values of the fields that are known before the start, such as the port."""

    def inside(self) -> Mapping[Address, Address]:
        """Return its addresses in the networks of its place, by those that it has on this machine."""
        return {}

    @abstractmethod
    def start(self, spec: SpecT) -> None:
        """Start the service; *spec* has no references left. Returns without waiting until it is ready."""

    @abstractmethod
    def ask(self) -> Answer:
        """Return whether the service is ready, asked once."""

    def doing(self) -> str:
        """Return what takes long in `start` just now, in a few words; nothing when that is the usual."""
        return ""

    def expects(self) -> str:
        """Return what readiness means, for the `Expected:` of a failure."""
        return "a running service"

    def outdated_by(self) -> Path | None:
        """Return a file that it was started from and that has changed since; None if it is as it would start now."""
        return None

    @abstractmethod
    def stop(self) -> None:
        """Stop the service with all it started."""

    def kill(self) -> None:
        """End the service with all it started, without asking it. Idempotent."""
        raise NotImplementedError(f"{self.name} cannot be killed")

    def pause(self) -> None:
        """Hold the service: it neither answers nor ends."""
        raise NotImplementedError(f"{self.name} cannot be paused")

    def resume(self) -> None:
        """Let the service go on. Idempotent."""
        raise NotImplementedError(f"{self.name} cannot be paused")

    def interrupt(self) -> None:
        """Give up what takes long in `start`, which another thread is in: the run has ended. May come at any time."""

    def open_slot(self, slot: int) -> dict[str, str]:
        """Make what a service of scope `run` holds for one worker; return the worker's own fields."""
        del slot
        return {}

    def renew_slot(self, slot: int) -> list[str]:
        """Bring what it holds for the slot back to its first state; return the databases that were cloned."""
        del slot
        return []

    def describe(self, slot: int) -> dict[str, Any]:
        """Return what a worker must know besides the fields, as JSON: a postgres service its databases."""
        del slot
        return {}

    def act(self, action: str, arguments: dict[str, Any]) -> Any:
        """Do what only this service type can, for a worker: a mock tells its hits."""
        del arguments
        raise NotImplementedError(f"{self.name} has no action {action}")


SERVICES: Registry[Service[Any]] = Registry(
    Service,  # type: ignore[type-abstract]  # the registry looks for its subclasses, it makes none
    kind="service type",
    package="IntegrationLibrary.services",
)
