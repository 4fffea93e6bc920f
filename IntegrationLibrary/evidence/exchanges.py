"""Requests and answers as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from IntegrationLibrary.base.redaction import mask_headers, mask_text
from IntegrationLibrary.base.text import seconds, shortened
from IntegrationLibrary.evidence.markup import BAD, GOOD, block, code, columns, fitting, folded, left_out, pretty, text
from IntegrationLibrary.evidence.record import ExchangeLike

_MOST = 30
_LONGEST_BODY = 4000
_LONGEST_HEADERS = 3000
_LONGEST_CURL = 5000
_LONGEST_REASON = 200
_FIRST_ERROR = 400
_NO_ANSWER = 0


def exchanges_html(exchanges: Sequence[ExchangeLike], room: int) -> str:
    """Return the newest exchanges that fit, oldest first; what failed and the last one are open."""
    if not exchanges:
        return ""
    *others, last = exchanges
    shown = [_exchange(last, mark="open")]
    shown += fitting((_exchange(each, mark=_mark(each)) for each in others[:-_MOST:-1]), room - len(shown[0]))
    return left_out(len(exchanges) - len(shown), "earlier request") + "".join(reversed(shown))


def _mark(exchange: ExchangeLike) -> str:
    return "open" if _has_failed(exchange) else ""


def _has_failed(exchange: ExchangeLike) -> bool:
    return exchange.status >= _FIRST_ERROR or exchange.status == _NO_ANSWER  # RFC 9110, section 15


def _exchange(exchange: ExchangeLike, *, mark: str) -> str:
    colour = BAD if _has_failed(exchange) else GOOD
    status = f"{exchange.status} " if exchange.status != _NO_ANSWER else ""
    answer = shortened(mask_text(f"{status}{exchange.reason}"), _LONGEST_REASON)
    head = (
        f"{text(exchange.session)}: {code(shortened(exchange.request_line))} → "
        f'<b style="color:{colour}">{text(answer)}</b> in {seconds(exchange.elapsed)}'
    )
    asked = _part("asked", exchange.request_headers, exchange.request_body)
    answered = _part("answered", exchange.response_headers, exchange.response_body)
    curl = block(shortened(exchange.curl(), _LONGEST_CURL))
    return folded(head, columns(filter(None, [asked, answered])) + curl, mark=mark)


def _part(label: str, headers: Mapping[str, str], body: str) -> str:
    shown = shortened("\n".join(f"{name}: {value}" for name, value in mask_headers(headers).items()), _LONGEST_HEADERS)
    content = block(pretty(body, _LONGEST_BODY)) if body else ""
    return f"<div>{label}</div>{content}{folded('headers', block(shown))}" if headers or body else ""
