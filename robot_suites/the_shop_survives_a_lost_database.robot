*** Settings ***
Documentation       The way to the database breaks and is mended: the shop says so meanwhile, and goes on by itself.

Resource            ../resources/shop.resource

Suite Setup         The Shop Is Open

Test Tags           database    faults


*** Test Cases ***
The Shop Says That Its Database Is Away
    Cut Connections    postgres
    Order    Ada    1    TEA-01
    The Order Should Be Refused With    503    DATABASE_UNAVAILABLE
    The Card Should Not Be Charged

A Monitor Sees That The Shop Is Not Ready
    Cut Connections    postgres
    Run Keyword And Expect Error    Service 'shop' is not ready.*    Service Should Be Ready    shop
    Restore Network    postgres
    Wait Until Service Is Ready    shop    timeout=10s

The Shop Goes On By Itself When The Database Is Back
    Order    Ada    1    TEA-01
    Cut Connections    postgres
    Order    Ada    1    TEA-01
    The Order Should Be Refused With    503    DATABASE_UNAVAILABLE
    Restore Network    postgres
    Wait Until Service Is Ready    shop    timeout=10s
    Order    Ada    1    TEA-01
    The Order Should Be Accepted
    Stock Should Be    TEA-01    98

A Database That Is Lost During A Payment Leaves No Order And No Charge
    Add Latency    payments    delay=1s
    Order With Little Patience    Ada    1    TEA-01
    Wait Until Keyword Succeeds    5s    50ms    The Card Should Be Charged    450
    Cut Connections    postgres
    Wait Until Log Contains    shop    WARNING shop: database:    timeout=10s
    The Charge Should Be Taken Back
    Database Should Be Unchanged

A Slow Database Makes A Slow Shop And No Mistakes
    Add Latency    postgres    delay=20ms    jitter=10ms
    Order    Ada    1    TEA-01
    The Order Should Be Accepted
    Database Changes Should Be    orders=+1    order_lines=+1    payments=+1    stock_movements=+1    stock=~1

The Database Is There Again In The Next Test
    Order    Ada    1    TEA-01
    The Order Should Be Accepted
