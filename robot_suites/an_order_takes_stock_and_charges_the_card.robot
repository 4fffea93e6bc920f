*** Settings ***
Documentation       The shop's main job, seen from outside, in its database and at the payment provider.

Resource            ../resources/shop.resource

Suite Setup         The Shop Is Open

Test Tags           orders


*** Test Cases ***
An Accepted Order Is Paid
    Order    Ada    2    TEA-01
    The Order Should Be Accepted
    Response Field Should Be    $.total_cents    900

An Order Charges The Card Once
    Order    Ada    3    MUG-01
    The Order Should Be Accepted
    The Card Should Be Charged    2400

An Order Takes The Stock
    Order    Grace    4    COFFEE-01
    The Order Should Be Accepted
    Stock Should Be    COFFEE-01    16

An Order Changes These Tables And Nothing Else
    Order    Alan    1    MUG-01
    The Order Should Be Accepted
    Database Changes Should Be    orders=+1    order_lines=+1    payments=+1    stock_movements=+1    stock=~1

An Order Is Shipped A Moment Later
    Order    Ada    1    TEA-01
    ${id} =    The Order Should Be Accepted
    Wait Until Row Exists    orders    id=${id}    status=shipped    timeout=10s

A Cancelled Order Gives The Stock Back
    Order    Ada    2    MUG-01
    ${id} =    The Order Should Be Accepted
    Cancel Order    ${id}
    Response Status Should Be    200
    Stock Should Be    MUG-01    10
    Mock Should Have Received    payments    POST /refunds    times=1
