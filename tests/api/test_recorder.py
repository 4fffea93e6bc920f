"""Exchanges are kept as long as they may be judged or shown."""

from __future__ import annotations

import threading

import pytest
from fixtures.http import Api
from requests.exceptions import ChunkedEncodingError
from werkzeug import Request, Response

from IntegrationLibrary.api.recorder import Recorder


def test_nothing_is_last_before_the_first_request() -> None:
    """There is no response to be taken for another."""
    recorder = Recorder()

    assert recorder.last is None
    assert recorder.older is None
    assert recorder.since(recorder.mark()) == []


def test_exchanges_since_a_moment_come_in_their_order(api: Api) -> None:
    """Those of before are not among them."""
    api.answers({})
    api.get("/orders?page=1")
    moment = api.recorder.mark()
    api.get("/orders?page=2")
    api.get("/orders?page=3")

    lines = [each.request_line for each in api.recorder.since(moment)]
    assert lines == ["GET /orders?page=2", "GET /orders?page=3"]


def test_a_moment_that_is_returned_to_forgets_what_came_after(api: Api) -> None:
    """The last exchange is again the one of then; the newest that is forgotten can still be told."""
    api.answers({})
    api.get("/orders?page=1")
    outer = api.recorder.mark()
    api.get("/orders?page=2")
    inner = api.recorder.mark()
    api.get("/orders?page=3")
    api.recorder.return_to(inner)

    assert [each.request_line for each in api.recorder.since(outer)] == ["GET /orders?page=2"]
    assert api.recorder.last is not None
    assert api.recorder.last.request_line == "GET /orders?page=2"
    assert api.recorder.older is not None
    assert api.recorder.older.request_line == "GET /orders?page=3"


def test_numbers_are_given_once(api: Api) -> None:
    """Also after something was forgotten: a number names one request of the run."""
    api.answers({})
    start = api.recorder.mark()
    api.get()
    api.recorder.return_to(start)
    api.get()

    assert [each.number for each in api.recorder.since(start)] == [2]


def test_requests_of_many_threads_are_all_recorded(api: Api) -> None:
    """Each once, in the order of their numbers."""
    api.answers({})
    moment = api.recorder.mark()
    threads = [threading.Thread(target=api.get) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [each.number for each in api.recorder.since(moment)] == list(range(1, 21))


def test_a_streamed_answer_is_left_to_the_test(api: Api) -> None:
    """Its body is not read by the record; it is when it is judged."""
    api.answers({"id": 11})
    moment = api.recorder.mark()
    response = api.get(stream=True)

    assert api.recorder.since(moment)[0].response_body == "(not read: the test streams it)"
    api.judge.response_field_should_be("$.id", "11", response=response)


def test_an_answer_that_breaks_off_is_recorded(api: Api) -> None:
    """The head came, so there is a status; the body tells why it is none."""

    def broken(_: Request) -> Response:
        def parts() -> object:
            yield b"{"
            raise ConnectionError

        return Response(parts(), headers={"Content-Length": "1000"}, direct_passthrough=True)

    api.server.expect_request("/orders").respond_with_handler(broken)
    with pytest.raises(ChunkedEncodingError):
        api.get()

    assert api.recorder.last is not None
    assert api.recorder.last.status == 200
    assert api.recorder.last.response_body.startswith("(broke off: ")
