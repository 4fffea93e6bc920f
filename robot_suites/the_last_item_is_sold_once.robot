*** Settings ***
Documentation       Two customers want the last lamp; one gets it, the other pays nothing.

Resource            ../resources/shop.resource
Library             ../resources/at_once.py

Suite Setup         The Shop Is Open

Test Tags           orders    stock


*** Test Cases ***
The Last Lamp Can Be Bought
    Order    Ada    1    LAMP-01
    The Order Should Be Accepted
    Stock Should Be    LAMP-01    0

The Second Customer Is Refused
    Order    Ada    1    LAMP-01
    Order    Grace    1    LAMP-01
    The Order Should Be Refused With    409    OUT_OF_STOCK
    The Card Should Be Charged    4900

More Than There Is Cannot Be Bought
    Order    Alan    11    MUG-01
    The Order Should Be Refused With    409    OUT_OF_STOCK
    The Card Should Not Be Charged
    Database Should Be Unchanged

What Is Sold Out Cannot Be Bought
    Order    Alan    1    CLOCK-01
    The Order Should Be Refused With    409    OUT_OF_STOCK

Ten Customers At Once Buy One Lamp
    ${accepted} =    Ten Orders At Once For    LAMP-01
    Should Be Equal As Integers    ${accepted}    1
    Row Count Should Be    orders    1
    Stock Should Be    LAMP-01    0


*** Keywords ***
Ten Orders At Once For
    [Documentation]    Places ten orders from ten threads and returns how many were accepted.
    [Arguments]    ${sku}
    ${customer} =    Customer Called    Ada
    VAR    &{line}    sku=${sku}    quantity=${1}
    VAR    @{lines}    ${line}
    VAR    &{order}    customer_id=${customer}[id]    card=${GOOD CARD}    lines=${lines}
    ${url} =    Get Service Url    shop
    ${statuses} =    Post At Once    ${url}/orders    10    body=${order}
    ${accepted} =    Count Values In List    ${statuses}    ${201}
    RETURN    ${accepted}
