*** Settings ***
Documentation       Rows that a suite seeds are there for each of its tests, and gone after it.

Resource            ../resources/shop.resource
Library             DatabaseLibrary

Suite Setup         The Shop Is Open With More Customers

Test Tags           seeds


*** Test Cases ***
The Seeded Customers Are There
    Row Count Should Be    customers    6
    Row Should Exist    customers    name=Katherine Johnson

A Test May Remove A Seeded Customer
    Execute Sql String    DELETE FROM customers WHERE email = 'katherine@example.com'    alias=shop
    Row Should Not Exist    customers    name=Katherine Johnson

The Next Test Has The Customer Again
    Row Should Exist    customers    name=Katherine Johnson

A Row Is Added With Its Defaults
    ${customer} =    Add Row    customers    name=Edsger Dijkstra    email=edsger@example.com
    Should Be True    ${customer}[id] > 6
    Should Not Be Equal    ${customer}[created_at]    ${None}
    Database Changes Should Be    customers=+1

Files May Be Of Any Kind And In Any Order
    Seed Database    ${CURDIR}/../resources/seeds/stock_movements.csv    ${CURDIR}/../resources/seeds/more_products.json
    Row Count Should Be    products    7

A Seed That Breaks A Rule Of The Database Leaves Nothing
    Run Keyword And Expect Error    *invalid_customers.yaml:*
    ...    Seed Database    ${CURDIR}/../resources/seeds/invalid_customers.yaml
    Database Should Be Unchanged


*** Keywords ***
The Shop Is Open With More Customers
    [Documentation]    Opens the shop and seeds what this suite needs.
    The Shop Is Open
    Seed Database    ${CURDIR}/../resources/seeds/more_customers.yaml
