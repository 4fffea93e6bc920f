"""Keywords that stop, hold and start services on purpose."""

from __future__ import annotations

from robot.api.deco import keyword

from IntegrationLibrary.session import Session


class ServiceKeywords:
    """What goes wrong with services, when a test wants it; all of it is undone when the test ends."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @keyword(tags=("Service", "Action"))
    def stop_service(self, service: str) -> None:
        """Stops a service of this worker, as an operator would; it is started again when the test ends.

        A process is asked to end with SIGTERM, and killed with all its children when it has not ended after the time
        that its key `stop_timeout` says. A mock keeps its rules and hits. In the setup of a suite it is for the suite.

        Args:
            service: Name of the service in the environment file; one of scope `worker`.

        Raises:
            IntegrationError: All workers share the service, or it is of a type that cannot be stopped.

        ```robotframework
        *** Test Cases ***
        No Order Is Taken Without The Payment Provider
            Stop Service    payments
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4242-4242-4242-4242    lines=${lines}
            POST On Session    shop    /orders    json=${order}    expected_status=502
            Database Should Be Unchanged
        ```
        """
        self._session.make_fault(service, "stop", words="stopped")

    @keyword(tags=("Service", "Action"))
    def start_service(self, service: str) -> None:
        """Starts a service that the test has stopped or killed, and waits until it is ready.

        One that runs is only waited for.

        Args:
            service: Name of the service in the environment file; one of scope `worker`.

        Raises:
            IntegrationError: The service is paused, all workers share it, or it is of a type that cannot be started.
            EnvironmentFailure: It does not become ready; the text tells its answers over time and its last log lines.

        ```robotframework
        *** Test Cases ***
        The Shop Comes Back At The Same Address
            Stop Service    shop
            Start Service    shop
            GET On Session    shop    /products    expected_status=200
        ```
        """
        self._session.make_fault(service, "start", words="started")

    @keyword(tags=("Service", "Action"))
    def restart_service(self, service: str) -> None:
        """Stops a service and starts it again, and waits until it is ready.

        Args:
            service: Name of the service in the environment file; one of scope `worker`.

        Raises:
            IntegrationError: All workers share the service, or it is of a type that cannot be started.
            EnvironmentFailure: It does not become ready; the text tells its answers over time and its last log lines.

        ```robotframework
        *** Test Cases ***
        A New Customer Is Still There After A Restart
            VAR    &{customer}    name=Barbara    email=barbara@example.com
            POST On Session    shop    /customers    json=${customer}
            Restart Service    shop
            ${response} =    GET On Session    shop    /customers
            Should Contain    ${response.text}    barbara@example.com
        ```
        """
        self._session.make_fault(service, "restart", words="restarted")

    @keyword(tags=("Service", "Action"))
    def kill_service(self, service: str) -> None:
        """Kills a process of this worker with all its children; it is started again when the test ends.

        It gets SIGKILL and can put nothing in order. In the setup of a suite it is for the suite.

        Args:
            service: Name of the service in the environment file; a process of scope `worker`.

        Raises:
            IntegrationError: All workers share the service, or it is no process.

        ```robotframework
        *** Test Cases ***
        A Killed Shop Is Gone And Comes Back
            Kill Service    shop
            Run Keyword And Expect Error    *    Service Should Be Ready    shop
            Start Service    shop
            GET On Session    shop    /products    expected_status=200
        ```
        """
        self._session.make_fault(service, "kill", words="killed")

    @keyword(tags=("Service", "Action"))
    def pause_service(self, service: str) -> None:
        """Holds a process of this worker with all its children; it goes on when the test ends.

        It gets SIGSTOP: connections to it are taken, as the system does that, and nothing is answered. What it was
        asked meanwhile it does when it goes on, also after the test: use [Resume Service] and wait for what it writes.
        In the setup of a suite it is for the suite.

        Args:
            service: Name of the service in the environment file; a process of scope `worker`.

        Raises:
            IntegrationError: The service does not run, all workers share it, or it is no process.

        ```robotframework
        *** Test Cases ***
        A Client Does Not Wait For Ever For A Shop That Hangs
            Pause Service    shop
            Run Keyword And Expect Error    *Read timed out*    GET On Session    shop    /products    timeout=0.2
        ```
        """
        self._session.make_fault(service, "pause", words="paused")

    @keyword(tags=("Service", "Action"))
    def resume_service(self, service: str) -> None:
        """Lets a service that the test has paused go on.

        It then answers what it was asked meanwhile. One that is not paused goes on as it does.

        Args:
            service: Name of the service in the environment file; a process of scope `worker`.

        Raises:
            IntegrationError: The service is stopped, all workers share it, or it is no process.

        ```robotframework
        *** Test Cases ***
        A Shop That Has Hung Answers Again
            Pause Service    shop
            Run Keyword And Expect Error    *Read timed out*    GET On Session    shop    /products    timeout=0.2
            Resume Service    shop
            GET On Session    shop    /products    expected_status=200
        ```
        """
        self._session.make_fault(service, "resume", words="let go on")
