"""Keywords that read and judge what services have logged."""

from __future__ import annotations

import logging
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from robot.api.deco import keyword

from IntegrationLibrary.base.errors import CheckFailed, EnvironmentFailure
from IntegrationLibrary.base.logs import LARGEST_READ, LogReader, size_words, tail
from IntegrationLibrary.base.redaction import mask_text
from IntegrationLibrary.base.text import counted, shortened
from IntegrationLibrary.keywords.log_words import (
    Since,
    begin_of,
    compiled,
    earlier,
    log_words,
    nearest_lines,
    none_of,
    since_words,
)
from IntegrationLibrary.session import Session

_log = logging.getLogger(__name__)

_NEIGHBOURS = 2
_SHOWN_MATCHES = 3


class ServiceLogKeywords:
    """Reads and judges the log of the worker's own copy of a service, or of the one that all workers share."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @keyword(tags=("Service", "Read"))
    def get_service_log(self, service: str, *, since: Since = "test") -> str:
        """Returns what a service has logged since the beginning of the test.

        A service of scope `worker` has a log for each worker, and this is the worker's own. Judging is done better by
        [Service Log Should Contain], which tells the nearest lines when it fails.

        Args:
            service: Name of the service in the environment file.
            since: `test`: from the beginning of the test, or from `Start Environment` where that came later; `start`:
                from the first line of the log.

        Returns:
            The lines as one text, without a line's end at its end; of very much the newest MiB. Secrets stand in it as
            they were logged; Robot's log shows them masked.

        Raises:
            IntegrationError: There is no such service.

        ```robotframework
        *** Test Cases ***
        An Order Is Logged Once
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4242-4242-4242-4242    lines=${lines}
            POST On Session    shop    /orders    json=${order}
            Wait Until Log Contains    shop    order .* placed
            ${log} =    Get Service Log    shop
            Should Contain X Times    ${log}    placed    1
        ```
        """
        opened = self._session.service(service)
        found = tail(opened.log, since=begin_of(self._session, service, since))
        if found.left_out:
            _log.warning(
                "The log of service '%s' is long: the newest %s are returned, %s before them are not.",
                service,
                size_words(LARGEST_READ),
                size_words(found.left_out),
            )
        return "\n".join(found.lines)

    @keyword(tags=("Service", "Judgement"))
    def service_log_should_contain(
        self, service: str, pattern: str, *, since: Since = "test", message: str | None = None
    ) -> str:
        """Fails unless a service has logged a line that matches since the test began.

        It looks once. Programs often log a moment after they have answered: then use [Wait Until Log Contains].

        Args:
            service: Name of the service in the environment file.
            pattern: Regular expression, searched for anywhere in a line.
            since: `test`: from the beginning of the test, or from `Start Environment` where that came later; `start`:
                from the first line of the log.
            message: First line of the failure instead of the usual one.

        Returns:
            The first line that matches.

        Raises:
            CheckFailed: No line matches; the text shows the nearest and the last lines.
            IntegrationError: The pattern is no regular expression.

        ```robotframework
        *** Test Cases ***
        A Placed Order Is In The Log With Its Lines
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4242-4242-4242-4242    lines=${lines}
            POST On Session    shop    /orders    json=${order}
            Wait Until Log Contains    shop    order .* placed
            ${line} =    Service Log Should Contain    shop    2 x TEA-01
            Should Contain    ${line}    order
        ```
        """
        opened = self._session.service(service)
        expression, begin = compiled(pattern), begin_of(self._session, service, since)
        reader = LogReader(opened.log, begin)
        line = next((line for line in reader.lines() if expression.search(line)), None)
        if line is not None:
            return line
        if reader.left_out:
            raise _no_longer_whole(service, reader, since)
        near = nearest_lines(LogReader(opened.log, begin).lines(), pattern)
        raise CheckFailed(
            message or f"The log of service '{service}' has no line like '{pattern}'.",
            expected=f"a line{_like(pattern, message)} since {since_words(since)}",
            seen=none_of(reader.count) + _nearest_words(near) + log_words(opened, begin=begin if reader.count else 0),
            next_step=earlier(opened, expression),
        )

    @keyword(tags=("Service", "Judgement"))
    def service_log_should_not_contain(
        self, service: str, pattern: str, *, since: Since = "test", message: str | None = None
    ) -> None:
        """Fails if a service has logged a line that matches since the test began.

        Args:
            service: Name of the service in the environment file.
            pattern: Regular expression, searched for anywhere in a line.
            since: `test`: from the beginning of the test, or from `Start Environment` where that came later; `start`:
                from the first line of the log.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: A line matches; the text shows it among its neighbours.
            EnvironmentFailure: The log was so long that its oldest lines since then are gone.
            IntegrationError: The pattern is no regular expression.

        ```robotframework
        *** Test Cases ***
        An Order Is Placed Without Errors
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4242-4242-4242-4242    lines=${lines}
            POST On Session    shop    /orders    json=${order}
            Wait Until Log Contains    shop    order .* placed
            Service Log Should Not Contain    shop    ERROR|Traceback
            Service Log Should Not Contain    postgres    (ERROR|FATAL|PANIC):
        ```
        """
        opened = self._session.service(service)
        reader = LogReader(opened.log, begin_of(self._session, service, since))
        found = _matches(reader.lines(), compiled(pattern))
        if found.count:
            raise CheckFailed(
                message or f"The log of service '{service}' has a line like '{pattern}'.",
                expected=f"no line{_like(pattern, message) or ' like that'} since {since_words(since)}",
                seen=found.words(reader.count),
            )
        if reader.left_out:
            raise _no_longer_whole(service, reader, since)


@dataclass
class _Matches:
    """How many lines match, and the first of them among their neighbours."""

    count: int = 0
    shown: list[str] = field(default_factory=list)

    def words(self, lines: int) -> str:
        noun = "such line" if self.count == 1 else "such lines"
        among = "\n".join(shortened(mask_text(line)) for line in self.shown)
        first = "" if self.count <= _SHOWN_MATCHES else f", the first {_SHOWN_MATCHES}"
        return f"{self.count} {noun} in {counted(lines, 'line')}{first}:\n{among}"


def _matches(lines: Iterator[str], expression: re.Pattern[str]) -> _Matches:
    """Return the lines that match; the first ones with those before and behind them."""
    found, before, behind = _Matches(), deque[str](maxlen=_NEIGHBOURS), 0
    for line in lines:
        if expression.search(line):
            found.count += 1
            behind = _NEIGHBOURS if found.count <= _SHOWN_MATCHES else 0
            found.shown += [*(f"  {each}" for each in before), f"> {line}"] if behind else []
            before.clear()
        elif behind:
            found.shown.append(f"  {line}")
            behind -= 1
        else:
            before.append(line)
    return found


def _like(pattern: str, message: str | None) -> str:
    """Return the pattern in words when the headline does not tell it."""
    return f" like '{pattern}'" if message else ""


def _nearest_words(lines: list[str]) -> str:
    return "\nnearest to it:\n" + "\n".join(mask_text(line) for line in lines) if lines else ""


def _no_longer_whole(service: str, reader: LogReader, since: Since) -> EnvironmentFailure:
    return EnvironmentFailure(
        f"The log of service '{service}' is no longer whole: what is gone of it cannot be judged.",
        expected=f"all its lines since {since_words(since)}",
        seen=f"{size_words(reader.left_out)} of them were given up, because it has grown too long on the disk",
        next_step="let the service log less, or judge its log earlier in the test",
    )
