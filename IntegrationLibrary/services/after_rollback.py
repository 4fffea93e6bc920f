"""What a service is told after a rollback: a request to it, or a command beside it."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urljoin, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from IntegrationLibrary.base.documented import describe_keys
from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.logs import last_words
from IntegrationLibrary.base.processes import stop_process
from IntegrationLibrary.base.redaction import mask_text
from IntegrationLibrary.base.text import last_lines, seconds, shortened
from IntegrationLibrary.probes.probe import Execute

_BEGINNINGS = ("/", "http://", "https://", "${")
_LONGEST_BODY = 4096
_LONGEST_WORDS = 80
_GRACE = 1.0

Run = Callable[[tuple[str, ...], float], str | None]
"""Runs a command for so many seconds at most, and returns what went wrong with it, if something did."""
Start = Callable[[tuple[str, ...], Path], subprocess.Popen[bytes]]
"""Starts a command with this file for its output."""


class TellsAfterRollback(Protocol):
    """A service whose keys say what rollbacks mean to it."""

    @property
    def scope(self) -> str | None:
        """Whether all workers share it."""

    @property
    def after_rollback(self) -> AfterRollbackSpec | None:
        """What it is told after a rollback."""

    @property
    def restart_after_clone(self) -> bool:
        """Whether it starts again after a clone."""


class AfterRollbackSpec(BaseModel):
    """The keys of what a service is told after a rollback."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, json_schema_extra=describe_keys)

    http: str | None = None
    """Path of a request to the service, such as `/cache`; its answer must have a status of 200 to 299."""
    method: Literal["POST", "PUT", "PATCH", "DELETE", "GET"] = "POST"
    """The request's method."""
    headers: dict[str, str] = Field(default_factory=dict)
    """The request's headers."""
    command: tuple[str, ...] | None = Field(default=None, min_length=1)
    """A program and its arguments instead of a request; it runs in the service's folder with its variables."""
    timeout: float = Field(default=10.0, gt=0)
    """Seconds that the request or the command may take."""

    @field_validator("http")
    @classmethod
    def _is_a_path(cls, http: str | None) -> str | None:
        if http is not None and not http.startswith(_BEGINNINGS):
            raise ValueError("a path of the service that begins with a slash, such as /cache")
        return http

    @model_validator(mode="after")
    def _says_one_thing(self) -> AfterRollbackSpec:
        if (self.http is None) is (self.command is None):
            raise ValueError("either 'http' or 'command'")
        if self.command is not None and self.model_fields_set & {"method", "headers"}:
            raise ValueError("'method' and 'headers' with 'http' only")
        return self

    def words(self) -> str:
        """Return what is done, for the log."""
        if self.command is not None:
            return shortened(mask_text(" ".join(self.command)), _LONGEST_WORDS)
        return mask_text(f"{self.method} {self.http}")


def meant_for_one_worker(spec: TellsAfterRollback) -> list[tuple[tuple[str | int, ...], str, str]]:
    """Return the keys that would disturb the tests of other workers, each with what is wrong and what is expected."""
    given = {"after_rollback": spec.after_rollback is not None, "restart_after_clone": spec.restart_after_clone}
    return [
        ((key,), f"Key '{key}' does not fit a service of scope 'run': all workers share it.", "scope: worker")
        for key, is_given in given.items()
        if is_given and spec.scope == "run"
    ]


def tell(service: str, spec: AfterRollbackSpec, *, url: str, run: Run) -> None:
    """Tell the service at *url* that rows it may have read are undone.

    Args:
        service: Its name, for the failure.
        spec: What it is told.
        url: Where it answers.
        run: Runs a command where the service runs.

    Raises:
        EnvironmentFailure: It was not told.

    """
    if spec.command is not None:
        expected, seen = (
            f"exit code 0 within {seconds(spec.timeout)}",
            run(spec.command, spec.timeout),
        )
    else:
        target = urljoin(f"{url}/", spec.http)
        expected = f"{spec.method} {mask_text(target)} -> 200 to 299 within {seconds(spec.timeout)}"
        seen = _ask(target, spec)
    if seen is not None:
        raise not_told(
            service,
            expected=f"{spec.words()}: {expected}" if spec.command else expected,
            seen=seen,
            next_step="let the service do what its key 'after_rollback' asks for, or correct that key",
        )


def not_told(service: str, *, expected: str, seen: str, next_step: str) -> EnvironmentFailure:
    """Return the failure of a service that may go on with what it has cached."""
    return EnvironmentFailure(
        f"Service '{service}' could not be told of the rollback: what it has cached may be of rows that are undone.",
        expected=expected,
        seen=seen,
        next_step=next_step,
    )


def _ask(url: str, spec: AfterRollbackSpec) -> str | None:
    """Return what went wrong with the request, if something did."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=spec.timeout)
    try:
        connection.request(
            spec.method, f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", headers=_headers(spec)
        )
        response = connection.getresponse()
        if 200 <= response.status < 300:  # noqa: PLR2004 what HTTP calls successful
            return None
        body = response.read(_LONGEST_BODY).decode("utf-8", errors="replace")
        return mask_text(f"{response.status} {response.reason}\n{shortened(body)}".strip())
    except TimeoutError:
        return f"no answer within {seconds(spec.timeout)}"
    except (OSError, HTTPException) as error:
        return getattr(error, "strerror", None) or str(error) or type(error).__name__
    finally:
        connection.close()


def _headers(spec: AfterRollbackSpec) -> Mapping[str, str]:
    return {"Connection": "close", **spec.headers}


def run_process(command: tuple[str, ...], timeout: float, *, start: Start, log: Path) -> str | None:
    """Run a command as a process, and return what went wrong with it, if something did; *log* takes its output."""
    log.write_bytes(b"")
    try:
        process = start(command, log)
    except OSError as error:
        return f"{error.strerror}: {error.filename}" if error.filename else str(error)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout)
    code = process.poll()
    stop_process(process, grace=_GRACE)
    return _trouble(code, last_words(log), timeout=timeout)


def run_inside(command: tuple[str, ...], timeout: float, *, execute: Execute) -> str | None:
    """Run a command in the service's container, and return what went wrong with it, if something did."""
    ended: Future[tuple[int, str]] = Future()

    def run() -> None:
        try:
            ended.set_result(execute(command))
        except EnvironmentFailure as error:
            ended.set_exception(error)

    threading.Thread(target=run, daemon=True).start()  # what hangs in there holds up nobody
    try:
        code, printed = ended.result(timeout)
    except TimeoutError:
        return _trouble(None, "", timeout=timeout)
    except EnvironmentFailure as error:
        return error.seen or error.headline
    return _trouble(code, last_lines(printed.splitlines()), timeout=timeout)


def _trouble(code: int | None, printed: str, *, timeout: float) -> str | None:
    if code == 0:
        return None
    ending = f"still running after {seconds(timeout)}" if code is None else f"exit code {code}"
    return f"{ending}\n{mask_text(printed)}" if printed else ending
