"""Sessions wait a bounded time, ask once, and record also what is not answered."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from fixtures.http import Api
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ReadTimeout
from RequestsLibrary import RequestsLibrary

from IntegrationLibrary.api.exchange import NO_ANSWER
from IntegrationLibrary.api.recorder import Recorder
from IntegrationLibrary.api.sessions import open_session
from IntegrationLibrary.base.errors import CheckFailed


class Silent:
    """A server that takes connections and counts them; it says nothing, or hangs up at once."""

    def __init__(self) -> None:
        self.connections = 0
        self.hangs_up = False
        self._kept: list[socket.socket] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:  # closed
                return
            self.connections += 1
            if self.hangs_up:
                connection.close()
            else:
                self._kept.append(connection)

    def close(self) -> None:
        """Let everybody go."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self._kept:
            connection.close()
        self._thread.join()


@pytest.fixture
def silent() -> Iterator[Silent]:
    """A server that does not answer."""
    server = Silent()
    yield server
    server.close()


def test_a_service_that_says_nothing_is_not_waited_for_without_end(silent: Silent) -> None:
    """The default timeout holds, the request is recorded, and it is not asked again."""
    recorder, requests = Recorder(), RequestsLibrary()
    open_session(requests.create_session, "shop", silent.url, recorder, timeout=0.2)
    with pytest.raises(ReadTimeout):
        requests.get_on_session("shop", "/orders")
    seen = recorder.last

    assert silent.connections == 1
    assert seen is not None
    assert (seen.status, seen.reason, seen.request_line) == (NO_ANSWER, "no answer within 200 ms", "GET /orders")
    assert seen.elapsed >= 0.2


def test_the_timeout_holds_after_the_test_made_a_session_without_one(silent: Silent) -> None:
    """RequestsLibrary keeps one default for all its sessions, that of the one made last."""
    recorder, requests = Recorder(), RequestsLibrary()
    open_session(requests.create_session, "shop", silent.url, recorder, timeout=0.2)
    requests.create_session("another", silent.url)
    with pytest.raises(ReadTimeout):
        requests.get_on_session("shop", "/")

    assert recorder.last is not None
    assert recorder.last.reason == "no answer within 200 ms"


def test_the_timeout_of_a_request_is_its_own(open_api: Callable[[str], Api], silent: Silent) -> None:
    """What the test gives is taken, and told."""
    api = open_api(silent.url)
    with pytest.raises(ReadTimeout):
        api.get(timeout=0.1)

    assert api.recorder.last is not None
    assert api.recorder.last.reason == "no answer within 100 ms"


def test_a_service_that_hangs_up_is_asked_once(open_api: Callable[[str], Api], silent: Silent) -> None:
    """A second try would hide that it answers only sometimes."""
    silent.hangs_up = True
    api = open_api(silent.url)
    with pytest.raises(NoConnection):
        api.get()

    assert silent.connections == 1
    with pytest.raises(CheckFailed) as raised:
        api.judge.response_status_should_be(200)
    assert raised.value.headline == "Request GET /orders was not answered."
    assert str(raised.value.seen).startswith("no answer: ")


def test_certificates_are_checked(open_api: Callable[[str], Api]) -> None:
    """RequestsLibrary's own default is to trust anybody."""
    api = open_api("https://127.0.0.1:9")

    assert api.requests._cache.get_connection("shop").verify is True


@pytest.mark.parametrize(
    ("url", "is_trusted"),
    [
        ("http://127.0.0.1:8000", False),
        ("http://localhost:8000", False),
        ("http://[::1]:8000", False),
        ("http://shop.example:8000", True),
        ("http://10.0.0.7:8000", True),
    ],
)
def test_services_on_this_machine_are_reached_without_a_proxy(
    open_api: Callable[[str], Api], url: str, *, is_trusted: bool
) -> None:
    """A proxy could not reach them; to others the environment's proxy leads."""
    assert open_api(url).requests._cache.get_connection("shop").trust_env is is_trusted


def test_the_neighbours_own_judgement_takes_the_last_response_for_the_given_one(api: Api) -> None:
    """So this library's judgements look at `response=` and nothing else when it is given."""
    api.answers({}, status=404)
    refused = api.get()
    api.answers({})
    api.get()
    api.requests.request_should_be_successful(refused)  # passes, wrongly

    with pytest.raises(CheckFailed, match="was 404, not 200"):
        api.judge.response_status_should_be(200, response=refused)
