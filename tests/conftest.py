"""The fixture families that every test may use."""

from __future__ import annotations

pytest_plugins = ("fixtures.golden", "fixtures.http", "fixtures.mocks", "fixtures.postgres")
