"""The third party that charges cards."""

import logging
from typing import Any

import settings
import urllib3
from models import Refusal

log = logging.getLogger("shop")

DECLINED = 402
SUCCEEDED = (200, 201)


class OutcomeUnknown(Refusal):
    """The provider was asked, and may have done what it was asked for."""


def charge(amount_cents: int, reference: str, *, card: str) -> dict[str, Any]:
    wanted = {"amount_cents": amount_cents, "currency": settings.CURRENCY, "reference": reference, "card": card}
    try:
        return _post("/charges", wanted)
    except OutcomeUnknown:
        void(reference)
        raise


def void(reference: str) -> None:
    """Take back a charge that there may be: nobody pays for an order that there is not."""
    try:
        _post("/voids", {"reference": reference})
    except Refusal as refusal:
        log.warning("charge %s may have to be taken back by hand: %s", reference, refusal)


def refund(charge_id: str, amount_cents: int) -> dict[str, Any]:
    return _post("/refunds", {"charge": charge_id, "amount_cents": amount_cents})


def _post(path: str, body: dict[str, Any]) -> dict[str, Any]:
    url, timeout = settings.PAYMENTS_URL + path, settings.PAYMENTS_TIMEOUT
    try:
        # No retries: a charge that is asked for twice may be charged twice.
        response = urllib3.request("POST", url, json=body, timeout=timeout, retries=False)
        answer = response.json() if response.status in SUCCEEDED else {}
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise _unavailable(f"{type(error).__name__} at POST {path}", OutcomeUnknown) from error
    if response.status == DECLINED:
        raise Refusal(402, "PAYMENT_DECLINED", "The card was declined.")
    if not isinstance(answer, dict) or "id" not in answer:
        raise _unavailable(f"status {response.status} from POST {path}")
    return answer


def _unavailable(reason: str, kind: type[Refusal] = Refusal) -> Refusal:
    return kind(502, "PAYMENT_UNAVAILABLE", f"The payment service cannot be used: {reason}.", reason=reason)
