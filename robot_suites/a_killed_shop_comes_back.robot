*** Settings ***
Documentation       The shop itself is killed, hangs or is started again: what was promised to customers stays.

Resource            ../resources/shop.resource

Suite Setup         The Shop Is Open

Test Tags           faults


*** Variables ***
${CONNECTIONS OF THE SHOP}      SELECT count(*) FROM pg_stat_activity
...                             WHERE datname = current_database() AND application_name = 'shop'


*** Test Cases ***
An Order Outlives The Shop That Took It
    Order    Ada    1    TEA-01
    ${id} =    The Order Should Be Accepted
    Kill Service    shop
    Start Service    shop
    GET On Session    shop    /orders/${id}    expected_status=any
    Response Status Should Be    200

A Shop That Dies During A Payment Leaves No Order
    Add Latency    payments    delay=10s
    Order With Little Patience    Ada    1    TEA-01
    Wait Until Keyword Succeeds    5s    50ms    The Card Should Be Charged    450
    Kill Service    shop
    Wait Until Query Returns    ${CONNECTIONS OF THE SHOP}    0
    Database Should Be Unchanged

A Killed Shop Does Not Answer
    Kill Service    shop
    Run Keyword And Expect Error    ConnectionError*    GET On Session    shop    /products

The Shop Is There Again In The Next Test
    Order    Ada    1    TEA-01
    The Order Should Be Accepted

A Shop That Hangs Answers When It Goes On
    Pause Service    shop
    Run Keyword And Expect Error    ReadTimeout*    GET On Session    shop    /products    timeout=0.3
    Resume Service    shop
    GET On Session    shop    /products    expected_status=any
    Response Status Should Be    200

No Order Is Taken Without A Payment Provider
    Stop Service    payments
    Order    Grace    1    MUG-01
    The Order Should Be Refused With    502    PAYMENT_UNAVAILABLE
    Database Should Be Unchanged
