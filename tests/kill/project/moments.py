"""The moments of a suite, as keywords."""

from __future__ import annotations

from fixtures.moments import be_at

__all__ = ["be_at"]
