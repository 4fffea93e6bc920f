"""The card shows what a test did, and nothing in it can run."""

from __future__ import annotations

from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

import pytest
from fixtures.http import Api

from IntegrationLibrary.api.exchange import Exchange
from IntegrationLibrary.api.recorder import Moment
from IntegrationLibrary.evidence.card import LARGEST_CARD, card, summary, words
from IntegrationLibrary.evidence.record import Evidence
from IntegrationLibrary.isolation.strategy import RowChange

PLANTED = (
    "<script>alert(1)</script>",
    "</details></pre></td><img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(1)>",
    "<a href='javascript:alert(1)'>",
    "<!--",
    "<style>*{display:none}",
    "&lt;b&gt;",
)
ALLOWED_TAGS = {"details", "summary", "div", "span", "b", "code", "pre", "table", "tr", "th", "td"}
ALLOWED_ATTRIBUTES = {"style", "open"}


class Page(HTMLParser):
    """What a browser would make of a piece of HTML: tags, attributes, text, and whether every tag is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.styles: set[str] = set()
        self.text = ""
        self.others: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.others += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.styles |= {value or "" for name, value in attrs if name == "style"}
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open.pop() != tag:
            self.others.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)


def evidence(exchanges: Sequence[Exchange] = (), **others: Any) -> Evidence:
    """Return evidence of a failed test that did nothing but what is given."""
    nothing: dict[str, Any] = {
        "changes": [],
        "counts": {},
        "mock_hits": [],
        "service_logs": {},
        "rollback": "shop: rolled back in 2 ms",
    }
    return Evidence("An Order Fails", "FAIL", 0.5, exchanges, **{**nothing, **others})


def exchanges_with(api: Api, planted: str) -> list[Exchange]:
    """Return real exchanges that have a text wherever HTTP lets one be."""
    moment = api.recorder.mark()
    api.answers(planted, path="/orders", content_type="text/html", headers={"X-Planted": planted})
    api.post("/orders", params={planted: planted}, data=planted, headers={"X-Planted": planted})
    api.answers({planted: [planted]}, path="/orders")
    api.post("/orders", json={planted: planted})
    api.get(f"/{planted}")
    return api.recorder.since(moment)


@pytest.mark.parametrize("planted", PLANTED)
def test_nothing_that_is_planted_becomes_markup(api: Api, planted: str) -> None:
    """Paths, headers, bodies, rows, tables, hits and log lines are text, whatever they look like."""
    row = {planted: planted, "notes": None, "nested": {planted: planted}}
    page = Page(
        card(
            evidence(
                exchanges_with(api, planted),
                changes=[RowChange(planted, "added", None, row), RowChange("t", "changed", row, {**row, planted: 1})],
                counts={planted: "+1"},
                mock_hits=[dict.fromkeys(("mock", "method", "path", "status", "rule", "body"), planted)],
                service_logs={planted: [planted]},
                rollback=planted,
            )
        )
    )

    assert page.tags <= ALLOWED_TAGS
    assert page.attributes <= ALLOWED_ATTRIBUTES
    assert not page.others
    assert not any("url(" in style or "expression" in style for style in page.styles)
    assert page.text.count(planted) > 10


def test_a_planted_summary_stays_text() -> None:
    """The line of a passed test is escaped too."""
    page = Page(summary(evidence(counts={PLANTED[0]: "+1"}, rollback=PLANTED[1])))

    assert page.tags == {"span"}
    assert not page.others


def test_the_summary_of_many_tables_still_tells_the_rollback() -> None:
    """An application may write to more tables than one line has room for."""
    counts = {f"a_table_with_a_long_name_{number}": "+1" for number in range(40)}

    assert "database shop: rolled back in 3 ms" in summary(
        evidence(counts=counts, rollback="database shop: rolled back in 3 ms")
    )


def test_secrets_are_masked_everywhere(api: Api) -> None:
    """Headers, bodies, URLs, curl lines, rows, hits, log lines and the rollback hide them."""
    api.answers({"token": "geheim-1"}, headers={"Set-Cookie": "id=geheim-2; Path=/", "X-Api-Key": "geheim-3"})
    api.requests.post_on_session(
        "shop",
        "/orders",
        params={"access_token": "geheim-4"},
        data={"password": "geheim-5", "x": "1"},
        headers={"Authorization": "Bearer geheim-6", "Cookie": "id=geheim-7"},
    )
    html = card(
        evidence(
            api.recorder.since(Moment()),
            changes=[
                RowChange("users", "changed", {"id": 1, "password": "geheim-8"}, {"id": 1, "password": "geheim-9"}),
                RowChange("users", "added", None, {"id": 2, "settings": {"api_key": "geheim-10"}, "password": None}),
            ],
            mock_hits=[
                {
                    "mock": "payments",
                    "method": "POST",
                    "path": "/charges?token=geheim-11",
                    "status": 201,
                    "rule": None,
                    "body": '{"client_secret": "geheim-12"}',
                }
            ],
            service_logs={
                "shop": [
                    "connecting to postgresql://shop:geheim-13@db/shop",
                    'login failed: {"token": "geheim-14"} password=geheim-15',
                    "-----BEGIN PRIVATE KEY-----",
                    "geheim-16",
                    "-----END PRIVATE KEY-----",
                ]
            },
            rollback="failed: postgresql://shop:geheim-17@db/shop",
        )
    )

    assert "geheim" not in html
    assert html.count("***") > 15


def test_requests_are_shown_with_headers_bodies_and_curl(api: Api) -> None:
    """A reader sees what was asked and answered, and can ask again."""
    api.answers({"id": 11}, status=201, headers={"Location": "/orders/11"})
    moment = api.recorder.mark()
    api.post(json={"sku": "TEA-01"}, headers={"X-Trace": "abc"})
    text = Page(card(evidence(api.recorder.since(moment)))).text

    assert "shop: POST /orders → 201 CREATED in " in text
    assert "X-Trace: abc" in text
    assert "Location: /orders/11" in text
    assert '"sku": "TEA-01"' in text
    assert '"id": 11' in text
    assert "curl -i -X POST http" in text


def test_what_failed_is_open_and_what_went_well_is_folded(api: Api) -> None:
    """The first look falls on refusals and on the last request."""
    moment = api.recorder.mark()
    for status in (200, 404, 201):
        api.answers({}, status=status)
        api.get(f"/orders?status={status}")
    html = card(evidence(api.recorder.since(moment)))
    marks = [part.partition(">")[0] for part in html.split("<details") if "<summary>shop:" in part]

    assert [" open " in mark for mark in marks] == [False, True, True]


def test_a_request_without_an_answer_has_no_status(api: Api) -> None:
    """The reason stands where the status would."""
    api.recorder.add_failed(api.get().request, "shop", elapsed=10.0, why="no answer within 10 s")
    text = Page(card(evidence(api.recorder.since(Moment())))).text

    assert "shop: GET /orders → no answer within 10 s in 10 s" in text


def test_changed_cells_show_both_values() -> None:
    """Old and new value stand side by side, and what is not there is NULL."""
    change = RowChange("orders", "changed", {"id": 1, "note": None}, {"id": 1, "note": "new"})

    assert "<td" in card(evidence(changes=[change]))
    assert "NULL → <b>new</b>" in card(evidence(changes=[change]))


def test_of_many_columns_those_that_changed_are_shown() -> None:
    """A table that is too wide for a page tells how many columns it leaves out."""
    old = {f"column_{number}": number for number in range(100)}
    text = Page(card(evidence(changes=[RowChange("wide", "changed", old, {**old, "column_99": "new"})]))).text

    assert "99 → new" in text
    assert "70 more columns left out" in text


def large(api: Api, character: str) -> Evidence:
    """Return evidence with far more of everything than a log can hold."""
    piece = character * 3000
    api.answers(piece * 5, content_type="text/plain", headers={f"X-{number}": piece for number in range(3)})
    api.post(data=piece * 5, headers={f"X-{number}": piece for number in range(5)})
    row = {f"{character * 100}{number}": piece for number in range(200)}
    hit = {"mock": "m", "method": "GET", "path": piece, "status": 200, "rule": piece, "body": piece}
    return evidence(
        api.recorder.since(Moment()) * 100,
        changes=[RowChange(f"{piece}{table}", "added", None, row) for table in range(30) for _ in range(50)],
        counts={f"{piece}{table}": "+50" for table in range(30)},
        mock_hits=[hit] * 1000,
        service_logs={f"{piece}{number}": [piece] * 1000 for number in range(40)},
        rollback=piece,
    )


@pytest.mark.parametrize("character", ["x", "&", "<"])
def test_no_card_is_larger_than_it_may_be(api: Api, character: str) -> None:
    """However much there is, and however long it becomes when it is escaped, the card ends whole."""
    html = card(large(api, character))

    assert len(html) <= LARGEST_CARD
    assert not Page(html).others
    assert "left out" in html


def test_the_newest_are_kept(api: Api) -> None:
    """Of too many requests, hits and lines the last ones are shown, as these tell why the test failed."""
    api.answers({})
    moment = api.recorder.mark()
    for number in range(40):
        api.get(f"/orders?number={number}")
    hits = [{"mock": "m", "method": "GET", "path": f"/{number}", "status": 200, "rule": None} for number in range(999)]
    logs = {"shop": [f"line {number}" for number in range(999)]}
    text = Page(card(evidence(api.recorder.since(moment), mock_hits=hits, service_logs=logs))).text

    assert "10 earlier requests left out" in text
    assert "?number=39" in text
    assert "?number=9 " not in text
    assert "GET /998" in text
    assert "earlier hits left out" in text
    assert "939 earlier lines left out" in text
    assert "line 998" in text


def test_a_test_that_did_nothing_has_a_card_too() -> None:
    """There are no empty sections."""
    text = Page(card(evidence())).text

    assert text.startswith("Evidence of 'An Order Fails' (FAIL after 500 ms: nothing was asked, nothing changed)")
    assert "Requests" not in text


def test_a_passed_test_has_one_line(api: Api) -> None:
    """The summary counts, and tells how the data was put back."""
    api.answers({})
    api.get()
    seen = evidence(
        api.recorder.since(Moment()),
        counts={"orders": "+1", "stock": "~1"},
        mock_hits=[{"mock": "m", "method": "GET", "path": "/", "status": 200, "rule": None}],
    )

    assert words(seen) == "1 request · orders +1, stock ~1 · 1 mock hit"
    assert "1 request · orders +1, stock ~1 · 1 mock hit · shop: rolled back in 2 ms" in summary(seen)
    assert "\n" not in summary(seen)


def test_a_hit_that_no_rule_fits_tells_the_nearest_rule() -> None:
    """What has to be changed, the request or the rule, is seen in the card."""
    hit = {"mock": "payments", "method": "POST", "path": "/charge", "status": 404, "rule": None}
    nearest = "nearest rule 'card is charged': path: /charge, not /charges"

    shown = Page(card(evidence(mock_hits=[{**hit, "unmatched": nearest}]))).text

    assert f"404 as no rule fits; {nearest}" in shown
