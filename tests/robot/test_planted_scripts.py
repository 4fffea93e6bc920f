"""Whatever a service answers, logs or writes, the log shows it as text: no script of it runs in a browser."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from fixtures.required import leave_out
from fixtures.runs import Project

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=5000",
    "--dump-dom",
]

SCRIPT = "document.documentElement.dataset.ran=1"
PLANTED = f"<img src=planted onerror={SCRIPT}><script>{SCRIPT}</script>"
SERVICE = """\
import http.server, sys
PLANTED = open("planted.txt").read()

class Evil(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print(PLANTED, flush=True)
        self.send_response(500 if "fail" in self.path else 200, PLANTED)
        self.send_header("X-Planted", PLANTED)
        self.send_header("X-<img src=planted onerror=document.documentElement.dataset.ran=1>", "1")
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"*HTML*" + PLANTED.encode())

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Evil).serve_forever()
"""
SUITE = """\
*** Settings ***
Library           IntegrationLibrary
Library           RequestsLibrary
Library           DatabaseLibrary
Library           OperatingSystem
Suite Setup       Start Environment    ${CURDIR}/environment.yaml


*** Test Cases ***
PLANTED
    ${planted} =    Get File    planted.txt
    GET On Session    catalogue    /ok    params=q=${planted}
    Execute Sql String    INSERT INTO books (title) VALUES ('*HTML*${planted}')
    Run Keyword And Continue On Failure    Response Status Should Be    404
    Run Keyword And Continue On Failure    Response Status Should Be    404    message=*HTML*<b>Broken</b>
    Run Keyword And Continue On Failure    Response Body Should Be    x
    Run Keyword And Continue On Failure    Row Should Exist    books    title=${planted}
    Run Keyword And Continue On Failure    Service Log Should Not Contain    catalogue    onerror
    Run Keyword And Continue On Failure    Service Log Should Contain    catalogue    ${planted}(
    Run Keyword And Continue On Failure    Database Should Be Unchanged
    Run Keyword And Continue On Failure    Get Service Url    *HTML*${planted}
    Query    SELECT title FROM books
    Run Keyword And Continue On Failure    Execute Sql String    SELECT '${planted}'::int

A Planted Answer That Fails
    GET On Session    catalogue    /fail
"""
CONTROL = """\
*** Test Cases ***
A Test That Runs A Script
    ${planted} =    Evaluate    open("planted.txt").read()
    Fail    *HTML*${planted}
"""


@pytest.fixture
def planted(project: Project) -> Project:
    """A project whose service, rows and logs are full of scripts."""
    (project.folder / "planted.txt").write_text(PLANTED, encoding="utf-8")
    (project.folder / "evil.py").write_text(SERVICE, encoding="utf-8")
    environment = project.folder / "environment.yaml"
    command = 'python, -m, http.server, "${catalogue.port}", --bind, 127.0.0.1'
    text = environment.read_text(encoding="utf-8").replace(command, 'python, evil.py, "${catalogue.port}"')
    environment.write_text(text, encoding="utf-8")
    return project


def _dom(log: Path, test: str, profile: Path) -> str:
    """Return the log as a browser shows it, opened at a test."""
    if BROWSER is None:
        leave_out("chromium", "no Chromium is installed: apt-get install chromium")
    command = [BROWSER, *OPTIONS, f"--user-data-dir={profile}", f"{log.as_uri()}#{test}"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def test_no_planted_script_runs(planted: Project, tmp_path: Path) -> None:
    """Bodies, headers, rows, log lines, names and errors are text in the log, and the card with them is there."""
    planted.write({"suite.robot": SUITE.replace("PLANTED\n", PLANTED + "\n")})
    run = planted.robot()

    dom = _dom(run.results / "log.html", "s1-s1-t1", tmp_path / "profile")

    assert [test.status for test in run.tests.values()] == ["FAIL", "FAIL"]
    assert "&lt;img src=planted" in dom
    assert "Changes in the database" in dom
    assert "<b>Broken</b>" in dom
    assert "<img src=" + chr(34) + "planted" not in dom
    assert "data-ran" not in dom


def test_a_script_would_be_seen_to_run(planted: Project, tmp_path: Path) -> None:
    """The test above could fail: a script that a suite logs as HTML runs."""
    planted.write({"suite.robot": "*** Settings ***\nDocumentation    Control\n\n" + CONTROL})
    run = planted.robot()

    assert "data-ran" in _dom(run.results / "log.html", "s1-s1-t1", tmp_path / "profile")
