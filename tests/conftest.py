"""The fixture families that every test may use."""

from __future__ import annotations

pytest_plugins = (
    "fixtures.environments",
    "fixtures.golden",
    "fixtures.http",
    "fixtures.killing",
    "fixtures.memory",
    "fixtures.mocks",
    "fixtures.oracle",
    "fixtures.postgres",
    "fixtures.runs",
    "fixtures.commands",  # after those that it imports
    "fixtures.shelves",
)
