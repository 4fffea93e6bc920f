*** Settings ***
Documentation       The way to the payment provider is slow, narrow or broken: an order is paid, or it leaves nothing.

Resource            ../resources/shop.resource

Suite Setup         The Shop Is Open

Test Tags           payments    faults


*** Test Cases ***
An Order Waits For A Provider That Is Slow
    Add Latency    payments    delay=300ms    jitter=50ms
    Order    Ada    2    TEA-01
    The Order Should Be Accepted
    The Card Should Be Charged    900

A Provider That Takes Too Long Is Given Up And The Money Given Back
    Add Latency    payments    delay=6s
    Order    Ada    2    TEA-01
    The Order Should Be Refused With    502    PAYMENT_UNAVAILABLE
    The Card Should Be Charged    900
    The Charge Should Be Taken Back
    Database Should Be Unchanged

A Slow Provider Keeps Nobody From Looking Around
    Add Latency    payments    delay=10s
    Order With Little Patience    Ada    2    TEA-01
    GET On Session    shop    /products    timeout=5
    Response Status Should Be    200

An Order Is Refused While The Provider Is Cut Off
    Cut Connections    payments
    Order    Grace    1    MUG-01
    The Order Should Be Refused With    502    PAYMENT_UNAVAILABLE
    The Card Should Not Be Charged
    Database Should Be Unchanged

The Next Order Is Accepted When The Provider Is Back
    Cut Connections    payments
    Order    Grace    1    MUG-01
    The Order Should Be Refused With    502    PAYMENT_UNAVAILABLE
    Restore Network    payments
    Order    Grace    1    MUG-01
    The Order Should Be Accepted
    Stock Should Be    MUG-01    9

A Customer Who Tries Again Pays Once
    Fail First Requests    payments    1
    Order    Grace    1    MUG-01
    The Order Should Be Refused With    502    PAYMENT_UNAVAILABLE
    Order    Grace    1    MUG-01
    The Order Should Be Accepted
    The Card Should Be Charged    800

A Narrow Line Is Wide Enough For A Payment
    Limit Bandwidth    payments    rate=2
    Order    Ada    2    TEA-01
    The Order Should Be Accepted

The Provider Is There Again In The Next Test
    Order    Ada    2    TEA-01
    The Order Should Be Accepted
