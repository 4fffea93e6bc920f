"""Probe `command` runs a command where the service is, and waits for it in the background."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.probes import command
from IntegrationLibrary.probes.command import CommandProbe
from IntegrationLibrary.probes.probe import Target


class Inside:
    """A container that notes what is run in it, and answers as it is told."""

    def __init__(self, *answers: tuple[int, str] | EnvironmentFailure) -> None:
        self.answers = list(answers)
        self.ran: list[list[str]] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    def execute(self, words: Sequence[str]) -> tuple[int, str]:
        """Run a command."""
        self.ran.append(list(words))
        assert self.may_answer.wait(10)
        answer = self.answers.pop(0)
        if isinstance(answer, EnvironmentFailure):
            raise answer
        return answer

    def probe(self, value: Any = ("redis-cli", "ping"), *, patience: float = 10.0) -> CommandProbe:
        """Return a probe that runs its command here."""
        value = list(value) if isinstance(value, tuple) else value
        return CommandProbe(value, Target(execute=self.execute, patience=patience))


def test_code_0_is_ready_and_any_other_is_not_yet() -> None:
    """What the command has printed is told."""
    inside = Inside((1, "Could not connect\n"), (0, "PONG\n"))
    probe = inside.probe()

    assert probe.ask() == Answer.not_yet("code 1: Could not connect")
    assert probe.ask() == Answer.ready("code 0: PONG")
    assert inside.ran == [["redis-cli", "ping"]] * 2
    assert probe.expects() == "code 0 from 'redis-cli ping' inside"


def test_a_text_is_run_by_the_shell() -> None:
    """So that it may use variables of the container."""
    inside = Inside((0, ""))
    probe = inside.probe('ping "$HOST"')

    assert probe.ask() == Answer.ready("code 0")
    assert inside.ran == [["/bin/sh", "-c", 'ping "$HOST"']]
    assert probe.expects() == "code 0 from 'ping \"$HOST\"' inside"


def test_a_success_holds_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service is asked at every lease; what is old is asked again."""
    inside = Inside((0, ""), (1, "gone"))
    probe = inside.probe()
    assert [probe.ask().readiness.value for _ in range(3)] == ["ready"] * 3

    monkeypatch.setattr(command, "_FRESH", 0.0)

    assert probe.ask() == Answer.not_yet("code 1: gone")


def test_a_command_that_takes_long_is_waited_for_in_the_background() -> None:
    """It is not run twice at once."""
    inside = Inside((0, ""))
    inside.may_answer.clear()
    probe = inside.probe(patience=0.01)

    assert [probe.ask() for _ in range(3)] == [Answer.not_yet("no answer within 10 ms")] * 3
    inside.may_answer.set()
    probe.target = Target(execute=inside.execute)
    assert probe.ask() == Answer.ready("code 0")
    assert len(inside.ran) == 1


def test_a_command_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one is run then."""
    monkeypatch.setattr(command, "_PATIENCE", 0.0)
    inside = Inside((1, "late"), (1, "late"))
    inside.may_answer.clear()
    probe = inside.probe(patience=0.01)

    assert [probe.ask() for _ in range(2)] == [Answer.not_yet("no answer within 10 ms")] * 2
    assert len(inside.ran) == 2
    inside.may_answer.set()


@pytest.mark.parametrize("code", [126, 127])
def test_a_program_that_is_not_there_never_will_be(code: int) -> None:
    """Unless a shell looks for it, in which it may be made."""
    assert Inside((code, "no such file")).probe().ask() == Answer.never(f"code {code}: no such file")
    assert Inside((code, "not found")).probe("gone").ask() == Answer.not_yet(f"code {code}: not found")


def test_an_engine_that_refuses_is_not_yet() -> None:
    """The container may only be starting; that it has ended tells somebody else."""
    failure = EnvironmentFailure("A command cannot be run.", seen="container is not running")

    assert Inside(failure).probe().ask() == Answer.not_yet("container is not running")


def test_a_service_that_is_no_container_has_no_inside() -> None:
    """Waiting would not help."""
    assert CommandProbe(["true"], Target()).ask().readiness.value == "never"


@pytest.mark.parametrize("value", [[], "", [""], [5], True, 5, {"command": ["true"]}], ids=repr)
def test_what_is_no_command_is_refused(value: Any) -> None:
    """It is told when the probe is made."""
    with pytest.raises(IntegrationError, match="is no command"):
        CommandProbe(value, Target())
