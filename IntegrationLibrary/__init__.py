"""A real, private, clean system for every Robot Framework test."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IntegrationLibrary.base.errors import CheckFailed, ConfigurationError, EnvironmentFailure, IntegrationError
    from IntegrationLibrary.library import IntegrationLibrary
    from IntegrationLibrary.listener import Listener

__all__ = [
    "CheckFailed",
    "ConfigurationError",
    "EnvironmentFailure",
    "IntegrationError",
    "IntegrationLibrary",
    "Listener",
]

# Imported when first asked for: the supervisor imports this package too, and has no use for Robot.
_HOMES = {"IntegrationLibrary": "library", "Listener": "listener"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'base.errors')}"), name)
