"""Places that another has taken: a service that starts there would be called ready because of the other's answer."""

from __future__ import annotations

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.probes.probe import AllOf


def refuse_if_another_answers(service: str, probe: AllOf | None) -> None:
    """Refuse to start a service whose probe is answered before it runs.

    Raises:
        EnvironmentFailure: It is; the text says by what.

    """
    another = probe.answered_by_another() if probe else None
    if another is not None:
        raise EnvironmentFailure(
            f"Service '{service}' cannot be started: its place is taken.",
            expected="no answer before it runs",
            seen=another,
            next_step=f"stop what answers there, or let the service listen on ${{{service}.port}}",
        )
