"""Keywords that judge and read fields of what a service answered."""

from __future__ import annotations

import json
import re
from typing import Any

from robot.api.deco import keyword

from IntegrationLibrary.api.exchange import Exchange, Response
from IntegrationLibrary.base.errors import CheckFailed, IntegrationError
from IntegrationLibrary.base.text import counted, listed
from IntegrationLibrary.checks.differences import Difference
from IntegrationLibrary.checks.paths import Selected, fields_near, select, selects_one
from IntegrationLibrary.checks.values import value_differences
from IntegrationLibrary.checks.words import secret_difference, shown
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
        Every Product Has A Price
            GET On Session    shop    /products/TEA-01
            Response Field Should Be    $.price_cents    450
            Response Field Should Be    $.attributes    {"origin": "India", "grams": 100}
        ```
        """
        seen = judged(self._session, response)
        selected = _selected(seen, path, message)
        differences = _differences(expected, selected, path)
        if not differences:
            return
        wanted = shown(expected)
        if any(each.is_secret for each in selected):
            differences = [secret_difference(path, expected, _value(selected, path))]
            wanted = differences[0].expected
        if len(differences) > 1 or differences[0].path != path:
            headline = f"Response field '{path}' differs in {counted(len(differences), 'place')}."
            raise failure(message or headline, expected=wanted, differences=differences, seen=seen)
        only = differences[0]
        raise CheckFailed(
            message or f"Response field '{path}' {'has' if only.words else 'was'} {only.says}.",
            expected=f"{wanted}  for {seen.request_line}",
            seen=f"{only.seen} in {seen.answer_line}",
        )

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
        for each in _selected(seen, path, message):
            text = each.value if isinstance(each.value, str) else json.dumps(each.value)
            if not expression.fullmatch(text):
                raise CheckFailed(
                    message or f"Response field '{path}' was {each}, which does not match.",
                    expected=f"text that matches {pattern}  for {seen.request_line}",
                    seen=f"{each} in {seen.answer_line}",
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
        An Order That Is Not Shipped Says So With Null
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4242-4242-4242-4242    lines=${lines}
            POST On Session    shop    /orders    json=${order}
            Response Field Should Exist    $.shipped_at
        ```
        """
        _selected(judged(self._session, response), path, message)

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
        An Order Does Not Tell The Card
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4242-4242-4242-4242    lines=${lines}
            POST On Session    shop    /orders    json=${order}
            Response Field Should Not Exist    $.card
        ```
        """
        seen = judged(self._session, response)
        selected = select(seen.json(), path)
        if selected:
            raise CheckFailed(
                message or f"Response has a field '{path}'.",
                expected=f"no such field  for {seen.request_line}",
                seen=f"{listed(selected)} in {seen.answer_line}",
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
        An Order Can Be Cancelled
            VAR    &{line}    sku=TEA-01    quantity=${2}
            VAR    @{lines}    ${line}
            VAR    &{order}    customer_id=${1}    card=4242-4242-4242-4242    lines=${lines}
            POST On Session    shop    /orders    json=${order}
            ${id} =    Get Response Field    $.id
            DELETE On Session    shop    /orders/${id}
            Response Field Should Be    $.status    cancelled
        ```
        """
        return _value(_selected(judged(self._session, response), path, None), path)


def _selected(seen: Exchange, path: str, message: str | None) -> list[Selected]:
    body = seen.json()
    selected = select(body, path)
    if not selected:
        raise CheckFailed(
            message or f"Response has no field '{path}'.",
            expected=f"'{path}'  for {seen.request_line}",
            seen=f"{fields_near(body, path)}\nin {seen.answer_line}",
        )
    return selected


def _value(selected: list[Selected], path: str) -> Any:
    return selected[0].value if selects_one(path) else [each.value for each in selected]


def _differences(expected: Any, selected: list[Selected], path: str) -> list[Difference]:
    differences = value_differences(expected, _value(selected, path), root=path)
    if not differences or len(selected) > 1 or selects_one(path):
        return differences
    of_the_only_one = value_differences(expected, selected[0].value, root=path)
    return differences if of_the_only_one and isinstance(expected, list) else of_the_only_one


def _expression(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise IntegrationError(f"'{pattern}' is no regular expression.", seen=str(error)) from error
