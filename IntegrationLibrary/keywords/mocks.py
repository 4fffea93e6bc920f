"""Keywords that add rules to mocks, and read and judge what hit them."""

from __future__ import annotations

from typing import Any

from robot.api.deco import keyword

from IntegrationLibrary.base.errors import CheckFailed, IntegrationError
from IntegrationLibrary.base.text import counted, shortened
from IntegrationLibrary.session import OpenService, Session


class MockKeywords:
    """Third parties as the test wants them; rules added in a test end with it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @keyword(tags=("Mock", "Action"))
    def add_mock_rule(self, mock: str, rule: dict[str, Any]) -> None:
        """Adds a rule to a mock, before all rules it has; it is removed when the test ends.

        Args:
            mock: Name of the mock service in the environment file.
            rule: A rule as in a rules file, with `request` and `response`.

        Raises:
            EnvironmentFailure: The rule is wrong; the text says where.

        ```robotframework
        *** Test Cases ***
        The Payment Provider Is Down For This Test
            VAR    &{request}    method=POST    path=/charges
            VAR    &{response}    status=${503}
            VAR    &{rule}    request=${request}    response=${response}
            Add Mock Rule    payments    ${rule}
            Mock Should Have Received    payments    POST /charges    times=0
        ```
        """
        self._mock(mock).act("add_rule", rule=rule)

    @keyword(tags=("Mock", "Read"))
    def get_mock_hits(self, mock: str, request: str | None = None) -> list[dict[str, Any]]:
        """Returns the requests that hit a mock since the test began, oldest first.

        Args:
            mock: Name of the mock service in the environment file.
            request: Only those with this method and path, such as `POST /charges`.

        Returns:
            A list of dictionaries with `method`, `path`, `query`, `headers`, `body`, `json`, `rule` and `status`.

        Raises:
            IntegrationError: There is no such mock.

        ```robotframework
        *** Test Cases ***
        Nobody Was Charged
            ${hits} =    Get Mock Hits    payments    POST /charges
            Should Be Empty    ${hits}
        ```
        """
        hits: list[dict[str, Any]] = self._mock(mock).act("hits", since=self._session.hits_before.get(mock, 0))
        if request is None:
            return hits
        method, path = _method_and_path(request)
        return [hit for hit in hits if (hit["method"], hit["path"]) == (method, path)]

    @keyword(tags=("Mock", "Judgement"))
    def mock_should_have_received(
        self,
        mock: str,
        request: str,
        *,
        times: int = 1,
        json: dict[str, Any] | None = None,
        message: str | None = None,
    ) -> None:
        """Fails unless a mock was hit by this request exactly so often since the test began.

        Args:
            mock: Name of the mock service in the environment file.
            request: Method and path, such as `POST /charges`.
            times: How often; 0 for never.
            json: Count only requests whose JSON body has these fields with these values.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: It was hit more or less often; the text lists what hit it.

        ```robotframework
        *** Test Cases ***
        Nobody Was Charged
            Mock Should Have Received    payments    POST /charges    times=0
        ```
        """
        from IntegrationLibrary.checks.bodies import body_differences

        hits = self.get_mock_hits(mock, request)
        if json is not None:
            hits = [hit for hit in hits if not body_differences(json, hit["json"], partial=True)]
        if len(hits) == times:
            return
        wanted = f"{request} {counted(times, 'time')}" + (f" with {json}" if json else "")
        raise CheckFailed(
            message or f"Mock '{mock}' was hit by {request} {counted(len(hits), 'time')}, not {times}.",
            expected=wanted,
            seen=_shown(self.get_mock_hits(mock)) or "it was not hit at all",
        )

    def _mock(self, name: str) -> OpenService:
        service = self._session.service(name)
        if "hits" in service.actions:
            return service
        raise IntegrationError(f"Service '{name}' is no mock.", expected="a service of type 'mock'")


def _method_and_path(request: str) -> tuple[str, str]:
    method, _, path = request.partition(" ")
    if path.startswith("/"):
        return method.upper(), path
    raise IntegrationError(f"'{request}' is no request.", expected="method and path, such as POST /charges")


def _shown(hits: list[dict[str, Any]]) -> str:
    return "\n".join(f"{hit['method']} {hit['path']} {shortened(hit['body'])} -> {hit['status']}" for hit in hits[-10:])
