*** Settings ***
Documentation     A run whose moments can be waited at: the kill matrix kills it there.
Library           IntegrationLibrary
Library           moments.py
Suite Setup       Start Environment    ${CURDIR}/environment.yaml
Suite Teardown    Be At    teardown


*** Test Cases ***
A Box Is Added
    Row Count Should Be    boxes    1
    Be At    test
    Add Row    boxes    name=new
    Row Count Should Be    boxes    2
    ${url} =    Get Service Field    postgres    box.url
    Be At    rollback    ${url}

The Box Is Gone
    Row Count Should Be    boxes    1
