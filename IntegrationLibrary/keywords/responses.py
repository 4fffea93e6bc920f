"""Keywords that judge what a service answered."""

from __future__ import annotations

import ast
import json
import re
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from robot.api.deco import keyword

from IntegrationLibrary.api.exchange import Exchange, Response, phrase
from IntegrationLibrary.base.errors import CheckFailed, IntegrationError
from IntegrationLibrary.base.redaction import mask_headers, mask_text
from IntegrationLibrary.base.text import counted, did_you_mean, listed, seconds, shortened
from IntegrationLibrary.checks.bodies import body_differences
from IntegrationLibrary.checks.schemas import schema_differences
from IntegrationLibrary.checks.words import shown
from IntegrationLibrary.keywords.files import found
from IntegrationLibrary.keywords.judging import Recording, failure, judged

_SHOWN_HEADERS = 30


class ResponseKeywords:
    """Judges one response: the one that is given, or the last one of this library's sessions."""

    def __init__(self, session: Recording) -> None:
        self._session = session

    @keyword(tags=("Response", "Judgement"))
    def response_status_should_be(
        self, status: int, *, response: Response | None = None, message: str | None = None
    ) -> None:
        """Fails unless the response has this HTTP status.

        RequestsLibrary itself fails on statuses from 400 on, before this keyword is asked; `expected_status=any`
        lets it return them.

        Args:
            status: The HTTP status, such as 201.
            response: A response of RequestsLibrary instead of the last one of this library's sessions.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: The response has another status; the text shows the body.

        ```robotframework
        *** Test Cases ***
        An Unknown Product Is Not Found
            GET On Session    shop    /products/GHOST-01    expected_status=any
            Response Status Should Be    404
        ```
        """
        seen = judged(self._session, response)
        if seen.status == status:
            return
        raise CheckFailed(
            message or f"Response status was {seen.status}, not {status}.",
            expected=f"{status} {phrase(status)}".strip() + f"  for {seen.request_line}",
            seen=seen.answer_line,
        )

    @keyword(tags=("Response", "Judgement"))
    def response_header_should_be(
        self, name: str, value: str, *, response: Response | None = None, message: str | None = None
    ) -> None:
        """Fails unless the response has this header with this value.

        `Content-Type` is compared without its parameters, such as `charset`, unless the expected value has some.

        Args:
            name: Name of the header, in upper or lower case.
            value: The whole value, in exactly this case.
            response: A response of RequestsLibrary instead of the last one of this library's sessions.
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
        seen = judged(self._session, response)
        headers = {key.lower(): text for key, text in seen.response_headers.items()}
        wanted = f"'{mask_headers({name: value})[name]}'"
        if name.lower() not in headers:
            raise CheckFailed(
                message or f"Response has no header '{name}'.",
                expected=f"{wanted}  for {seen.request_line}",
                seen=f"the headers {_names(seen.response_headers, name)}\nin {seen.status} {seen.reason}",
            )
        if value in _spellings(name.lower(), headers[name.lower()]):
            return
        found = f"'{mask_headers({name: headers[name.lower()]})[name]}'"
        differs = f"was {found}, not {wanted}" if found != wanted else "has another value; it is a secret and not shown"
        raise CheckFailed(
            message or f"Response header '{name}' {differs}.",
            expected=f"{wanted}  for {seen.request_line}",
            seen=f"{found} in {seen.status} {seen.reason}",
        )

    @keyword(tags=("Response", "Judgement"))
    def response_time_should_be_below(
        self, limit: timedelta, *, response: Response | None = None, message: str | None = None
    ) -> None:
        """Fails unless the response came in less than this time.

        Measured from sending the request until the head of the answer is there; the body may take longer.

        Args:
            limit: The time that it must not reach, such as `500ms`.
            response: A response of RequestsLibrary instead of the last one of this library's sessions.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: The response took as long or longer.

        ```robotframework
        *** Test Cases ***
        Products Come Quickly
            GET On Session    shop    /products
            Response Time Should Be Below    2s
        ```
        """
        seen = judged(self._session, response)
        allowed = limit.total_seconds()
        if seen.elapsed >= allowed:
            raise CheckFailed(
                message or f"Response took {seconds(seen.elapsed)}, not less than {seconds(allowed)}.",
                expected=f"less than {seconds(allowed)}  for {seen.request_line}",
                seen=f"{seconds(seen.elapsed)} until {seen.answer_line}",
            )

    @keyword(tags=("Response", "Judgement"))
    def response_body_should_be(
        self,
        expected: Any,
        *,
        ignore: list[str] | str = "",
        response: Response | None = None,
        message: str | None = None,
    ) -> None:
        """Fails unless the whole body is this one.

        Values must have their types here: in a dictionary write `${3}` for a number, in JSON text `3`.
        Text that is not JSON is compared as text.

        Args:
            expected: A dictionary, a list, or text, which may be JSON.
            ignore: JSONPaths of fields that may differ or be missing, as a list or with commas: `id, lines[*].id`.
            response: A response of RequestsLibrary instead of the last one of this library's sessions.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: The body differs; the text lists every difference.

        ```robotframework
        *** Test Cases ***
        A New Customer Is Told As Stored
            VAR    &{customer}    name=Hedy Lamarr    email=hedy@example.com
            POST On Session    shop    /customers    json=${customer}
            Response Body Should Be    ${customer}    ignore=id, created_at
        ```
        """
        seen = judged(self._session, response)
        wanted = _read(expected)
        differences = body_differences(wanted, _body(wanted, seen), ignored=_paths(ignore))
        if differences:
            raise failure(
                message or f"Response body differs in {counted(len(differences), 'place')}.",
                expected=shown(wanted),
                differences=differences,
                seen=seen,
            )

    @keyword(tags=("Response", "Judgement"))
    def response_body_should_contain(
        self, expected: Any, *, response: Response | None = None, message: str | None = None
    ) -> None:
        """Fails unless the JSON body has these fields with these values; it may have others.

        That holds at every depth. Lists must have as many items as expected, in the same order.
        Text that is not JSON must be contained in the text of the body.

        Args:
            expected: A dictionary, a list, or text, which may be JSON.
            response: A response of RequestsLibrary instead of the last one of this library's sessions.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: A field is missing or differs; the text lists every difference.

        ```robotframework
        *** Test Cases ***
        Tea Comes From India
            GET On Session    shop    /products/TEA-01
            Response Body Should Contain    {"sku": "TEA-01", "attributes": {"origin": "India"}}
        ```
        """
        seen = judged(self._session, response)
        wanted = _read(expected)
        if isinstance(wanted, str):
            _judge_text(wanted, seen, message)
            return
        differences = body_differences(wanted, seen.json(), partial=True)
        if differences:
            raise failure(
                message or "Response body does not contain what is expected.",
                expected=shown(wanted),
                differences=differences,
                seen=seen,
            )

    @keyword(tags=("Response", "Judgement"))
    def response_should_match_schema(
        self, schema: dict[str, Any] | Path, *, response: Response | None = None, message: str | None = None
    ) -> None:
        """Fails unless the JSON body keeps a JSON Schema, formats such as `date-time` included.

        Args:
            schema: Path of a JSON or YAML file, looked for beside the suite first, or the schema as a dictionary.
            response: A response of RequestsLibrary instead of the last one of this library's sessions.
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
        seen = judged(self._session, response)
        rules = found(schema) if isinstance(schema, Path) else schema
        name = f"'{schema}'" if isinstance(schema, Path) else "that is given"
        differences = schema_differences(rules, seen.json())
        if differences:
            raise failure(
                message or f"Response does not match the schema {name}.",
                expected=f"the schema {name}",
                differences=differences,
                seen=seen,
            )


def _names(headers: Any, wanted: str) -> str:
    hint = did_you_mean(wanted, headers)
    return listed((f"'{name}'" for name in headers), limit=_SHOWN_HEADERS) + (f"; {hint}" if hint else "")


def _spellings(name: str, value: str) -> set[str]:
    return {value, value.partition(";")[0].strip()} if name == "content-type" else {value}


def _read(expected: Any) -> Any:
    """Return what a test expects of a body: text is JSON if it can be read so, and must be if it looks so."""
    if not isinstance(expected, str):
        return expected
    try:
        return json.loads(expected)
    except ValueError as error:
        if expected.lstrip().startswith(("{", "[")):
            raise IntegrationError(
                "The expected body is not JSON.", seen=f"{error}\nin {shortened(mask_text(expected))}"
            ) from error
        return expected


def _body(wanted: Any, seen: Exchange) -> Any:
    """Return the body to compare: as text when text is expected and the body is not JSON, else as JSON."""
    if isinstance(wanted, str):
        with suppress(ValueError):
            return json.loads(seen.response_body)
        return seen.response_body
    return seen.json()


def _judge_text(wanted: str, seen: Exchange, message: str | None) -> None:
    if wanted not in seen.response_body:
        raise CheckFailed(
            message or f"Response body does not contain {shown(wanted)}.",
            expected=f"{shown(wanted)}  for {seen.request_line}",
            seen=seen.answer_line,
        )


def _paths(ignore: list[str] | str) -> list[str]:
    if not isinstance(ignore, str):
        return ignore
    if ignore.startswith(("['", '["')):  # a Python list that Robot hands on as text, because text is allowed too
        return [str(path) for path in ast.literal_eval(ignore)]
    return [path for part in re.split(r",(?![^\[]*\])", ignore) if (path := part.strip())]
