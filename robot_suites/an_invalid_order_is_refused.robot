*** Settings ***
Documentation       What the shop does not understand it refuses, says why, and writes nothing.

Resource            ../resources/shop.resource

Suite Setup         The Shop Is Open

Test Tags           validation


*** Test Cases ***
An Order Without Lines Is Refused
    Post An Order    {"customer_id": 1, "card": "4242-4242-4242-4242", "lines": []}
    The Order Should Be Refused With    422    INVALID_REQUEST

An Order Of Nothing Is Refused
    Post An Order    {"customer_id": 1, "card": "4242-4242-4242-4242", "lines": [{"sku": "TEA-01", "quantity": 0}]}
    The Order Should Be Refused With    422    INVALID_REQUEST

An Unknown Product Is Named
    Order    Ada    1    GHOST-01
    The Order Should Be Refused With    422    UNKNOWN_PRODUCT
    Response Field Should Be    $.sku    GHOST-01

An Unknown Customer Is Refused
    Post An Order    {"customer_id": 999, "card": "4242-4242-4242-4242", "lines": [{"sku": "TEA-01", "quantity": 1}]}
    The Order Should Be Refused With    422    UNKNOWN_CUSTOMER

A Card Number That Is None Is Refused
    Order    Ada    1    TEA-01    card=twelve
    The Order Should Be Refused With    422    INVALID_REQUEST

A Refusal Has The Agreed Form
    Order    Ada    1    GHOST-01
    Response Should Match Schema    ${CURDIR}/../resources/schemas/refusal.json


*** Keywords ***
Post An Order
    [Documentation]    Sends a body as it is and expects the database to stay as it is.
    [Arguments]    ${body}
    VAR    &{headers}    Content-Type=application/json
    POST On Session    shop    /orders    data=${body}    headers=${headers}    expected_status=any
    Database Should Be Unchanged
