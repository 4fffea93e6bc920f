"""Service type `process`: a program of the user's own, started from a command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.ports import LOOPBACK, free_port
from IntegrationLibrary.base.processes import ProcessIdentity, stop_process
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.probes.probe import AllOf, Target, make_probe
from IntegrationLibrary.services.service import Place, Scope, Service, ServiceSpec


class ProcessSpec(ServiceSpec):
    """The keys of a service of type `process`."""

    command: tuple[str, ...] = Field(min_length=1)
    """The program and its arguments; `python` is the Python that runs the tests."""
    folder: str = "."
    """Where it runs, relative to the environment file."""
    environment: dict[str, str | int | float] = Field(default_factory=dict)
    """Variables added to those of the run."""
    ready: dict[str, Any] = Field(default_factory=dict)
    """The probe that tells when it is ready, such as `{http: /health}`; without one: as soon as it runs."""
    stop_timeout: float = Field(default=5.0, gt=0)
    """Seconds it may take to end after SIGTERM, before it is killed."""

    def check(self, base: Path) -> list[tuple[tuple[str | int, ...], str, str]]:
        """Return what cannot work, each as (path of the key, headline, what is expected)."""
        folder = base / self.folder
        if folder.is_dir():
            return []
        return [(("folder",), f"Folder '{folder}' does not exist.", "a folder, relative to the environment file")]


class ProcessService(Service[ProcessSpec]):
    """Your own program as a process: one per worker, so that each has a service on its own database.

    It gets a free port as `${service.port}`, runs in `folder` with the variables of `environment` added, and counts
    as ready when the probe under `ready` says so. A process that ends before that fails the start at once, with the
    last lines it printed.
    """

    name = "process"
    spec_class: ClassVar[type[ServiceSpec]] = ProcessSpec
    default_scope: ClassVar[Scope] = "worker"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._port: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._probe: AllOf | None = None
        self._grace = 5.0

    @classmethod
    def fields(cls, spec: ProcessSpec, scope: Scope) -> dict[str, Scope]:
        """A process has a host, a port and, made of them, an HTTP URL."""
        del spec
        return {"host": scope, "port": scope, "url": scope}

    def allocate(self, spec: ProcessSpec) -> dict[str, str]:
        """Ask the system for the port."""
        del spec
        self._port = self._port or free_port()
        return {"host": LOOPBACK, "port": str(self._port), "url": f"http://{LOOPBACK}:{self._port}"}

    def start(self, spec: ProcessSpec) -> None:
        """Start the command."""
        self._grace = spec.stop_timeout
        self._probe = make_probe(spec.ready, self._target()) if spec.ready else None
        self._refuse_if_another_answers()
        folder = (self.place.base / spec.folder).resolve()
        command = [sys.executable if spec.command[0] == "python" else spec.command[0], *spec.command[1:]]
        variables = {name: str(value) for name, value in spec.environment.items()}
        try:
            self._process = self.place.spawner.start(
                command, folder=folder, log=self.place.log, environment={**os.environ, **variables}
            )
        except OSError as error:
            raise EnvironmentFailure(
                f"Service '{self.place.service}' cannot be started.",
                expected=f"a program '{command[0]}', run in the folder '{folder}'",
                seen=f"{error.strerror}: {error.filename}" if error.filename else str(error),
            ) from error
        identity = ProcessIdentity.of(self._process.pid)
        self.place.record("process", {"pid": identity.pid, "created": identity.created})

    def _refuse_if_another_answers(self) -> None:
        """Refuse to start what would be taken for ready because of somebody else's answer."""
        another = self._probe.answered_by_another() if self._probe else None
        if another is not None:
            raise EnvironmentFailure(
                f"Service '{self.place.service}' cannot be started: its place is taken.",
                expected="no answer before it runs",
                seen=another,
                next_step=f"stop what answers there, or let the service listen on ${{{self.place.service}.port}}",
            )

    def ask(self) -> Answer:
        """Ask the probe; a process that has ended is never ready, unless that is what the probe waits for."""
        if self._process is None:
            return Answer.not_yet("not started")
        code = self._process.poll()
        if self._probe is not None and (code is None or self._probe.outlives_process):
            return self._probe.ask()
        if code is None:
            return Answer.ready("running")
        return Answer.never(f"the process {_ended(code)}")

    def expects(self) -> str:
        """Return what readiness means, for the `Expected:` of a failure."""
        return self._probe.expects() if self._probe else "a running process"

    def stop(self) -> None:
        """Ask it to end with SIGTERM, then kill it with all its children."""
        if self._process is not None:
            stop_process(self._process, grace=self._grace)
            self._process = None

    def describe(self, slot: int) -> dict[str, Any]:
        """Tell the worker's keywords the process, so that they can ask whether it lives."""
        del slot
        return {"pid": self._process.pid if self._process else None}

    def _target(self) -> Target:
        return Target(
            host=LOOPBACK,
            port=self._port,
            url=f"http://{LOOPBACK}:{self._port}",
            log=self.place.log,
            log_begin=self.place.log.stat().st_size if self.place.log.exists() else 0,
            exit_code=lambda: self._process.poll() if self._process else None,
            database_url=None,
        )


def _ended(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
