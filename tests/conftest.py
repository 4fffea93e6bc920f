"""The fixture families that every test may use."""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell started us with &, and what we start would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = (
    "fixtures.compose",
    "fixtures.containers",
    "fixtures.environments",
    "fixtures.golden",
    "fixtures.http",
    "fixtures.killing",
    "fixtures.memory",
    "fixtures.mocks",
    "fixtures.oracle",
    "fixtures.own_engine",
    "fixtures.postgres",
    "fixtures.runs",
    "fixtures.commands",  # after those that it imports
    "fixtures.shelves",
)
