"""What every probe keeps, whoever wrote it: the registry finds it, so these tests do."""

from __future__ import annotations

import pytest

from IntegrationLibrary.base.errors import IntegrationError
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.probes.probe import PROBES, AllOf, Probe, Target, make_probe

VALUES = {
    "command": ["redis-cli", "ping"],
    "exit": 0,
    "http": "/health",
    "log": "Listening on",
    "sql": "SELECT true",
    "tcp": True,
}
"""For each probe a value that makes sense."""

TARGET = Target(
    host="127.0.0.1",
    port=1,
    url="http://127.0.0.1:1",
    exit_code=lambda: None,
    execute=lambda _command: (1, "refused"),
    database_url="postgresql://127.0.0.1:1/any?connect_timeout=2",
)
"""A service that is not there: nobody listens on port 1."""


@pytest.mark.parametrize("probe", PROBES.all(), ids=lambda probe: probe.name)
class TestEveryProbe:
    """One probe after the other."""

    def test_it_is_documented(self, probe: type[Probe]) -> None:
        """The first line is one sentence with an example of the value; that is what a wrong value is told."""
        first = (probe.__doc__ or "").partition("\n")[0]

        assert first.endswith((".", "`;"))
        assert f"{{{probe.name}: " in " ".join((probe.__doc__ or "").split())

    def test_it_asks_a_service_that_is_not_there_without_an_error(self, probe: type[Probe]) -> None:
        """Not yet is an answer with words."""
        answer = probe(VALUES[probe.name], TARGET).ask()

        assert answer.readiness.value == "not yet"
        assert answer.text

    def test_it_says_what_it_waits_for(self, probe: type[Probe]) -> None:
        """As the expectation of a failure: in lower case, without a full stop, in one line."""
        words = probe(VALUES[probe.name], TARGET).expects()

        assert words == words.strip(" .\n")
        assert "\n" not in words

    def test_a_value_that_makes_no_sense_is_refused(self, probe: type[Probe]) -> None:
        """At once, and not as an answer."""
        with pytest.raises((IntegrationError, LookupError, TypeError, ValueError)):
            probe({"nonsense": object()}, Target()).ask()


def test_all_probes_under_ready_must_be() -> None:
    """The first that is not is the answer, and what all of them wait for is told."""
    probe = make_probe({"exit": 3, "tcp": 1}, Target(exit_code=lambda: 3))

    assert probe.ask() == Answer.not_yet("connection refused")
    assert probe.expects() == "a process that ends with code 3, and a connection to 127.0.0.1:1"
    assert not probe.outlives_process
    assert AllOf([]).ask().readiness.value == "ready"


def test_what_never_will_be_ends_the_wait() -> None:
    """After one attempt, whatever the timeout."""
    waited = wait_until(make_probe({"exit": 0}, Target(exit_code=lambda: 1)).ask, timeout=3600)

    assert (waited.is_never, waited.attempts) == (True, 1)


def test_a_probe_that_does_not_exist_is_told_with_the_nearest() -> None:
    """The known ones are listed."""
    with pytest.raises(IntegrationError, match=r"There is no probe named 'htpp'\.") as raised:
        make_probe({"htpp": "/"}, TARGET)

    assert raised.value.next_step == "did you mean 'http'?"
