"""What a service is told after a rollback: a request to it, or a command beside it."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from IntegrationLibrary.base.documented import describe_keys
from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.logs import last_words
from IntegrationLibrary.base.processes import stop_process
from IntegrationLibrary.base.redaction import mask_text
from IntegrationLibrary.base.text import seconds, shortened

_BEGINNINGS = ("/", "http://", "https://", "${")
_LONGEST_BODY = 4096
_LONGEST_WORDS = 80
_GRACE = 1.0

Run = Callable[[tuple[str, ...], Path], subprocess.Popen[bytes]]


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


def tell(service: str, spec: AfterRollbackSpec, *, url: str, run: Run, log: Path) -> None:
    """Tell the service at *url* that rows it may have read are undone.

    Args:
        service: Its name, for the failure.
        spec: What it is told.
        url: Where it answers.
        run: Starts a command in the service's folder, with its variables, and with this file for its output.
        log: The file for the command's output.

    Raises:
        EnvironmentFailure: It was not told.

    """
    if spec.command is not None:
        expected, seen = (
            f"exit code 0 within {seconds(spec.timeout)}",
            _run(spec.command, spec.timeout, run=run, log=log),
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


def _run(command: tuple[str, ...], timeout: float, *, run: Run, log: Path) -> str | None:
    """Return what went wrong with the command, if something did."""
    log.write_bytes(b"")
    try:
        process = run(command, log)
    except OSError as error:
        return f"{error.strerror}: {error.filename}" if error.filename else str(error)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout)
    code = process.poll()
    stop_process(process, grace=_GRACE)
    if code == 0:
        return None
    printed = mask_text(last_words(log))
    return (f"still running after {seconds(timeout)}" if code is None else f"exit code {code}") + (
        f"\n{printed}" if printed else ""
    )
