"""Secrets that are planted in every way there is are in no output of a run."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import zlib

import pytest
from fixtures.runs import Project, Run

PLANTED = "geheim"
"""Every planted secret has this in it, and nothing else that is shown."""

ENVIRONMENT = """\
environment: vault
services:
  postgres:
    type: postgres
    databases:
      vault:
        migrations: migrations
  vault:
    type: process
    command: [python, vault.py, "${vault.port}"]
    folder: .
    environment:
      API_TOKEN: geheim-from-the-file
      SIGNING_KEY: "geheim & <gespalten> 'in' \\"Zeichen\\""
      DB_PASSWORD: "${env.PLANTED}"
      BROKER: amqp://vault:geheim%2Fbroker@127.0.0.1:1/
      DATABASE_URL: ${postgres.vault.url}
    ready: {http: /}
"""
MIGRATION = """\
CREATE TABLE users (id int PRIMARY KEY, name text, password text, note text, settings jsonb);
"""
SERVICE = """\
import http.server, json, os, sys
NAMES = ("API_TOKEN", "SIGNING_KEY", "DB_PASSWORD", "BROKER", "DATABASE_URL")
for name in NAMES:
    print("starting with", os.environ[name], flush=True)
print("Authorization: Bearer geheim1-of-a-log", flush=True)

class Vault(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = {"token": "geheim-of-a-body", "seen": [os.environ[name] for name in NAMES], "asked": self.path}
        print("asked", self.path, dict(self.headers), flush=True)
        self.send_response(404 if "missing" in self.path else 200)
        self.send_header("Set-Cookie", "session=geheim-of-a-cookie; HttpOnly")
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())
    do_POST = do_GET
    def log_message(self, *_):
        pass

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Vault).serve_forever()
"""
SUITE = """\
*** Settings ***
Metadata          Token    geheim-of-metadata
Library           IntegrationLibrary
Library           RequestsLibrary
Library           DatabaseLibrary
Library           Collections
Suite Setup       Start Environment    ${CURDIR}/environment.yaml
Test Setup        Log    Setting up with password=geheim-of-a-setup


*** Variables ***
&{HEADERS}    Authorization=Bearer geheim1-of-a-header    Cookie=session=geheim-of-a-request


*** Test Cases ***
Everything Is Planted And Passes
    Plant All

Everything Is Planted And Fails
    Plant All
    ${response} =    GET On Session    vault    url=/orders?access_token=geheim-in-a-query    headers=${HEADERS}
    Should Be Equal    ${response.text}    nothing of this

A Request Fails
    POST On Session    vault    /missing    headers=${HEADERS}    json=${{ {"password": "geheim-of-a-request"} }}

A Known Value Is Compared
    Should Be Equal    %{PLANTED}    another

A Known Value Is Compared And Goes On
    Run Keyword And Continue On Failure    Should Be Equal    %{PLANTED}    another
    Should Be Equal    %{PLANTED}    yet another

A Log Line Is Missing
    Service Log Should Contain    vault    no such line    since=start

A Log Line Is There
    Service Log Should Not Contain    vault    starting    since=start

A Response Is Wrong
    GET On Session    vault    /
    Response Field Should Be    $.seen[0]    something else

A Row Is Wrong
    VAR    ${word: Secret}    %{TYPED}
    Add Row    users    id=${1}    name=ada    password=${word}    note=as %{TYPED}
    Row Should Exist    users    id=${1}    note=something else

A Row Is Refused
    VAR    ${word: Secret}    %{TYPED}
    Add Row    users    id=no number    password=${word}    note=%{TYPED}

A Statement Is Refused
    Execute Sql String    UPDATE users SET password = 'geheim-of-a-statement' WHERE nothing

A Failure Is Seen As It Is
    TRY
        Should Be Equal    %{PLANTED}    another
    EXCEPT    *of-the-machine != another    type=GLOB
        No Operation
    END
    Run Keyword And Expect Error    token=geheim-in-a-failure != x    Should Be Equal    token=geheim-in-a-failure    x
    ${message} =    Run Keyword And Expect Error    *    Fail    ${{ "geheim-of-the-machine" }} is wrong
    Should Be Equal    ${message.encode().hex()}    ${{ b"geheim-of-the-machine is wrong".hex() }}


*** Keywords ***
Plant All
    ${token} =    Set Variable    geheim-of-a-variable
    VAR    ${password}    geheim-of-var
    Set Test Variable    ${API_KEY}    geheim-of-a-test-variable
    &{user} =    Create Dictionary    name=ada    password=geheim-of-a-dictionary
    Log    ${user}
    Log    Authorization: Bearer geheim1-of-a-message    WARN
    Log    calling %{PLANTED}    console=True
    Log Many    password=geheim-of-many    token=geheim-of-many
    Log Dictionary    ${user}
    Log    <b>%{PLANTED}</b>    html=True
    Log    postgresql://shop:geheim-of-a-url@localhost/shop
    FOR    ${secret}    IN    geheim-of-a-loop    geheim-of-another
        No Operation
    END
    GET On Session    vault    url=/?access_token=geheim-in-a-query    headers=${HEADERS}
    Execute Sql String    INSERT INTO users VALUES (7, 'bob', '%{PLANTED}', 'as %{PLANTED}', NULL)
    ${rows} =    Query    SELECT note FROM users
    VAR    ${word: Secret}    %{TYPED}
    VAR    &{settings}    token=${{ "geheim-of-json" }}
    Add Row    users    id=${9}    name=eve    password=${word}    note=as %{TYPED}    settings=${settings}
    ${log} =    Get Service Log    vault    since=start
    ${field} =    Get Service Field    postgres    vault.url
    ${password} =    Get Service Field    postgres    vault.password
    Log    the database's is ${password}
"""
BROKEN_SETUP = """\
*** Settings ***
Library           IntegrationLibrary
Suite Setup       Fail    Cannot log in with password=geheim-of-a-suite


*** Test Cases ***
It Does Not Run
    No Operation
"""


@pytest.fixture
def vault(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with secrets everywhere."""
    monkeypatch.setenv("PLANTED", "geheim-of-the-machine")
    monkeypatch.setenv("TYPED", "geheim-of-robot")
    (project.folder / "environment.yaml").write_text(ENVIRONMENT, encoding="utf-8")
    (project.folder / "migrations" / "1.sql").write_text(MIGRATION, encoding="utf-8")
    (project.folder / "vault.py").write_text(SERVICE, encoding="utf-8")
    project.write({"1_all.robot": SUITE, "2_setup.robot": BROKEN_SETUP})
    return project


def _outputs(run: Run) -> dict[str, str]:
    """Return all that a run has written, Robot's compressed strings as what they say."""
    texts = {"console": run.console}
    for file in run.results.rglob("*"):
        if file.is_file():
            text = file.read_text(encoding="utf-8", errors="replace")
            texts[str(file.relative_to(run.results))] = text + "".join(
                map(_unpacked, re.findall(r'"(eN[\w+/=]+)"', text))
            )
    return texts


def _unpacked(text: str) -> str:
    return "\n" + zlib.decompress(base64.b64decode(text)).decode()


def _lines_with_secrets(run: Run) -> list[str]:
    return [
        f"{name}: {line[max(0, line.find(PLANTED) - 150) : line.find(PLANTED) + 60]}"
        for name, text in _outputs(run).items()
        for line in text.splitlines()
        if PLANTED in line
    ]


def test_no_output_of_robot_has_a_secret(vault: Project) -> None:
    """Console, output, log, report and xunit file, with all that libraries tell."""
    run = vault.robot("--loglevel", "DEBUG", "--xunit", "xunit.xml")

    assert _lines_with_secrets(run) == []
    assert {name for name, test in run.tests.items() if test.passed} == {
        "Everything Is Planted And Passes",
        "A Failure Is Seen As It Is",
    }
    assert "***" in run.console
    assert "evidence" in (run.results / "log.html").read_text(encoding="utf-8").lower()


def test_no_output_of_pabot_has_a_secret(vault: Project) -> None:
    """The workers' own outputs are among them."""
    run = vault.pabot("--processes", "2", "--testlevelsplit")

    assert _lines_with_secrets(run) == []
    assert len(run.tests) == 13


def test_a_start_that_fails_tells_no_secret(vault: Project) -> None:
    """Neither the log of the service, nor the console, nor the command line tool."""
    (vault.folder / "vault.py").write_text(SERVICE.partition("class")[0] + "raise SystemExit(3)", encoding="utf-8")
    run = vault.robot()
    command = subprocess.run(
        [sys.executable, "-m", "IntegrationLibrary", "up", "environment.yaml"],
        cwd=vault.folder,
        capture_output=True,
        text=True,
        check=False,
    )

    assert _lines_with_secrets(run) == []
    assert "starting with ***" in run.failures["A Row Is Wrong"]
    assert command.returncode == 1
    assert "starting with ***" in command.stderr
    assert PLANTED not in command.stdout + command.stderr
