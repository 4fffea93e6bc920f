"""What one test did, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class ExchangeLike(Protocol):
    """One HTTP request with its response."""

    @property
    def session(self) -> str: ...  # noqa: D102 as the class says
    @property
    def request_line(self) -> str: ...  # noqa: D102
    @property
    def status(self) -> int: ...  # noqa: D102
    @property
    def reason(self) -> str: ...  # noqa: D102
    @property
    def elapsed(self) -> float: ...  # noqa: D102
    @property
    def request_headers(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def response_headers(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def request_body(self) -> str: ...  # noqa: D102
    @property
    def response_body(self) -> str: ...  # noqa: D102

    def curl(self) -> str: ...  # noqa: D102


class ChangeLike(Protocol):
    """One row that was added, changed or removed."""

    @property
    def table(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def old(self) -> dict[str, Any] | None: ...  # noqa: D102
    @property
    def new(self) -> dict[str, Any] | None: ...  # noqa: D102


@dataclass(frozen=True)
class Evidence:
    """What is shown about one test; *counts* print as `+1 ~2`, *seconds* is how long the test took."""

    test: str
    status: str
    seconds: float
    exchanges: Sequence[ExchangeLike]
    changes: Sequence[ChangeLike]
    counts: Mapping[str, object]
    mock_hits: Sequence[Mapping[str, Any]]
    service_logs: Mapping[str, Sequence[str]]
    rollback: str
    logs_left_out: Mapping[str, int] = field(default_factory=dict)
    """For each service the bytes that its log has between the test's beginning and the lines in *service_logs*."""
