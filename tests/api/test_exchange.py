"""Exchanges are data that outlive requests and responses, and can be asked again with curl."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from typing import Any

import pytest
from fixtures.http import Api
from werkzeug import Request, Response

from IntegrationLibrary.api.exchange import LONGEST_BODY, Description, Exchange, body_text, phrase
from IntegrationLibrary.base.errors import CheckFailed

AWKWARD = """it's "quoted" $HOME `id` \\ 100 % !
second line\tand a tab; rm -rf / & | > caf\u00e9"""


def last(api: Api) -> Exchange:
    """Return the newest exchange."""
    exchange = api.recorder.last
    assert exchange is not None
    return exchange


def asked_again(api: Api, command: str) -> Request:
    """Run a command line in a shell and return what the server was asked by it."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    subprocess.run(["sh", "-c", f"{command} --silent --show-error"], check=True, capture_output=True, timeout=30)
    return api.server.log[-1][0]


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options", "head"])
def test_the_curl_line_asks_the_same_again(api: Api, method: str) -> None:
    """Method, path, query, headers and body arrive as they did, whatever a shell would make of their characters."""
    api.answers({})
    ask = getattr(api.requests, f"{method}_on_session")
    options: dict[str, Any] = {"json": {"note": AWKWARD, "tags": ["a", None]}} if method in {"post", "put"} else {}
    if method == "patch":
        options = {"data": AWKWARD.encode(), "headers": {"Content-Type": "text/plain", "X-Note": "it's $HOME"}}
    if method not in {"post", "put", "patch"}:
        options = {"params": {"q": AWKWARD}, "headers": {"Accept": "text/csv", "X-Empty": "", "User-Agent": "tests"}}
    ask("shop", "/orders", **options)
    first = api.server.log[-1][0]
    again = asked_again(api, last(api).curl())

    assert (again.method, again.full_path, again.get_data()) == (first.method, first.full_path, first.get_data())
    for name, value in first.headers.items():
        if name not in {"Accept-Encoding", "Connection", "Content-Length", "User-Agent"} or value == "tests":
            assert again.headers.get(name) == value


def test_a_body_without_a_type_is_sent_without_one(api: Api) -> None:
    """Curl would call it a form."""
    api.answers({})
    api.post(data="plain")
    again = asked_again(api, last(api).curl())

    assert again.get_data() == b"plain"
    assert "Content-Type" not in again.headers


def test_a_body_of_a_get_is_sent_with_a_get(api: Api) -> None:
    """Curl would make a POST of it."""
    api.answers({})
    api.get(data="plain")
    again = asked_again(api, last(api).curl())

    assert (again.method, again.get_data()) == ("GET", b"plain")


def test_no_secret_stands_in_the_curl_line(api: Api) -> None:
    """The line may be pasted into a ticket."""
    api.answers({})
    api.post(
        params={"api_key": "geheim"},
        data={"password": "geheim", "x": "1"},
        headers={"Authorization": "Bearer geheim-1", "Cookie": "a=geheim", "X-Api-Key": "geheim"},
        auth=("ada", "geheim"),
    )
    command = last(api).curl()

    assert "geheim" not in command
    assert "Z2VoZWlt" not in command  # in base64
    assert "--data-raw 'password=***&x=1'" in command


@pytest.mark.parametrize("data", [b"\x00\x01\xff", "x" * 5000, "x" * (LONGEST_BODY + 1)], ids=["bytes", "long", "cut"])
def test_a_body_that_fits_no_command_line_is_named(api: Api, data: bytes | str) -> None:
    """The line has a file's name in its place instead of something else than what was sent."""
    api.answers({})
    api.post(data=data)

    assert last(api).curl().endswith("--data-binary @body")


def test_bodies_that_are_no_text_are_described(api: Api) -> None:
    """Size and type are told."""
    api.answers(b"\x89PNG\x00", content_type="image/png")
    api.post(data=io.BytesIO(b"streamed"))

    assert last(api).response_body == "(5 bytes of image/png)"
    assert last(api).request_body == "(BytesIO, streamed)"


def test_forms_with_files_are_recorded(api: Api) -> None:
    """Parts of text are shown, with a binary file the whole form is described."""
    api.answers({})
    api.post(files={"note": ("note.txt", "hello")}, data={"password": "geheim", "sku": "TEA-01"})
    texts = last(api)
    api.post(files={"picture": ("p.png", b"\x89PNG\x00")})

    assert 'name="sku"' in texts.request_body
    assert "hello" in texts.curl()
    assert "geheim" not in texts.curl()
    assert last(api).request_body.startswith("(")
    assert "bytes of multipart/form-data" in last(api).request_body


def test_long_bodies_are_cut_in_the_record_and_whole_when_judged(api: Api) -> None:
    """A megabyte does not stay in memory for the evidence, and is judged to its end all the same."""
    api.answers({"items": ["x" * 100] * 10_000, "last": True})
    moment = api.recorder.mark()
    api.get()
    (recorded,) = api.recorder.since(moment)

    assert len(recorded.response_body) < LONGEST_BODY + 100
    assert "characters more" in recorded.response_body
    api.judge.response_field_should_be("$.last", "true")


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (b"caf\xc3\xa9", "text/plain", "caf\u00e9"),
        (b"caf\xe9", "text/plain; charset=iso-8859-1", "caf\u00e9"),
        (b"caf\xe9", "text/html", "caf\u00e9"),
        (b"caf\xe9", "application/json", "(4 bytes of application/json)"),
        (b"caf\xc3\xa9", 'text/plain; charset="UTF-8"', "caf\u00e9"),
        (b"x", "text/plain; charset=unheard-of", "x"),
        (b"\xef\xbb\xbf{}", "application/json", "{}"),
        (b"\0", "", "(1 byte of an unknown type)"),
        (bytearray(b"abc"), "text/plain", "abc"),
        (None, "text/plain", ""),
        ("half of a pair \ud83d", "text/plain", "half of a pair \\ud83d"),
        (iter([b"a"]), "text/plain", "(list_iterator, streamed)"),
    ],
)
def test_bytes_become_text(body: object, content_type: str, text: str) -> None:
    """By the charset that is named, by the web's defaults otherwise; what can be no text is described."""
    seen = body_text(body, content_type)

    assert seen == text
    assert isinstance(seen, Description) is text.startswith("(")
    assert seen.encode().decode() == text


def test_json_with_a_mark_of_its_encoding_is_json(api: Api) -> None:
    """Some services send UTF-8 with a byte order mark."""
    api.answers(b'\xef\xbb\xbf{"id": 11}', content_type="application/json")
    api.get()

    assert last(api).json() == {"id": 11}


def test_json_deeper_than_python_reads_is_told(api: Api) -> None:
    """The judgement fails, it does not crash."""
    api.answers("[" * 100_000 + "]" * 100_000, content_type="application/json")
    api.get()

    with pytest.raises(CheckFailed, match="Response body is nested too deeply"):
        last(api).json()


def test_headers_that_are_bytes_are_text(api: Api) -> None:
    """Requests allows them."""
    api.answers({})
    api.get(headers={"X-Bytes": b"caf\xe9"})

    assert last(api).request_headers["X-Bytes"] == "caf\u00e9"
    assert "X-Bytes: caf\u00e9" in last(api).curl()


def test_every_step_of_a_redirect_is_recorded(api: Api) -> None:
    """The last one is judged."""
    api.server.expect_request("/old").respond_with_response(Response(status=302, headers={"Location": "/new"}))
    api.server.expect_request("/new").respond_with_data(json.dumps({"id": 11}), content_type="application/json")
    moment = api.recorder.mark()
    api.get("/old")

    assert [each.status for each in api.recorder.since(moment)] == [302, 200]
    assert last(api).json() == {"id": 11}


def test_times_are_those_of_the_request(api: Api) -> None:
    """It started before it was answered."""
    api.answers({})
    before = os.times().elapsed
    api.get()

    assert 0 < last(api).elapsed <= os.times().elapsed - before + 0.1


@pytest.mark.parametrize(("status", "words"), [(201, "Created"), (418, "I'm a Teapot"), (599, "")])
def test_statuses_have_words(status: int, words: str) -> None:
    """Those of the standard."""
    assert phrase(status) == words
