"""Keywords that judge what a service answered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from requests import Response
from robot.api.deco import keyword

from IntegrationLibrary.api.exchange import Exchange, from_response, masked_body
from IntegrationLibrary.base.errors import CheckFailed, IntegrationError
from IntegrationLibrary.base.text import seconds, shortened
from IntegrationLibrary.checks.bodies import body_differences, shown
from IntegrationLibrary.checks.differences import Difference, expected_lines, seen_lines
from IntegrationLibrary.checks.paths import fields_near, select
from IntegrationLibrary.checks.schemas import read_schema, schema_differences
from IntegrationLibrary.session import Session


class ResponseKeywords:
    """Judges one response: the one that is given, or the last one of this library's sessions."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @keyword(tags=("Response", "Judgement"))
    def response_status_should_be(
        self, status: int, *, response: Response | None = None, message: str | None = None
    ) -> None:
        """Fails unless the response has this HTTP status.

        Args:
            status: Such as 201.
            response: A response of RequestsLibrary; without it the last one.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: It has another status; the text shows the body.

        ```robotframework
        *** Test Cases ***
        Tea Is Sold
            GET On Session    shop    /products/TEA-01
            Response Status Should Be    200
        ```
        """
        seen = self._exchange(response)
        if seen.status == status:
            return
        raise CheckFailed(
            message or f"Response status was {seen.status}, not {status}.",
            expected=f"{status} {_phrase(status)}  for {_request(seen)}",
            seen=f"{seen.status} {seen.reason} {shortened(masked_body(seen.response_body))}".strip(),
        )

    @keyword(tags=("Response", "Judgement"))
    def response_header_should_be(
        self, name: str, value: str, *, response: Response | None = None, message: str | None = None
    ) -> None:
        """Fails unless the response has this header with this value.

        Args:
            name: Name of the header, in any case.
            value: Its whole value.
            response: A response of RequestsLibrary; without it the last one.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: The header is missing or has another value.

        ```robotframework
        *** Test Cases ***
        Products Are Told As JSON
            GET On Session    shop    /products
            Response Header Should Be    Content-Type    application/json
        ```
        """
        seen = self._exchange(response)
        headers = {key.lower(): text for key, text in seen.response_headers.items()}
        found = headers.get(name.lower())
        if found == value:
            return
        raise CheckFailed(
            message or f"Response header '{name}' was {_quoted(found)}, not '{value}'.",
            expected=f"{value}  for {_request(seen)}",
            seen=found or "no such header; there are " + ", ".join(sorted(headers)),
        )

    @keyword(tags=("Response", "Judgement"))
    def response_field_should_be(
        self, path: str, expected: Any, *, response: Response | None = None, message: str | None = None
    ) -> None:
        """Fails unless a field of the JSON body has this value.

        A text that Robot gives is also equal to the number or boolean that it reads as: `3` equals 3.

        Args:
            path: JSONPath of the field, such as `$.lines[0].sku`.
            expected: Its value.
            response: A response of RequestsLibrary; without it the last one.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: The field is missing or has another value.

        ```robotframework
        *** Test Cases ***
        Tea Costs Four Euros Fifty
            GET On Session    shop    /products/TEA-01
            Response Field Should Be    $.price_cents    450
        ```
        """
        seen = self._exchange(response)
        value = self._field(seen, path)
        if value == expected or (isinstance(expected, str) and _reads_as(expected, value)):
            return
        raise CheckFailed(
            message or f"Response field '{path}' was {_shown(value)}, not {_shown(expected)}.",
            expected=f"{_shown(expected)}  for {_request(seen)}",
            seen=shown(value),
        )

    @keyword(tags=("Response", "Judgement"))
    def response_body_should_be(
        self,
        expected: Any,
        *,
        ignore: Sequence[str] = (),
        response: Response | None = None,
        message: str | None = None,
    ) -> None:
        """Fails unless the JSON body is this one, no field more and none less.

        Args:
            expected: A dictionary, a list, or JSON text.
            ignore: Fields that may differ, such as `id` or `lines[*].id`.
            response: A response of RequestsLibrary; without it the last one.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: The body differs; the text lists every difference.

        ```robotframework
        *** Test Cases ***
        The Shop Is Ready
            GET On Session    shop    /health
            Response Body Should Be    {"status": "ready"}
        ```
        """
        seen = self._exchange(response)
        found = body_differences(_json(expected), _body(seen), ignored=ignore)
        self._judge(found, seen, message or "Response body is not the expected one.")

    @keyword(tags=("Response", "Judgement"))
    def response_body_should_contain(
        self, expected: Any, *, response: Response | None = None, message: str | None = None
    ) -> None:
        """Fails unless the JSON body has these fields with these values; it may have others.

        Args:
            expected: A dictionary, or JSON text.
            response: A response of RequestsLibrary; without it the last one.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: A field is missing or differs; the text lists every difference.

        ```robotframework
        *** Test Cases ***
        Tea Is Known
            GET On Session    shop    /products/TEA-01
            Response Body Should Contain    {"sku": "TEA-01", "attributes": {"origin": "India"}}
        ```
        """
        seen = self._exchange(response)
        found = body_differences(_json(expected), _body(seen), partial=True)
        self._judge(found, seen, message or "Response body does not contain what is expected.")

    @keyword(tags=("Response", "Judgement"))
    def response_should_match_schema(
        self, schema: Path | dict[str, Any], *, response: Response | None = None, message: str | None = None
    ) -> None:
        """Fails unless the JSON body keeps a JSON Schema.

        Args:
            schema: Path of a JSON file, or the schema as a dictionary.
            response: A response of RequestsLibrary; without it the last one.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: The body does not keep it; the text lists every place.

        ```robotframework
        *** Test Cases ***
        A Refusal Has The Agreed Form
            GET On Session    shop    /products/GHOST-01    expected_status=404
            Response Should Match Schema    resources/schemas/refusal.json
        ```
        """
        seen = self._exchange(response)
        rules = schema if isinstance(schema, dict) else read_schema(schema)
        self._judge(schema_differences(rules, _body(seen)), seen, message or "Response does not match the schema.")

    @keyword(tags=("Response", "Judgement"))
    def response_time_should_be_below(
        self, limit: timedelta, *, response: Response | None = None, message: str | None = None
    ) -> None:
        """Fails unless the response came in less than this time.

        The time from sending the request to the head of the answer, as requests measures it.

        Args:
            limit: Such as `500ms`.
            response: A response of RequestsLibrary; without it the last one.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: It took as long or longer.

        ```robotframework
        *** Test Cases ***
        Products Come Quickly
            GET On Session    shop    /products
            Response Time Should Be Below    2s
        ```
        """
        seen = self._exchange(response)
        if seen.elapsed < limit.total_seconds():
            return
        raise CheckFailed(
            message or f"Response took {seconds(seen.elapsed)}, not less than {seconds(limit.total_seconds())}.",
            expected=f"less than {seconds(limit.total_seconds())}  for {_request(seen)}",
            seen=seconds(seen.elapsed),
        )

    @keyword(tags=("Response", "Read"))
    def get_response_field(self, path: str, *, response: Response | None = None) -> Any:
        """Returns the value of a field of the JSON body.

        Args:
            path: JSONPath of the field, such as `$.id`.
            response: A response of RequestsLibrary; without it the last one.

        Returns:
            The first value that the path selects.

        Raises:
            CheckFailed: There is no such field.

        ```robotframework
        *** Test Cases ***
        Tea Has A Name
            GET On Session    shop    /products/TEA-01
            ${name} =    Get Response Field    $.name
            Should Be Equal    ${name}    Darjeeling tea
        ```
        """
        return self._field(self._exchange(response), path)

    def _field(self, seen: Exchange, path: str) -> Any:
        body = _body(seen)
        values = select(body, path)
        if values:
            return values[0]
        raise CheckFailed(
            f"Response has no field '{path}'.", expected=f"{path}  for {_request(seen)}", seen=fields_near(body, path)
        )

    def _judge(self, differences: list[Difference], seen: Exchange, headline: str) -> None:
        if differences:
            raise CheckFailed(
                headline,
                expected=f"for {_request(seen)}\n{expected_lines(differences)}",
                seen=seen_lines(differences),
            )

    def _exchange(self, response: Response | None) -> Exchange:
        judged = response if response is not None else self._session.recorder.last_response
        if judged is not None:
            return from_response(judged, "", 0)
        raise IntegrationError(
            "There is no response yet.",
            expected="a request over a session of this library, such as GET On Session    shop    /health",
            next_step="give the response of another session with response=",
        )


def _request(exchange: Exchange) -> str:
    return f"{exchange.method} {urlsplit(exchange.url).path}"


def _body(exchange: Exchange) -> Any:
    try:
        return exchange.json()
    except ValueError:
        raise CheckFailed(
            "Response body is not JSON.",
            expected=f"JSON  for {_request(exchange)}",
            seen=shortened(exchange.response_body) or "an empty body",
        ) from None


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise IntegrationError("The expected body is not JSON.", seen=f"{error} in {shortened(value)}") from error


def _reads_as(text: str, value: Any) -> bool:
    if isinstance(value, str):
        return False
    try:
        read = json.loads(text.lower() if text.lower() in {"true", "false", "none", "null"} else text)
    except ValueError:
        return text.lower() == "none" and value is None
    return type(read) is type(value) and bool(read == value)


def _shown(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else repr(value)


def _quoted(value: str | None) -> str:
    return "missing" if value is None else f"'{value}'"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
