*** Settings ***
Documentation       A published application on Django and PostgreSQL: what it commits is undone after each test.

Library             IntegrationLibrary
Library             RequestsLibrary

Suite Setup         A Concert Is On Sale


*** Variables ***
${ORGANIZER}    /api/v1/organizers/acme
${CONCERT}      ${ORGANIZER}/events/concert
${TICKET}       {"name": {"en": "Standing"}, "default_price": "23.00", "active": true}
${POSITION}     {"item": 1, "variation": null, "price": "23.00", "attendee_name_parts": {"full_name": "Ada"}}
${ORDER}        {"code": "ABCDE", "email": "ada@example.com", "locale": "en", "payment_provider": "manual",
...             "positions": [${POSITION}, ${POSITION}]}


*** Test Cases ***
A Second Event Is Created
    Create    ${ORGANIZER}/events/
    ...    {"name": {"en": "Encore"}, "slug": "encore", "currency": "EUR", "date_from": "2030-02-01T20:00:00Z"}
    Response Field Should Be    $.slug    encore
    Row Should Exist    pretixbase_event    id=2    slug=encore

An Event Is Copied With All It Has
    Create    ${CONCERT}/clone/
    ...    {"name": {"en": "Again"}, "slug": "again", "currency": "EUR", "date_from": "2030-03-01T20:00:00Z"}
    Row Count Should Be    pretixbase_item    2
    Row Count Should Be    pretixbase_quota    2

A Ticket Has Variations
    Create    ${CONCERT}/items/
    ...    {"name": {"en": "Shirt"}, "default_price": "20.00", "variations": [{"value": "S"}, {"value": "M"}]}
    Response Field Should Be    $.id    2
    Response Field Should Be    $.variations[1].id    2

A Price Is Changed
    Change    ${CONCERT}/items/1/    {"default_price": "25.00"}
    Response Field Should Be    $.default_price    25.00
    Database Changes Should Be    pretixbase_item=~1    pretixbase_logentry=+1

Tickets Are Ordered
    Create    ${CONCERT}/orders/    ${ORDER}
    Response Field Should Be    $.code    ABCDE
    Response Field Should Be    $.total    46.00
    Row Count Should Be    pretixbase_orderposition    2

An Order Is Paid And Cancelled
    Create    ${CONCERT}/orders/    ${ORDER}
    Do    ${CONCERT}/orders/ABCDE/mark_paid/    {}
    Response Field Should Be    $.status    p
    Do    ${CONCERT}/orders/ABCDE/mark_canceled/    {"send_email": false}
    Response Field Should Be    $.status    c

Vouchers Are Made In A Batch
    Create    ${CONCERT}/vouchers/batch_create/
    ...    [{"code": "FRIENDS-OF-ADA", "item": 1}, {"code": "FRIENDS-OF-GRACE", "item": 1}]
    Remove    ${CONCERT}/vouchers/1/
    Row Should Exist    pretixbase_voucher    id=2
    Row Count Should Be    pretixbase_voucher    1

A Gift Card Is Used Up
    Create    ${ORGANIZER}/giftcards/    {"secret": "HLBYVELFRC77NCQY", "currency": "EUR", "value": "50.00"}
    Do    ${ORGANIZER}/giftcards/1/transact/    {"value": "-50.00", "text": "a shirt"}
    Response Field Should Be    $.value    0.00
    Row Count Should Be    pretixbase_giftcardtransaction    2

A Team Is Dissolved
    Create    ${ORGANIZER}/teams/    {"name": "Box office", "all_events": true, "limit_events": []}
    Create    ${ORGANIZER}/teams/2/tokens/    {"name": "till"}
    Remove    ${ORGANIZER}/teams/2/
    Row Count Should Be    pretixbase_team    1
    Row Count Should Be    pretixbase_teamapitoken    1

The Concert Is Taken Back With All It Has
    Remove    ${CONCERT}/
    Row Count Should Be    pretixbase_event    0
    Row Count Should Be    pretixbase_item    0


*** Keywords ***
A Concert Is On Sale
    [Documentation]    Creates an event with one ticket and its quota, through the API.
    Start Environment    ${CURDIR}/environment.yaml
    VAR    &{headers}    Authorization=Token token-of-the-tests    Content-Type=application/json
    Update Session    pretix    ${headers}
    Create    ${ORGANIZER}/events/
    ...    {"name": {"en": "Concert"}, "slug": "concert", "currency": "EUR", "date_from": "2030-01-01T20:00:00Z"}
    Create    ${CONCERT}/items/    ${TICKET}
    Create    ${CONCERT}/quotas/    {"name": "Hall", "size": 100, "items": [1]}

Create
    [Documentation]    Creates something.
    [Arguments]    ${path}    ${body}
    POST On Session    pretix    ${path}    data=${body}    expected_status=any
    Response Status Should Be    201

Do
    [Documentation]    Does something with what is there.
    [Arguments]    ${path}    ${body}
    POST On Session    pretix    ${path}    data=${body}    expected_status=any
    Response Status Should Be    200

Change
    [Documentation]    Changes some fields of something.
    [Arguments]    ${path}    ${body}
    PATCH On Session    pretix    ${path}    data=${body}    expected_status=any
    Response Status Should Be    200

Remove
    [Documentation]    Removes something.
    [Arguments]    ${path}
    DELETE On Session    pretix    ${path}    expected_status=any
    Response Status Should Be    204
