"""Service type `process`: a program of the user's own, started from a command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.families import kill_family, pause_family, resume_family
from IntegrationLibrary.base.logs import end_of
from IntegrationLibrary.base.ports import LOOPBACK, free_port
from IntegrationLibrary.base.processes import stop_process
from IntegrationLibrary.base.programs import changed_since
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.probes.probe import AllOf, Target, make_probe
from IntegrationLibrary.services.after_rollback import (
    AfterRollbackSpec,
    meant_for_one_worker,
    not_told,
    run_process,
    tell,
)
from IntegrationLibrary.services.service import Place, Scope, Service, ServiceSpec
from IntegrationLibrary.services.taken import refuse_if_another_answers


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
    after_rollback: AfterRollbackSpec | None = None
    """What it is told after each rollback, because it caches rows: a request to it, or a command; of scope `worker`."""
    restart_after_clone: bool = False
    """Whether it starts again after a clone of a database that it uses: if it cannot reconnect; of scope `worker`."""

    def check(self, base: Path) -> list[tuple[tuple[str | int, ...], str, str]]:
        """Return what cannot work, each as (path of the key, headline, what is expected)."""
        folder, found = base / self.folder, meant_for_one_worker(self)
        if not folder.is_dir():
            found.append(
                (("folder",), f"Folder '{folder}' does not exist.", "a folder, relative to the environment file")
            )
        return found


class ProcessService(Service[ProcessSpec]):
    """Your own program as a process: one per worker, so that each has a service on its own database.

    It gets a free port as `${service.port}`, runs in `folder` with the variables of `environment` added, and counts
    as ready when the probe under `ready` says so. A process that ends before that fails the start at once, with the
    last lines it printed.
    """

    name = "process"
    spec_class: ClassVar[type[ServiceSpec]] = ProcessSpec
    default_scope: ClassVar[Scope] = "worker"
    actions: ClassVar[frozenset[str]] = frozenset({"after_rollback"})
    commands: ClassVar[frozenset[str]] = frozenset({"stop", "kill", "pause"})

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._port: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._probe: AllOf | None = None
        self._spec: ProcessSpec | None = None
        self._started_at = 0.0
        self._is_paused = False

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
        self._spec = spec
        self._started_at = time.time()
        self._probe = make_probe(spec.ready, self._target()) if spec.ready else None
        refuse_if_another_answers(self.place.service, self._probe)
        try:
            self._process = self._run(spec.command, self.place.log)
        except OSError as error:
            program = sys.executable if spec.command[0] == "python" else spec.command[0]
            raise EnvironmentFailure(
                f"Service '{self.place.service}' cannot be started.",
                expected=f"a program '{program}', run in the folder '{(self.place.base / spec.folder).resolve()}'",
                seen=f"{error.strerror}: {error.filename}" if error.filename else str(error),
            ) from error

    def _run(self, command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        """Start a command where the service runs, with its variables."""
        spec = self._started()
        return self.place.spawner.start(
            [sys.executable if command[0] == "python" else command[0], *command[1:]],
            folder=(self.place.base / spec.folder).resolve(),
            log=log,
            environment={**os.environ, **{name: str(value) for name, value in spec.environment.items()}},
        )

    def _started(self) -> ProcessSpec:
        if self._spec is None:
            raise EnvironmentFailure(f"Service '{self.place.service}' is not started.")
        return self._spec

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

    def outdated_by(self) -> Path | None:
        """Return a file of its program that has changed since it was started."""
        return changed_since(self.place.base / self._started().folder, self._started_at)

    def expects(self) -> str:
        """Return what readiness means, for the `Expected:` of a failure."""
        return self._probe.expects() if self._probe else "a running process"

    def stop(self) -> None:
        """Ask it to end with SIGTERM, then kill it with all its children."""
        if self._process is not None:
            self.resume()  # what is held cannot end
            stop_process(self._process, grace=self._started().stop_timeout)
            self._process = None

    def kill(self) -> None:
        """Kill it with all its children."""
        if self._process is not None:
            kill_family(self._process)
            self._process = None
        self._is_paused = False

    def pause(self) -> None:
        """Hold it with all its children (SIGSTOP)."""
        code = self._process.poll() if self._process else None
        if self._process is None or code is not None:
            raise IntegrationError(
                f"Service '{self.place.service}' cannot be paused.",
                expected="a running process",
                seen="it is not started" if code is None else f"the process {_ended(code)}",
            )
        self._is_paused = True
        pause_family(self._process)

    def resume(self) -> None:
        """Let it go on with all its children (SIGCONT)."""
        if self._process is not None and self._is_paused:
            resume_family(self._process)
        self._is_paused = False

    def describe(self, slot: int) -> dict[str, Any]:
        """Tell the worker the process, so that it can ask whether it lives, and what rollbacks mean to it."""
        del slot
        told, spec = {"pid": self._process.pid if self._process else None}, self._spec
        if spec is None:
            return told
        words = spec.after_rollback.words() if spec.after_rollback else None
        return {**told, "after_rollback": words, "restart_after_clone": spec.restart_after_clone}

    def act(self, action: str, arguments: dict[str, Any]) -> Any:
        """Tell the service that rows it may have read are undone; return whether it runs, and could be told."""
        if action != "after_rollback":
            return super().act(action, arguments)
        spec = self._started()
        if spec.after_rollback is None or self._process is None or self._is_paused:
            return False
        code = self._process.poll()
        if code is not None:
            raise not_told(
                self.place.service,
                expected=f"a running process, to be told ({spec.after_rollback.words()})",
                seen=f"the process {_ended(code)}",
                next_step="look for the reason in its log, which the evidence of the first failed test shows",
            )
        log = self.place.folder / "after_rollback.log"
        run = partial(run_process, start=self._run, log=log)
        tell(self.place.service, spec.after_rollback, url=self._url, run=run)
        return True

    @property
    def _url(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    def _target(self) -> Target:
        return Target(
            host=LOOPBACK,
            port=self._port,
            url=self._url,
            log=self.place.log,
            log_begin=end_of(self.place.log),
            exit_code=lambda: self._process.poll() if self._process else None,
            database_url=None,
        )


def _ended(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
