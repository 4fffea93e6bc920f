"""`rfintegration logs`: what a service has printed, secrets masked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.logs import first_kept
from IntegrationLibrary.base.redaction import mask_text
from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.commands.console import telling_failures
from IntegrationLibrary.commands.running import Running, running

_PAUSE = 0.2


@dataclass(frozen=True)
class Log:
    """One file of a service: of a worker's own, or of the one that all workers share."""

    environment: str
    file: str
    """The environment file."""
    service: str
    worker: int | None
    path: Path


@click.command(short_help="Print what a service has printed.")
@click.argument("service")
@click.option("-f", "--follow", is_flag=True, help="Go on with what it prints from now on; Ctrl-C ends it.")
@click.option("--worker", type=click.IntRange(min=1), help="The log of this worker's service only.")
@click.option(
    "--environment",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The environment file, where several that run have such a service.",
)
@telling_failures
def logs(service: str, worker: int | None, environment: Path | None, *, follow: bool) -> None:
    """Print what SERVICE has printed: of an environment that is kept, or of the run that is under way."""
    found = _chosen(_logs(running()), service, worker=worker, environment=environment)
    names = [f"worker {log.worker} | " if len(found) > 1 else "" for log in found]
    tails = [_Tail(log.path, name) for log, name in zip(found, names, strict=True)]
    if follow:
        _follow(tails)
        return
    for tail in tails:
        _print([*tail.lines(), *tail.rest()])


def _logs(found: list[Running]) -> Iterator[Log]:
    """Yield every log there is."""
    for each in found:
        for told in each.environments:
            slots = [(None, told["services"]), *((slot["number"], slot["services"]) for slot in told["slots"])]
            for number, services in slots:
                for name, service in services.items():
                    yield Log(told["environment"], told["file"], name, number, Path(service["log"]))


def _chosen(all_logs: Iterator[Log], service: str, *, worker: int | None, environment: Path | None) -> list[Log]:
    """Return the logs that are meant.

    Raises:
        IntegrationError: There are none, or of more than one environment.

    """
    known = [log for log in all_logs if environment is None or log.file == str(environment.resolve())]
    found = [log for log in known if log.service == service]
    _refuse_none(service, known, found)
    files = sorted({log.file for log in found})
    if len(files) > 1:
        raise IntegrationError(
            f"Which service '{service}' is meant?",
            seen="environments that run and have one: " + listed(files),
            next_step=f"rfintegration logs --environment {files[0]} {service}",
        )
    of_worker = [log for log in found if worker is None or log.worker in {None, worker}]
    if not of_worker:
        raise IntegrationError(
            f"Worker {worker} has no service '{service}'.",
            expected=f"one of the workers {listed(log.worker for log in found)}",
        )
    return of_worker


def _refuse_none(service: str, known: list[Log], found: list[Log]) -> None:
    names = sorted({log.service for log in known})
    if not names:
        raise IntegrationError(
            f"There is no service '{service}': nothing runs.",
            next_step="rfintegration up FILE, or look into the log.html of the run that has ended",
        )
    if not found:
        raise IntegrationError(
            f"There is no service '{service}'.",
            expected=f"one of {listed(names)}",
            next_step=did_you_mean(service, names) or None,
        )


class _Tail:
    """Reads a file from where it stopped before, secrets masked."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name
        self._position = 0

    def lines(self) -> list[str]:
        """Return the lines that are new; one that is just being written waits until it is whole."""
        data = self._data()
        whole = data[: data.rfind(b"\n") + 1]
        self._position += len(whole)
        return self._masked(whole)

    def rest(self) -> list[str]:
        """Return what has no end yet."""
        return self._masked(self._data())

    @property
    def is_there(self) -> bool:
        """Whether the file is: it goes with its environment."""
        return self._path.exists()

    def _data(self) -> bytes:
        if not self._path.exists():
            return b""
        if self._position > self._path.stat().st_size:  # it was truncated: all of it is new
            self._position = 0
        with self._path.open("rb") as file:
            self._position = max(self._position, first_kept(file.fileno()))
            file.seek(self._position)
            return file.read()

    def _masked(self, data: bytes) -> list[str]:
        return [self._name + line for line in mask_text(data.decode("utf-8", errors="replace")).splitlines()]


def _print(lines: list[str]) -> None:
    for line in lines:
        click.echo(line)


def _follow(tails: list[_Tail]) -> None:
    """Print what is new until Ctrl-C, or until the environment has ended."""
    never = threading.Event()
    try:
        while any(tail.is_there for tail in tails):
            for tail in tails:
                _print(tail.lines())
            never.wait(_PAUSE)
    except KeyboardInterrupt:
        return
