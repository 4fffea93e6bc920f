*** Settings ***
Documentation       No money, no order: whatever goes wrong at the payment provider leaves the database as it was.

Resource            ../resources/shop.resource

Suite Setup         The Shop Is Open

Test Tags           payments


*** Test Cases ***
A Card Without Cover Is Refused
    Order    Ada    1    TEA-01    card=${CARD WITHOUT COVER}
    The Order Should Be Refused With    402    PAYMENT_DECLINED
    Database Should Be Unchanged

A Bank That Does Not Answer Is No Fault Of The Customer
    Order    Ada    1    TEA-01    card=${CARD OF A SILENT BANK}
    The Order Should Be Refused With    502    PAYMENT_UNAVAILABLE
    Database Should Be Unchanged

A Provider That Is Down Stops The Order
    The Payment Provider Is Down
    Order    Grace    1    MUG-01
    The Order Should Be Refused With    502    PAYMENT_UNAVAILABLE
    Database Should Be Unchanged

The Provider Is Up Again In The Next Test
    Order    Grace    1    MUG-01
    The Order Should Be Accepted


*** Keywords ***
The Payment Provider Is Down
    [Documentation]    Lets the provider answer 503 until the test ends.
    VAR    &{request}    method=POST    path=/charges
    VAR    &{response}    status=${503}
    VAR    &{rule}    request=${request}    response=${response}
    Add Mock Rule    payments    ${rule}
