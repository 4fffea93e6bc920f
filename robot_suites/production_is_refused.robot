*** Settings ***
Documentation       A database that is not named as a test database is never touched.

Library             IntegrationLibrary

Test Tags           safety


*** Test Cases ***
A Database That Looks Like Production Is Refused
    ${error} =    Run Keyword And Expect Error    Environment: *
    ...    Start Environment    ${CURDIR}/../resources/environments/production.yaml
    Should Contain    ${error}    production
    Should Contain    ${error}    production.yaml:8
    Should Not Contain    ${error}    secret

A File That Does Not Exist Is Told By Name
    Run Keyword And Expect Error    Environment: There is no file *nowhere.yaml*
    ...    Start Environment    ${CURDIR}/../resources/environments/nowhere.yaml
