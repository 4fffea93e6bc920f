"""Keywords that wait, and judge whether services are ready."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import Any

from robot.api.deco import keyword

from IntegrationLibrary.base.errors import CheckFailed
from IntegrationLibrary.base.logs import LogReader
from IntegrationLibrary.base.text import seconds
from IntegrationLibrary.base.waiting import Answer, Readiness, Waited, wait_until
from IntegrationLibrary.keywords.log_words import Since, begin_of, compiled, earlier, log_words, none_of, since_words
from IntegrationLibrary.probes.probe import PATIENCE, Target, make_probe
from IntegrationLibrary.session import Session

_TIMEOUT = timedelta(seconds=30)
_LEAST_PATIENCE = 0.05


class WaitingKeywords:
    """Waits until something answers, with one deadline, and tells what was seen meanwhile."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @keyword(tags=("Service", "Wait"))
    def wait_until_service_is_ready(
        self, service: str, *, timeout: timedelta = _TIMEOUT, message: str | None = None
    ) -> float:
        """Waits until the probe of a service says that it is ready.

        Gives up at once when it never will be, for example because its process has ended.
        To ask only once, use [Service Should Be Ready].

        Args:
            service: Name of the service in the environment file.
            timeout: How long to keep asking.
            message: First line of the failure instead of the usual one.

        Returns:
            Seconds waited.

        Raises:
            CheckFailed: The service was not ready in time; the text tells its answers over time and its last log lines.

        ```robotframework
        *** Test Cases ***
        The Shop Answers Within Ten Seconds
            Wait Until Service Is Ready    shop    timeout=10s
        ```
        """
        opened = self._session.service(service)
        expects = opened.ask()[1]
        waited = wait_until(lambda: opened.ask()[0], timeout=timeout.total_seconds())
        if not waited.is_ready:
            raise CheckFailed(
                message or f"Service '{service}' {_was_not_ready(waited, timeout)}",
                expected=expects,
                seen=waited.seen() + log_words(opened),
            )
        return waited.elapsed

    @keyword(tags=("Service", "Judgement"))
    def service_should_be_ready(self, service: str, *, message: str | None = None) -> None:
        """Fails unless the probe of a service says, asked once, that it is ready.

        To give it time, use [Wait Until Service Is Ready].

        Args:
            service: Name of the service in the environment file.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: The service is not ready; the text tells what it answered.

        ```robotframework
        *** Test Cases ***
        The Shop And What It Needs Are Ready
            Service Should Be Ready    shop
            Service Should Be Ready    postgres
            Service Should Be Ready    payments    message=Without a payment provider nothing can be sold.
        ```
        """
        opened = self._session.service(service)
        answer, expects = opened.ask()
        if answer.readiness is not Readiness.READY:
            raise CheckFailed(
                message or f"Service '{service}' is not ready.",
                expected=expects,
                seen=answer.text + log_words(opened),
            )

    @keyword(tags=("Service", "Wait"))
    def wait_until_http_answers(
        self, url: str, *, status: int = 200, timeout: timedelta = _TIMEOUT, message: str | None = None
    ) -> float:
        """Waits until a GET of a URL is answered with a status.

        Args:
            url: What to ask; redirects are not followed.
            status: The HTTP status to wait for.
            timeout: How long to keep asking.
            message: First line of the failure instead of the usual one.

        Returns:
            Seconds waited.

        Raises:
            CheckFailed: It was not answered so in time; the text tells the answers over time.

        ```robotframework
        *** Test Cases ***
        The Shop's Product List Comes Up
            ${url} =    Get Service Url    shop
            Wait Until Http Answers    ${url}/products    status=200    timeout=10s
        ```
        """
        return _wait({"http": {"path": url, "status": status}}, f"'{url}'", timeout=timeout, message=message)

    @keyword(tags=("Service", "Wait"))
    def wait_until_port_is_open(
        self, port: int, *, host: str = "127.0.0.1", timeout: timedelta = _TIMEOUT, message: str | None = None
    ) -> float:
        """Waits until a TCP port accepts connections.

        Args:
            port: Number of the port.
            host: Name or address of the machine.
            timeout: How long to keep trying.
            message: First line of the failure instead of the usual one.

        Returns:
            Seconds waited.

        Raises:
            CheckFailed: The port was not open in time.

        ```robotframework
        *** Test Cases ***
        PostgreSQL Listens
            ${port} =    Get Service Field    postgres    port
            Wait Until Port Is Open    ${port}    timeout=5s
        ```
        """
        return _wait({"tcp": port}, f"Port {port} of '{host}'", host=host, timeout=timeout, message=message)

    @keyword(tags=("Service", "Wait"))
    def wait_until_log_contains(
        self,
        service: str,
        pattern: str,
        *,
        since: Since = "test",
        timeout: timedelta = _TIMEOUT,
        message: str | None = None,
    ) -> str:
        """Waits until a line of a service's log matches a pattern.

        Lines that were written before the wait count as well, from the beginning of the test on: what the service said
        in earlier tests does not. With `since=start` its whole log counts.

        Args:
            service: Name of the service in the environment file.
            pattern: Regular expression, searched for anywhere in a line.
            since: `test`: from the beginning of the test, or from `Start Environment` where that came later; `start`:
                from the first line of the log.
            timeout: How long to keep looking.
            message: First line of the failure instead of the usual one.

        Returns:
            The first line that matches.

        Raises:
            CheckFailed: No line matched in time; the text shows the last lines.
            IntegrationError: The pattern is no regular expression.

        ```robotframework
        *** Test Cases ***
        A Placed Order Is In The Log
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4242-4242-4242-4242    lines=${lines}
            POST On Session    shop    /orders    json=${order}
            ${line} =    Wait Until Log Contains    shop    order .* placed    timeout=5s
            Should Contain    ${line}    2 x TEA-01
        ```
        """
        opened = self._session.service(service)
        expression = compiled(pattern)
        reader = LogReader(opened.log, begin_of(self._session, service, since))
        found: list[str] = []

        def look() -> Answer:
            found[:] = islice((line for line in reader.lines() if expression.search(line)), 1)
            return Answer.ready() if found else Answer.not_yet(none_of(reader.count))

        waited = wait_until(look, timeout=timeout.total_seconds())
        if waited.is_ready:
            return found[0]
        raise CheckFailed(
            message or f"The log of service '{service}' had no line like '{pattern}' within {_within(timeout)}.",
            expected=f"a line since {since_words(since)}",
            seen=waited.seen() + log_words(opened),
            next_step=earlier(opened, expression),
        )

    @keyword(tags=("Database", "Wait"))
    def wait_until_query_returns(
        self,
        query: str,
        expected: Any,
        *,
        database: str | None = None,
        timeout: timedelta = _TIMEOUT,
        message: str | None = None,
    ) -> float:
        """Waits until a query's first value is what is expected, compared as text.

        Args:
            query: A SELECT statement.
            expected: First value of its first row.
            database: Name of the database, when there are several.
            timeout: How long to keep asking.
            message: First line of the failure instead of the usual one.

        Returns:
            Seconds waited.

        Raises:
            CheckFailed: Another value was returned until the end; the text tells the values over time.
            IntegrationError: PostgreSQL refused the query.

        ```robotframework
        *** Test Cases ***
        Everything That Is Paid Is Shipped
            Seed Database    resources/seeds/one_paid_order.yaml
            Wait Until Query Returns    SELECT count(*) FROM orders WHERE status = 'paid'    0    timeout=10s
        ```
        """
        opened = self._session.database(database)

        def ask() -> Answer:
            value = opened.database.value(query.encode())
            return Answer.ready() if str(value) == str(expected) else Answer.not_yet(f"'{value}'")

        waited = wait_until(ask, timeout=timeout.total_seconds())
        if not waited.is_ready:
            raise CheckFailed(
                message or f"The query did not return '{expected}' within {_within(timeout)}.",
                expected=f"'{expected}' from {query}",
                seen=waited.seen(),
            )
        return waited.elapsed


def _wait(
    ready: dict[str, Any], subject: str, *, timeout: timedelta, message: str | None, host: str | None = None
) -> float:
    limit = timeout.total_seconds()
    probe = make_probe(ready, Target(host=host, patience=min(PATIENCE, max(limit, _LEAST_PATIENCE))))
    waited = wait_until(probe.ask, timeout=limit)
    if not waited.is_ready:
        raise CheckFailed(
            message or f"{subject} {_was_not_ready(waited, timeout)}", expected=probe.expects(), seen=waited.seen()
        )
    return waited.elapsed


def _was_not_ready(waited: Waited, timeout: timedelta) -> str:
    return "cannot become ready." if waited.is_never else f"was not ready within {_within(timeout)}."


def _within(timeout: timedelta) -> str:
    return seconds(timeout.total_seconds())
