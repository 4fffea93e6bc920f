*** Settings ***
Documentation       Tests that would break each other if what they committed were not undone.

Resource            ../resources/shop.resource

Suite Setup         The Shop Is Open

Test Tags           isolation


*** Test Cases ***
A Test Buys All The Tea
    Order    Ada    100    TEA-01
    The Order Should Be Accepted
    Stock Should Be    TEA-01    0

Another Test Buys All The Tea Again
    Order    Grace    100    TEA-01
    The Order Should Be Accepted

The First Order Has Number One
    Order    Ada    1    TEA-01
    ${id} =    The Order Should Be Accepted
    Should Be Equal As Integers    ${id}    1

The First Order Of The Next Test Has Number One Too
    Order    Ada    1    TEA-01
    ${id} =    The Order Should Be Accepted
    Should Be Equal As Integers    ${id}    1

A Checkpoint Inside A Test Can Be Returned To
    Order    Ada    1    MUG-01
    Create Checkpoint    one order
    Order    Ada    2    MUG-01
    Stock Should Be    MUG-01    7
    Roll Back To Checkpoint    one order
    Stock Should Be    MUG-01    9
    Row Count Should Be    orders    1

Nothing Is Left For The Last Test
    Table Should Be Empty    orders
    Table Should Be Empty    payments
    Stock Should Be    TEA-01    100
    Database Should Be Unchanged
