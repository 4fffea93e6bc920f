"""Requests that are sent at the same time, which Robot's own keywords cannot do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests


def post_at_once(url: str, times: int, *, body: dict[str, Any]) -> list[int]:
    """Send the same JSON so often at the same time, and return the statuses of the answers."""
    with ThreadPoolExecutor(max_workers=times) as threads:
        answers = threads.map(lambda _: requests.post(url, json=body, timeout=20), range(times))
        return [answer.status_code for answer in answers]
