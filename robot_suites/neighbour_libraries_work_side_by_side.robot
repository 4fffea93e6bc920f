*** Settings ***
Documentation       RequestsLibrary and DatabaseLibrary keywords beside this library's, on the same system.

Resource            ../resources/shop.resource
Library             DatabaseLibrary

Suite Setup         The Shop Is Open

Test Tags           neighbours


*** Test Cases ***
The Shop Is A Session Of Requests Library
    ${response} =    GET On Session    shop    /products/TEA-01
    Should Be Equal    ${response.json()}[name]    Darjeeling tea
    Response Field Should Be    $.price_cents    450

The Database Is A Connection Of Database Library
    ${rows} =    Query    SELECT sku FROM products ORDER BY sku    alias=shop
    Length Should Be    ${rows}    5
    Check Row Count    SELECT 1 FROM customers    ==    3    alias=shop

What Database Library Commits Is Counted
    Execute Sql String    UPDATE products SET price_cents = 1 WHERE sku = 'TEA-01'    alias=shop
    Database Changes Should Be    products=~1

What Database Library Committed Was Undone
    Row Should Exist    products    sku=TEA-01    price_cents=450

The Service Sees What Database Library Wrote
    Execute Sql String    UPDATE products SET name = 'Green tea' WHERE sku = 'TEA-01'    alias=shop
    GET On Session    shop    /products/TEA-01
    Response Field Should Be    $.name    Green tea
