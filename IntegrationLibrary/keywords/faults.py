"""Keywords that disturb the network between services on purpose."""

from __future__ import annotations

from datetime import timedelta

from robot.api.deco import keyword

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.text import seconds
from IntegrationLibrary.session import Session

_BYTES = 1000


class FaultKeywords:
    """What goes wrong between services, when a test wants it; all of it is undone when the test ends."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @keyword(tags=("Fault", "Action"))
    def add_latency(self, service: str, *, delay: timedelta, jitter: timedelta = timedelta()) -> None:
        """Lets everything that a service sends arrive later, until the test ends.

        One answer takes so much longer; so does each answer of a database. It is so for this worker's tests and its
        services of scope `worker`, on connections that are open already as on new ones. Calling it again replaces the
        delay. In the setup of a suite it is for the suite.

        Args:
            service: Name of a service in the environment file that has `faults: true`.
            delay: How much later, such as `300ms`.
            jitter: By how much at most the delay is longer or shorter each time; nothing overtakes what was sent first.

        Raises:
            IntegrationError: The service has no `faults: true`, or the delay makes no sense.

        ```robotframework
        *** Test Cases ***
        A Slow Payment Provider Does Not Stop The Order
            Add Latency    payments    delay=300ms    jitter=50ms
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4242-4242-4242-4242    lines=${lines}
            POST On Session    shop    /orders    json=${order}    expected_status=201
        ```
        """
        _refuse_unless(timedelta() < delay, "delay", _said(delay), expected="more than nothing, such as 300ms")
        _refuse_unless(timedelta() <= jitter <= delay, "jitter", _said(jitter), expected="no more than the delay")
        varies = f" ± {_said(jitter)}" if jitter else ""
        self._session.make_fault(
            service,
            "latency",
            words=f"answered {_said(delay)}{varies} later",
            delay=delay.total_seconds(),
            jitter=jitter.total_seconds(),
        )

    @keyword(tags=("Fault", "Action"))
    def cut_connections(self, service: str) -> None:
        """Resets all connections to a service, and every new one, until [Restore Network] or the end of the test.

        The service itself runs on, and other workers reach it. Keywords for databases, and this library's own
        connections, are not cut. In the setup of a suite it is for the suite.

        Args:
            service: Name of a service in the environment file that has `faults: true`.

        Raises:
            IntegrationError: The service has no `faults: true`.

        ```robotframework
        *** Test Cases ***
        The Shop Says That Its Database Is Away
            Cut Connections    postgres
            GET On Session    shop    /products    expected_status=503
            Restore Network    postgres
            Wait Until Keyword Succeeds    10s    100ms    GET On Session    shop    /products    expected_status=200
        ```
        """
        self._session.make_fault(service, "cut", words="cut off")

    @keyword(tags=("Fault", "Action"))
    def limit_bandwidth(self, service: str, *, rate: float) -> None:
        """Lets only so many kilobytes a second pass to a service, and from it, until the test ends.

        All connections of this worker to the service share it, each direction for itself. Calling it again replaces the
        rate. In the setup of a suite it is for the suite.

        Args:
            service: Name of a service in the environment file that has `faults: true`.
            rate: Kilobytes a second; a kilobyte has 1000 bytes.

        Raises:
            IntegrationError: The service has no `faults: true`, or the rate makes no sense.

        ```robotframework
        *** Test Cases ***
        The Products Arrive Over A Narrow Line
            Limit Bandwidth    shop    rate=10
            ${response} =    GET On Session    shop    /products    expected_status=200
            Length Should Be    ${response.json()}    5
        ```
        """
        _refuse_unless(rate > 0, "rate", f"{rate:g}", expected="more than 0 kilobytes a second")
        self._session.make_fault(service, "bandwidth", words=f"limited to {rate:g} kB a second", rate=rate * _BYTES)

    @keyword(tags=("Fault", "Action"))
    def fail_first_requests(self, service: str, count: int) -> None:
        """Resets the next connections over which something is sent to a service, so many of them.

        Each time somebody sends something over a connection, be it open already or new, that connection is reset, and
        the service gets nothing of it; after so many of them everything passes. An HTTP client needs a connection for
        each request it sends, so that as many requests fail, repeated ones included. A connection over which nothing is
        sent does not count. Calling it again begins anew. In the setup of a suite it is for the suite.

        Args:
            service: Name of a service in the environment file that has `faults: true`.
            count: How many.

        Raises:
            IntegrationError: The service has no `faults: true`, or the count makes no sense.

        ```robotframework
        *** Test Cases ***
        A Customer Who Tries Again Gets The Order
            Fail First Requests    payments    1
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4242-4242-4242-4242    lines=${lines}
            POST On Session    shop    /orders    json=${order}    expected_status=502
            POST On Session    shop    /orders    json=${order}    expected_status=201
        ```
        """
        _refuse_unless(count > 0, "count", str(count), expected="1 or more")
        which = "first request" if count == 1 else f"first {count} requests"
        self._session.make_fault(service, "failures", words=f"{which} to fail", count=count)

    @keyword(tags=("Fault", "Action"))
    def restore_network(self, service: str) -> None:
        """Lets everything pass to a service again, at once.

        What was held back arrives now. What the setup of the suite did to the network is back in the next test.

        Args:
            service: Name of a service in the environment file that has `faults: true`.

        Raises:
            IntegrationError: The service has no `faults: true`.

        ```robotframework
        *** Test Cases ***
        The Payment Provider Is Back
            Cut Connections    payments
            Restore Network    payments
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4242-4242-4242-4242    lines=${lines}
            POST On Session    shop    /orders    json=${order}    expected_status=201
        ```
        """
        self._session.make_fault(service, "restore", words="network restored")


def _said(duration: timedelta) -> str:
    return seconds(duration.total_seconds())


def _refuse_unless(condition: bool, argument: str, value: str, *, expected: str) -> None:  # noqa: FBT001 the condition
    if not condition:
        raise IntegrationError(f"Argument '{argument}' cannot be {value}.", expected=expected)
