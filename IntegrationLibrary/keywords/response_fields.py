"""Keywords that judge and read fields of what a service answered."""

from __future__ import annotations

import json
import re
from typing import Any

from robot.api.deco import keyword

from IntegrationLibrary.api.exchange import Exchange, Response
from IntegrationLibrary.base.errors import CheckFailed, IntegrationError
from IntegrationLibrary.base.text import counted, listed
from IntegrationLibrary.checks.paths import fields_near, select, selects_one
from IntegrationLibrary.checks.values import value_differences
from IntegrationLibrary.checks.words import shown
from IntegrationLibrary.keywords.judging import Recording, failure, judged


class ResponseFieldKeywords:
    """Fields of the JSON body of one response: the one that is given, or the last one of this library's sessions."""

    def __init__(self, session: Recording) -> None:
        self._session = session

    @keyword(tags=("Response", "Judgement"))
    def response_field_should_be(
        self, path: str, expected: Any, *, response: Response | None = None, message: str | None = None
    ) -> None:
        """Fails unless a field of the JSON body has this value.

        A text is read as the type of what is in the field: `3` equals the number 3, `true` the boolean, `null` equals
        null, and JSON text equals a list or an object. Other values, such as `${3}`, must be equal themselves.

        Args:
            path: JSONPath of the field, such as `$.lines[0].sku`; one with a wildcard or filter selects a list.
            expected: The value of the field, or of the only one that is selected.
            response: A response of RequestsLibrary instead of the last one of this library's sessions.
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
        seen = judged(self._session, response)
        value = _field(seen, path, message)
        differences = value_differences(expected, value, root=path)
        is_only_one = isinstance(value, list) and len(value) == 1 and not selects_one(path)
        if not differences or (is_only_one and not value_differences(expected, value[0], root=path)):
            return
        headline = f"Response field '{path}' was {shown(value)}, not {shown(expected)}."
        if len(differences) > 1 or differences[0].path != path:
            headline = f"Response field '{path}' differs in {counted(len(differences), 'place')}."
        raise failure(message or headline, expected=shown(expected), differences=differences, seen=seen)

    @keyword(tags=("Response", "Judgement"))
    def response_field_should_match(
        self, path: str, pattern: str, *, response: Response | None = None, message: str | None = None
    ) -> None:
        """Fails unless the whole text of a field of the JSON body matches a regular expression.

        Args:
            path: JSONPath of the field, such as `$.reference`; of several that it selects, each must match.
            pattern: Regular expression as Python's `re` reads it; numbers and booleans are matched as JSON text.
            response: A response of RequestsLibrary instead of the last one of this library's sessions.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: The field is missing or does not match.

        ```robotframework
        *** Test Cases ***
        A Product Has A Proper SKU
            GET On Session    shop    /products/TEA-01
            Response Field Should Match    $.sku    [A-Z]+-[0-9]{2}
        ```
        """
        seen = judged(self._session, response)
        expression = _expression(pattern)
        _field(seen, path, message)
        for value in select(seen.json(), path):
            text = value if isinstance(value, str) else json.dumps(value)
            if not expression.fullmatch(text):
                raise CheckFailed(
                    message or f"Response field '{path}' was {shown(value)}, which does not match.",
                    expected=f"text that matches {pattern}  for {seen.request_line}",
                    seen=f"{shown(value)} in {seen.answer_line}",
                )

    @keyword(tags=("Response", "Judgement"))
    def response_field_should_exist(
        self, path: str, *, response: Response | None = None, message: str | None = None
    ) -> None:
        """Fails unless the JSON body has this field, whatever its value, null included.

        Args:
            path: JSONPath of the field, such as `$.id`.
            response: A response of RequestsLibrary instead of the last one of this library's sessions.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: There is no such field; the text names those that there are.

        ```robotframework
        *** Test Cases ***
        A Product Has A Number
            GET On Session    shop    /products/TEA-01
            Response Field Should Exist    $.id
        ```
        """
        _field(judged(self._session, response), path, message)

    @keyword(tags=("Response", "Judgement"))
    def response_field_should_not_exist(
        self, path: str, *, response: Response | None = None, message: str | None = None
    ) -> None:
        """Fails if the JSON body has this field, whatever its value, null included.

        Args:
            path: JSONPath of the field, such as `$.card`.
            response: A response of RequestsLibrary instead of the last one of this library's sessions.
            message: First line of the failure instead of the usual one.

        Raises:
            CheckFailed: There is such a field, or the body is not JSON.

        ```robotframework
        *** Test Cases ***
        What A Product Costs The Shop Is Not Told
            GET On Session    shop    /products/TEA-01
            Response Field Should Not Exist    $.cost_cents
        ```
        """
        seen = judged(self._session, response)
        values = select(seen.json(), path)
        if values:
            raise CheckFailed(
                message or f"Response has a field '{path}'.",
                expected=f"no such field  for {seen.request_line}",
                seen=f"{listed(map(shown, values))} in {seen.answer_line}",
            )

    @keyword(tags=("Response", "Read"))
    def get_response_field(self, path: str, *, response: Response | None = None) -> Any:
        """Returns the value of a field of the JSON body.

        Args:
            path: JSONPath of the field, such as `$.id`; one with a wildcard, slice or filter selects a list.
            response: A response of RequestsLibrary instead of the last one of this library's sessions.

        Returns:
            The value with its type, or the list of all values when the path selects a list.

        Raises:
            CheckFailed: There is no such field; the text names those that there are.

        ```robotframework
        *** Test Cases ***
        Tea Has A Name
            GET On Session    shop    /products/TEA-01
            ${name} =    Get Response Field    $.name
            Should Be Equal    ${name}    Darjeeling tea
        ```
        """
        return _field(judged(self._session, response), path, None)


def _field(seen: Exchange, path: str, message: str | None) -> Any:
    body = seen.json()
    values = select(body, path)
    if not values:
        raise CheckFailed(
            message or f"Response has no field '{path}'.",
            expected=f"'{path}'  for {seen.request_line}",
            seen=fields_near(body, path),
        )
    return values[0] if selects_one(path) else values


def _expression(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise IntegrationError(f"'{pattern}' is no regular expression.", seen=str(error)) from error
