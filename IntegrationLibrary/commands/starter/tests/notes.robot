*** Settings ***
Documentation       What the service promises about notes. Run it with: robot tests
Resource            notes.resource
Suite Setup         Start Environment    ${CURDIR}/../environment.yaml


*** Test Cases ***
A Note Can Be Read Again
    ${id} =    Write Note    buy milk
    GET On Session    notes    /notes/${id}
    Response Field Should Be    text    buy milk

A Note Is Written Into One Table And Nothing Else Changes
    Write Note    buy milk
    Database Changes Should Be    notes=+1

No Test Sees The Notes Of Another
    Row Count Should Be    notes    0

A Note Without A Text Is Refused
    VAR    &{note}    text=${EMPTY}
    POST On Session    notes    /notes    json=${note}    expected_status=any
    Response Status Should Be    400
    Database Should Be Unchanged
