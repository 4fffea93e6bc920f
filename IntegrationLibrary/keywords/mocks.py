"""Keywords that add rules to mocks, and read and judge what hit them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from robot.api.deco import keyword

from IntegrationLibrary.base.errors import CheckFailed, ConfigurationError, IntegrationError
from IntegrationLibrary.base.redaction import mask_text, mask_urls
from IntegrationLibrary.base.text import SHOWN_ITEMS, counted, listed, shortened
from IntegrationLibrary.checks.bodies import body_differences
from IntegrationLibrary.checks.differences import Difference
from IntegrationLibrary.checks.words import shown
from IntegrationLibrary.mocks.rules import key_of_rule, rule_from
from IntegrationLibrary.opened import OpenService
from IntegrationLibrary.session import Session

Hit = dict[str, Any]

_LONGEST_BODY = 120


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
            IntegrationError: The rule is wrong; the text says where.

        ```robotframework
        *** Test Cases ***
        No Order Is Taken While The Payment Provider Is Down
            VAR    &{request}    method=POST    path=/charges
            VAR    &{response}    status=${503}
            VAR    &{rule}    request=${request}    response=${response}
            Add Mock Rule    payments    ${rule}
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4242-4242-4242-4242    lines=${lines}
            POST On Session    shop    /orders    json=${order}    expected_status=502
            Database Should Be Unchanged
        ```
        """
        found = self._mock(mock)
        try:
            rule_from(rule, subject="the rule", place_of=key_of_rule)
        except ConfigurationError as error:
            raise IntegrationError(
                error.headline, expected=error.expected, seen=error.seen, next_step=error.hint or None
            ) from None
        found.act("add_rule", rule=rule)

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
        The Card Is Charged In Euros
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4242-4242-4242-4242    lines=${lines}
            POST On Session    shop    /orders    json=${order}
            ${hits} =    Get Mock Hits    payments    POST /charges
            Should Be Equal    ${hits}[0][json][currency]    EUR
        ```
        """
        hits: list[Hit] = self._mock(mock).act("hits", since=self._session.hits_before.get(mock, 0))
        return hits if request is None else _by_line(hits, request)

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
        The Card Is Charged Once And Not Refunded
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4242-4242-4242-4242    lines=${lines}
            POST On Session    shop    /orders    json=${order}
            VAR    &{charge}    amount_cents=${900}    currency=EUR
            Mock Should Have Received    payments    POST /charges    json=${charge}
            Mock Should Have Received    payments    POST /refunds    times=0
        ```
        """
        all_hits = self.get_mock_hits(mock)
        found = [hit for hit in _by_line(all_hits, request) if not _body_differences(json, hit)]
        if len(found) == times:
            return
        fields, value = ("", "") if json is None else (" with these fields", f" with {shown(json)}")
        raise CheckFailed(
            message or f"Mock '{mock}' was hit by {request}{fields} {counted(len(found), 'time')}, not {times}.",
            expected=f"{request} {counted(times, 'time')}{value}",
            seen=_newest([_told(hit, request, json) for hit in all_hits]) or "it was not hit at all in this test",
        )

    def _mock(self, name: str) -> OpenService:
        service = self._session.service(name)
        if "hits" in service.actions:
            return service
        raise IntegrationError(f"Service '{name}' is no mock.", expected="a service of type 'mock'")


def _by_line(hits: list[Hit], request: str) -> list[Hit]:
    """Return the hits with this method and path."""
    method, _, path = request.partition(" ")
    if not path.startswith("/") or "?" in path:
        raise IntegrationError(
            f"'{request}' is no request.", expected="method and path, such as POST /charges, without a query"
        )
    return [hit for hit in hits if (hit["method"], hit["path"]) == (method.upper(), path)]


def _body_differences(json: dict[str, Any] | None, hit: Hit) -> list[Difference]:
    return [] if json is None else body_differences(json, hit["json"], partial=True)


def _line(hit: Hit) -> str:
    query = f"?{urlencode(hit['query'], doseq=True)}" if hit["query"] else ""
    return mask_urls(f"{hit['method']} {hit['path']}{query}")


def _told(hit: Hit, request: str, json: dict[str, Any] | None) -> str:
    """Return a hit in one line, with what is not as it was looked for."""
    words = [_line(hit), _body(hit), "->", str(hit["status"] or "connection reset")]
    text = " ".join(filter(None, words))
    if hit["unmatched"]:
        return f"{text}, as no rule fits; {hit['unmatched']}"
    if json is not None and _by_line([hit], request) and (found := _body_differences(json, hit)):
        return f"{text}; {listed(found, separator='; ')}"
    return text


def _body(hit: Hit) -> str:
    if hit["json"] is not None:
        return shown(hit["json"])
    return shortened(mask_text(hit["body"]), _LONGEST_BODY)


def _newest(lines: list[str]) -> str:
    left_out = len(lines) - SHOWN_ITEMS
    return "\n".join([*([f"{counted(left_out, 'earlier hit')}"] if left_out > 0 else []), *lines[-SHOWN_ITEMS:]])
