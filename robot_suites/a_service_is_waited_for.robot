*** Settings ***
Documentation       Services that start slowly are waited for; those that never will be ready are told at once.

Resource            ../resources/shop.resource

Test Tags           health


*** Test Cases ***
A Shop That Starts Slowly Is Waited For
    Start Environment    ${CURDIR}/../resources/environments/slow_shop.yaml
    Service Should Be Ready    slow-shop
    Wait Until Log Contains    slow-shop    startup complete    since=start    timeout=5s
    ${url} =    Get Service Url    slow-shop
    Wait Until Http Answers    ${url}/health    timeout=5s

An Open Port Is Seen
    The Shop Is Open
    ${port} =    Get Service Field    postgres    port
    Wait Until Port Is Open    ${port}    timeout=5s

A Closed Port Is Told After The Timeout
    Run Keyword And Expect Error    Port 1 of '127.0.0.1' *
    ...    Wait Until Port Is Open    1    timeout=0.2s

A Query Is Waited For
    The Shop Is Open
    Wait Until Query Returns    SELECT count(*) FROM customers    3    timeout=5s

A Service That Ends At Its Start Is Told At Once With Its Last Words
    ${error} =    Run Keyword And Expect Error    Environment: Service 'broken' cannot become ready.*
    ...    Start Environment    ${CURDIR}/../resources/environments/broken_service.yaml
    Should Contain    ${error}    the process ended with code 3
    Should Contain    ${error}    no licence file
