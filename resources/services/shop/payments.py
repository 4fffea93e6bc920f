"""The third party that charges cards."""

from typing import Any

import settings
import urllib3
from models import Refusal

DECLINED = 402
SUCCEEDED = (200, 201)


def charge(amount_cents: int, reference: str, *, card: str) -> dict[str, Any]:
    wanted = {"amount_cents": amount_cents, "currency": settings.CURRENCY, "reference": reference, "card": card}
    return _post("/charges", wanted)


def refund(charge_id: str, amount_cents: int) -> dict[str, Any]:
    return _post("/refunds", {"charge": charge_id, "amount_cents": amount_cents})


def _post(path: str, body: dict[str, Any]) -> dict[str, Any]:
    url, timeout = settings.PAYMENTS_URL + path, settings.PAYMENTS_TIMEOUT
    try:
        # No retries: a charge that is asked for twice may be charged twice.
        response = urllib3.request("POST", url, json=body, timeout=timeout, retries=False)
        answer = response.json() if response.status in SUCCEEDED else {}
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise _unavailable(f"{type(error).__name__} at POST {path}") from error
    if response.status == DECLINED:
        raise Refusal(402, "PAYMENT_DECLINED", "The card was declined.")
    if not isinstance(answer, dict) or "id" not in answer:
        raise _unavailable(f"status {response.status} from POST {path}")
    return answer


def _unavailable(reason: str) -> Refusal:
    return Refusal(502, "PAYMENT_UNAVAILABLE", f"The payment service cannot be used: {reason}.", reason=reason)
