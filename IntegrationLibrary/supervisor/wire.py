"""The control connection's words: one line of JSON each way, errors carried whole."""

from __future__ import annotations

from typing import Any

from IntegrationLibrary.base.errors import CheckFailed, ConfigurationError, EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.redaction import mask_known

LONGEST_LINE = 64 * 1024 * 1024


def error_to_json(error: Exception) -> dict[str, Any]:
    """Return what makes the error again at the other end."""
    if not isinstance(error, IntegrationError):
        return {"class": "unexpected", "headline": mask_known(f"{type(error).__name__}: {error}")}
    details = {"headline": error.headline, "expected": error.expected, "seen": error.seen, "next_step": error.next_step}
    return {
        "class": type(error).__name__,
        **{part: mask_known(text) if text else text for part, text in details.items()},
    }


def error_from_json(data: dict[str, Any], *, log: str) -> IntegrationError:
    """Return the error that the supervisor raised; *log* is where it writes what it did not expect."""
    if data["class"] == "unexpected":
        return EnvironmentFailure("The supervisor failed.", seen=data["headline"], next_step=f"see {log}")
    details = {key: data[key] for key in ("expected", "seen", "next_step")}
    if data["class"] in {ConfigurationError.__name__, EnvironmentFailure.__name__}:
        return EnvironmentFailure(data["headline"], **details)
    if data["class"] == CheckFailed.__name__:
        return CheckFailed(data["headline"], **details)
    return IntegrationError(data["headline"], **details)
