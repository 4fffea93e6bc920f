*** Settings ***
Documentation       A published application on SQLAlchemy and PostgreSQL: what it commits is undone after each test.

Library             IntegrationLibrary
Library             RequestsLibrary

Suite Setup         Ada Works On Her Dashboards


*** Variables ***
${API}          /api/v1
${CHART}        {"slice_name": "Users", "viz_type": "table", "datasource_id": 1, "datasource_type": "table"}
${DASHBOARD}    {"dashboard_title": "Sales", "slug": "sales", "published": true}

${USER}         {"username": "grace", "first_name": "Grace", "last_name": "Hopper", "email": "grace@example.com",
...             "active": true, "password": "navy", "roles": [1]}


*** Test Cases ***
A Second Database Is Connected
    ${url} =    Get Service Field    postgres    superset.url
    Create    ${API}/database/    {"database_name": "another", "sqlalchemy_uri": "${url}"}
    Response Field Should Be    $.id    2
    Row Should Exist    dbs    id=2    database_name=another

A Dataset Knows The Columns Of Its Table
    Create    ${API}/dataset/    {"database": 1, "schema": "public", "table_name": "ab_role"}
    Response Field Should Be    $.id    2
    Row Should Exist    table_columns    table_id=2    column_name=name
    Remove    ${API}/dataset/2
    Row Count Should Be    tables    1

A Chart Is Put On A Dashboard
    Create    ${API}/chart/    ${CHART}
    Create    ${API}/dashboard/    ${DASHBOARD}
    Change    ${API}/chart/1    {"dashboards": [1]}
    Row Should Exist    dashboard_slices    dashboard_id=1    slice_id=1

A Dashboard Is Renamed And Removed
    Create    ${API}/dashboard/    ${DASHBOARD}
    Response Field Should Be    $.id    1
    Change    ${API}/dashboard/1    {"dashboard_title": "Turnover"}
    Row Should Exist    dashboards    id=1    dashboard_title=Turnover
    Remove    ${API}/dashboard/1
    Row Count Should Be    dashboards    0

A Layer Has Annotations
    Create    ${API}/annotation_layer/    {"name": "Holidays"}
    Create    ${API}/annotation_layer/1/annotation/
    ...    {"short_descr": "New Year", "start_dttm": "2030-01-01T00:00:00", "end_dttm": "2030-01-02T00:00:00"}
    Row Count Should Be    annotation    1
    Remove    ${API}/annotation_layer/1/annotation/1
    Row Count Should Be    annotation    0

A Query Is Run And Saved
    Do    ${API}/sqllab/execute/
    ...    {"database_id": 1, "schema": "public", "sql": "SELECT 7 AS seven", "client_id": "abc", "runAsync": false}
    Response Field Should Be    $.data[0].seven    7
    Create    ${API}/saved_query/    {"db_id": 1, "label": "Seven", "sql": "SELECT 7", "schema": "public"}
    Row Count Should Be    query    1
    Row Count Should Be    saved_query    1

A Role And A User Are Added
    Create    ${API}/security/roles/    {"name": "Analyst"}
    Create    ${API}/security/users/    ${USER}
    Response Field Should Be    $.id    2
    Remove    ${API}/security/users/2

A Rule Hides Rows
    Create    ${API}/rowlevelsecurity/
    ...    {"name": "Only Ada", "filter_type": "Regular", "tables": [1], "roles": [1], "clause": "id = 1"}
    Row Count Should Be    rls_filter_tables    1
    Row Count Should Be    rls_filter_roles    1

A Dashboard Is Tagged
    Create    ${API}/dashboard/    ${DASHBOARD}
    Create    ${API}/tag/3/1/    {"properties": {"tags": ["quarterly"]}}
    Row Should Exist    tag    name=quarterly

The Database Goes With Its Permissions
    Remove    ${API}/dataset/1
    Remove    ${API}/database/1
    Row Count Should Be    dbs    0
    Row Count Should Be    tables    0


*** Keywords ***
Ada Works On Her Dashboards
    [Documentation]    Logs in, and connects a database (Superset's own will do) with one dataset.
    Start Environment    ${CURDIR}/environment.yaml
    VAR    &{credentials}    username=admin    password=admin    provider=db
    POST On Session    superset    ${API}/security/login    json=${credentials}    expected_status=any
    Response Status Should Be    200
    ${token} =    Get Response Field    $.access_token
    VAR    &{headers}    Authorization=Bearer ${token}    Content-Type=application/json
    Update Session    superset    ${headers}
    ${url} =    Get Service Field    postgres    superset.url
    Create    ${API}/database/    {"database_name": "own", "sqlalchemy_uri": "${url}", "expose_in_sqllab": true}
    Create    ${API}/dataset/    {"database": 1, "schema": "public", "table_name": "ab_user"}

Create
    [Documentation]    Creates something.
    [Arguments]    ${path}    ${body}
    POST On Session    superset    ${path}    data=${body}    expected_status=any
    Response Status Should Be    201

Do
    [Documentation]    Does something with what is there.
    [Arguments]    ${path}    ${body}
    POST On Session    superset    ${path}    data=${body}    expected_status=any
    Response Status Should Be    200

Change
    [Documentation]    Changes some fields of something.
    [Arguments]    ${path}    ${body}
    PUT On Session    superset    ${path}    data=${body}    expected_status=any
    Response Status Should Be    200

Remove
    [Documentation]    Removes something.
    [Arguments]    ${path}
    DELETE On Session    superset    ${path}    expected_status=any
    Response Status Should Be    200
