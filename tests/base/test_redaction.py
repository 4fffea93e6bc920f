"""No secret reaches a log, and what is no secret stays to be read."""

from __future__ import annotations

import json

import pytest

from IntegrationLibrary.base.redaction import MASK, is_secret_name, mask_headers, mask_text, mask_urls, mask_values

SECRET = "geheim-17"


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "PGPASSWORD",
        "password_hash",
        "user[password]",
        "passwd",
        "db_pass",
        "accessToken",
        "refresh_token",
        "client_secret",
        "X-Api-Key",
        "apikey",
        "AWS_ACCESS_KEY_ID",
        "private_key",
        "credentials",
        "Authorization",
        "Proxy-Authorization",
        "Cookie",
        "Set-Cookie",
        "X-Amz-Signature",
        "JSESSIONID",
        "cvc",
    ],
)
def test_values_of_these_names_are_secrets(name: str) -> None:
    """Variables, keys, columns and headers are known by the usual names of secrets."""
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["sku", "passenger", "compassion", "author", "key", "keyboard", "path", "Content-Type"]
)
def test_values_of_these_names_are_shown(name: str) -> None:
    """A name that only looks a little like that of a secret hides nothing."""
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "text",
    [
        f"password={SECRET}",
        f"login failed: password={SECRET} for user ada",
        f"login failed (password={SECRET}, user=ada)",
        f"password = '{SECRET} with blanks'",
        f"password: {SECRET}",
        f'"token": "{SECRET}"',
        f'"token": "{SECRET} is cut',
        f'"token": "say \\"{SECRET}\\""',
        f"{{'token': '{SECRET}'}}",
        f'answered {{"token": "{SECRET}"}}',
        f'answered "{{\\"token\\": \\"{SECRET}\\", \\"id\\": 1}}"',
        f'answered {{"tokens": ["{SECRET}", "other {SECRET}"]}}',
        f'answered {{"credentials": {{"user": "{SECRET}"}}}}',
        f'{{"user": {{"password": "{SECRET}"}}}}',
        f'{{"message": "password={SECRET}"}}',
        f'[{{"api_key": "{SECRET}"}}]',
        f"token=>{SECRET}",
        f"token=={SECRET}",
        f"grant_type=password&password={SECRET}&x=1",
        f"x=1&password={SECRET}",
        f"user%5Bpassword%5D={SECRET}&x=1",
        f"GET /callback?code=1&access_token={SECRET}#top",
        f"postgresql://shop:{SECRET}@host/db",
        f"Authorization: Bearer {SECRET}",
        f"Authorization: Digest username=ada, response={SECRET}",
        f"-H 'Authorization: Basic {SECRET}'",
        f"{{'Authorization': 'Bearer {SECRET}'}}",
        f"Cookie: theme=dark; id={SECRET}",
        f"Set-Cookie: id={SECRET}; Path=/",
        f"X-Api-Key: {SECRET}",
        f"called with Bearer {SECRET}",
        f"<login><password>{SECRET}</password></login>",
        f'<login password="{SECRET}"/>',
        f'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n{SECRET}\r\n--b--',
        f'--b\r\nContent-Disposition: form-data; name="token"\r\nContent-Type: text/plain\r\n\r\n{SECRET}',
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
        "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJnZWhlaW0ifQ.geheim-17",
        f"first line\nDB_PASSWORD={SECRET}\nlast line",
        f"password=`{SECRET} x`",
        f"redirect=http://h/?token={SECRET}",
        f"failed: user: ada: password: {SECRET}",
        '{"a":' * 3000 + f'"token: {SECRET}"' + "}" * 3000,
    ],
    ids=lambda text: text[:60].replace("\n", " "),
)
def test_secrets_in_texts_are_masked(text: str) -> None:
    """Whatever wrote the line, the secret in it is not to be read."""
    masked = mask_text(text)

    assert SECRET not in masked
    assert MASK in masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "listening on 127.0.0.1:8000",
        'GET /orders?status=paid&limit=3 -> 200 "OK"',
        '{"sku": "TEA-01",  "price_cents": 450}',
        '{"token": null, "is_secret": false, "password": ""}',
        "Basic settings were read",
        "the token is missing",
        "Traceback (most recent call last):",
        '--b\r\nContent-Disposition: form-data; name="sku"\r\n\r\nTEA-01\r\n--b--',
        "<order><sku>TEA-01</sku></order>",
        "2024-02-29T10:00:00 INFO shop.orders: order=11 sku='TEA-01' total=4.50",
    ],
)
def test_what_is_no_secret_is_left_to_the_letter(text: str) -> None:
    """Not even the white space of JSON changes."""
    assert mask_text(text) == text


def test_the_neighbours_of_a_secret_are_shown() -> None:
    """Only the value is masked: names, other fields and the rest of the line stay."""
    assert mask_text(f"user=ada&password={SECRET}&x=1") == "user=ada&password=***&x=1"
    assert mask_text(f'{{"id": 1, "token": "{SECRET}"}}') == '{"id": 1, "token": "***"}'
    assert mask_text(f"a=1 password: {SECRET} b=2") == "a=1 password: *** b=2"
    assert mask_text(f"<password>{SECRET}</password>") == "<password>***</password>"
    assert mask_urls(f"http://u:{SECRET}@h/?token=x&y=1") == "http://u:***@h/?token=***&y=1"


def test_masking_twice_changes_nothing() -> None:
    """A text may pass several masks on its way."""
    once = mask_text(f"token: '{SECRET}' Authorization: Bearer {SECRET}")

    assert mask_text(once) == once


def test_headers_are_masked_by_name_and_by_content() -> None:
    """A URL in a header may have a secret too."""
    masked = mask_headers({"authorization": "x", "X-API-KEY": "x", "Location": f"/?token={SECRET}", "Accept": "*/*"})

    assert masked == {"authorization": MASK, "X-API-KEY": MASK, "Location": "/?token=***", "Accept": "*/*"}


def test_values_are_masked_at_every_depth() -> None:
    """Numbers, lists and objects under a secret name are masked whole; what can be no secret is shown."""
    seen = {"a": [{"pin_token": 1234}], "credentials": {"user": "ada"}, "password": None, "token": "", "secret": True}

    masked = mask_values(json.loads(json.dumps(seen)))

    assert masked == {
        "a": [{"pin_token": MASK}],
        "credentials": MASK,
        "password": None,
        "token": "",
        "secret": True,
    }


@pytest.mark.parametrize(
    "piece",
    [
        *("a", "a=", "a:", "a.", "a ", " ", '"', "\\", "<a>", "<a ", "[", "{", "=", "://", "eyJ", "eyJ-", "token=["),
        *('password="', 'password=\\"', "<password", "Bearer ", "cookie:", "-----BEGIN PRIVATE KEY-----"),
        *('name="', 'Content-Disposition: form-data; name="a"', 'Content-Disposition: form-data; name="a"\r\n'),
    ],
)
def test_long_texts_are_masked_too(piece: str) -> None:
    """Whatever is repeated before a secret, it is found; the steps grow with the length and not with its square."""
    assert SECRET not in mask_text(f"{piece * 20_000}\npassword={SECRET}")
