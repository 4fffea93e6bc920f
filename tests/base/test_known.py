"""Secrets whose values are known are masked wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from IntegrationLibrary.base.known import KnownSecrets
from IntegrationLibrary.base.redaction import KNOWN, mask_text, may_hold_secret, remember_secrets

VALUE = "Zeichen & \"Laute\" <ä> 'x'"
KEY = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END KEY-----"


@pytest.fixture(autouse=True)
def _nothing_is_known() -> Iterator[None]:
    KNOWN.clear()
    yield
    KNOWN.clear()


@pytest.mark.parametrize(
    "written",
    [
        "Zeichen & \"Laute\" <ä> 'x'",
        "Zeichen &amp; &quot;Laute&quot; &lt;ä&gt; &#x27;x&#x27;",
        "Zeichen &amp; \"Laute\" &lt;ä&gt; 'x'",
        "Zeichen%20%26%20%22Laute%22%20%3C%C3%A4%3E%20%27x%27",
        "Zeichen+%26+%22Laute%22+%3C%C3%A4%3E+%27x%27",
        "Zeichen & \\\"Laute\\\" <ä> 'x'",
        "Zeichen & \\\"Laute\\\" <\\u00e4> 'x'",
    ],
)
def test_a_value_is_found_as_texts_write_it(written: str) -> None:
    """In plain text, in HTML, in a URL and in JSON."""
    known = KnownSecrets()
    known.add([VALUE])

    assert known.mask(f"before {written} behind", "***") == "before *** behind"


def test_short_values_are_not_masked_everywhere() -> None:
    """A password 'test' would make every log unreadable; it is masked where its name tells it."""
    KNOWN.add(["test"])

    assert mask_text("the test passed, password=test") == "the test passed, password=***"


def test_a_longer_value_is_masked_whole() -> None:
    """Also when a shorter one is its beginning."""
    known = KnownSecrets()
    known.add(["geheim"])
    known.add(["geheim-17"])

    assert known.mask("geheim-17 geheim", "***") == "*** ***"


def test_a_key_is_masked_line_by_line() -> None:
    """Logs show it in lines."""
    known = KnownSecrets()
    known.add([KEY])

    assert known.mask("2: MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "***") == "2: ***"


def test_a_user_of_a_url_that_is_its_own_password_is_no_secret() -> None:
    """It would be masked wherever it is the name of something."""
    remember_secrets({"command": ["serve", "postgresql://postgres:postgres@localhost/shop"]})

    assert mask_text("Service 'postgres' is not ready.") == "Service 'postgres' is not ready."


def test_secrets_are_found_in_what_an_environment_tells() -> None:
    """By the names that they stand under, and in URLs; what is told openly too is no secret."""
    remember_secrets(
        {
            "shop": {
                "environment": {"API_TOKEN": "token-17", "MODE": "production", "PIN_SECRET": 1234567},
                "tokens": ["first-one", {"of": "second-one"}],
                "url": "amqp://broker:pass%40word@host/",
                "main.user": "postgres",
                "main.password": "postgres",
                "password": "production",
            }
        }
    )

    assert KNOWN.values() == ["1234567", "first-one", "pass%40word", "pass@word", "second-one", "token-17"]


@pytest.mark.parametrize("text", ["", "PASS", "200 OK for GET /orders", "author: ada", "x" * 1000])
def test_most_texts_need_no_masking(text: str) -> None:
    """Looking is cheap; only texts that could hold a secret are masked."""
    assert not may_hold_secret(text) or mask_text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "${token} = geheim-17",
        "${user}[password] = geheim-17",
        "Authorization: Basic Z2VoZWltLTE3",
        "http://ada:geheim-17@host/",
        "sent eyJhbGciOiJIUzI1NiJ9.eyJzdWIiO.c2ln",
        "the key geheim-17 is refused",
    ],
)
def test_texts_that_may_hold_a_secret_are_masked(text: str) -> None:
    """What Robot logs about variables is among them."""
    KNOWN.add(["key geheim-17"])

    assert may_hold_secret(text)
    assert "***" in mask_text(text)


@pytest.mark.parametrize("text", ["password=None", "cookies={}", "token: true, auth=[]", 'secret=""'])
def test_nothing_is_no_secret(text: str) -> None:
    """It is shown that there was none."""
    assert mask_text(text) == text
