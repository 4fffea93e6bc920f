"""Something that takes a while is done, and whoever waits for it sees what is waited for."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from typing import TypeVar

import click

from IntegrationLibrary.commands.console import is_read_by_a_person

_FIRST_WORD = 1.0
_PAUSE = 0.2

T = TypeVar("T")


def shown(do: Callable[[], T], words: str, *, waits_for: Callable[[], str] = str) -> T:
    """Do something and return what it returns; after a second, show *words* and what is waited for.

    On a terminal in one line that changes, else in a line for each change. It is done in a thread, so that Ctrl-C
    reaches who waits at once; what is then still under way ends with the process.
    """
    done: Future[T] = Future()
    threading.Thread(target=_do, args=(do, done), daemon=True).start()
    try:
        return done.result(timeout=_FIRST_WORD)
    except NotYet:
        if done.done():  # its own failure was a timeout
            return done.result()
    with _line() as show:
        text = f"{words} ..."
        while not done.done():
            waited = waits_for()
            text = f"{words}: {waited}" if waited else text
            show(text)
            _wait(done)
    return done.result()


def _do(do: Callable[[], T], done: Future[T]) -> None:
    try:
        done.set_result(do())
    except BaseException as error:  # noqa: BLE001 raised again in the thread that waits
        done.set_exception(error)


def _wait(done: Future[T]) -> None:
    try:
        done.exception(timeout=_PAUSE)
    except NotYet:
        return


@contextmanager
def _line() -> Iterator[Callable[[str], None]]:
    """Give a function that shows a text; it goes away afterwards where a person reads."""
    if is_read_by_a_person(sys.stderr):
        from rich.console import Console

        with Console(stderr=True).status("") as status:
            yield status.update
        return
    before: list[str] = []

    def show(text: str) -> None:
        if before[-1:] != [text]:
            before.append(text)
            click.echo(text, err=True)

    yield show
