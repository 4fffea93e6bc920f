"""The one loop that sleeps, on a clock that the tests move themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from IntegrationLibrary.base.waiting import Answer, Waited, wait_until


class MovedClock:
    """A clock that only a pause moves, and the questions that take their time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, duration: float, /) -> None:
        self.pauses.append(duration)
        self.now += duration


def answering(*answers: Answer) -> Callable[[], Answer]:
    """Return a question that is answered so, the last answer for ever."""
    left = list(answers)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def test_a_ready_answer_ends_the_wait_at_once() -> None:
    """Without a pause."""
    clock = MovedClock()

    waited = wait_until(answering(Answer.ready("up")), timeout=30, clock=clock)

    assert (waited.is_ready, waited.is_never, waited.attempts, waited.elapsed) == (True, False, 1, 0)
    assert clock.pauses == []


def test_what_never_will_be_ends_the_wait_at_once() -> None:
    """Asking again is useless."""
    clock = MovedClock()

    waited = wait_until(answering(Answer.not_yet("booting"), Answer.never("ended")), timeout=30, clock=clock)

    assert (waited.is_ready, waited.is_never, waited.attempts) == (False, True, 2)
    assert len(clock.pauses) == 1


def test_the_last_question_is_asked_at_the_deadline() -> None:
    """The last pause is cut so that it does not pass it."""
    clock = MovedClock()

    waited = wait_until(answering(Answer.not_yet("booting")), timeout=3, clock=clock)

    assert waited.elapsed == pytest.approx(3)
    assert sum(clock.pauses) == pytest.approx(3)
    assert not waited.is_ready


def test_pauses_grow_to_a_quarter_of_a_second() -> None:
    """What is ready soon is seen soon, and what takes long is not asked too often."""
    clock = MovedClock()

    wait_until(answering(Answer.not_yet("booting")), timeout=10, clock=clock)

    assert clock.pauses[0] == pytest.approx(0.01)
    assert clock.pauses[:-1] == sorted(clock.pauses[:-1])
    assert max(clock.pauses) == pytest.approx(0.25)


def test_the_time_of_the_questions_counts() -> None:
    """A question that takes longer than the timeout is the only one."""
    clock = MovedClock()

    def slow() -> Answer:
        clock.now += 5
        return Answer.not_yet("no answer within 5 s")

    waited = wait_until(slow, timeout=3, clock=clock)

    assert (waited.attempts, waited.elapsed, clock.pauses) == (1, 5, [])


@pytest.mark.parametrize("timeout", [0, -1])
def test_it_is_asked_once_whatever_the_timeout(timeout: float) -> None:
    """A timeout of nothing is no reason not to look."""
    assert wait_until(answering(Answer.ready()), timeout=timeout, clock=MovedClock()).is_ready
    assert wait_until(answering(Answer.not_yet("")), timeout=timeout, clock=MovedClock()).attempts == 1


def test_an_error_of_a_question_ends_the_wait() -> None:
    """It is not taken for an answer."""

    def broken() -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        wait_until(broken, timeout=30, clock=MovedClock())


def test_only_changes_of_the_answer_are_kept() -> None:
    """With the time at which each was first seen."""
    answers = [Answer.not_yet(text) for text in ("refused", "refused", "503", "503", "500")]

    waited = wait_until(answering(*answers), timeout=0.4, clock=MovedClock())

    assert [text for _, text in waited.history] == ["refused", "503", "500"]


def test_what_was_seen_is_told_newest_first() -> None:
    """Then at most five answers before it, in their order."""
    history = [(0.5 * number, f"answer {number}") for number in range(8)]

    told = Waited(Answer.not_yet("answer 7"), elapsed=3.6, attempts=20, history=history).seen()

    assert told == (
        "answer 7 (20 attempts in 3.6 s)\n"
        "before that after 1 s: answer 2; after 1.5 s: answer 3; after 2 s: answer 4; after 2.5 s: answer 5; "
        "after 3 s: answer 6"
    )


def test_one_answer_is_told_alone() -> None:
    """There was nothing before it."""
    waited = wait_until(answering(Answer.not_yet("refused")), timeout=0, clock=MovedClock())

    assert waited.seen() == "refused (1 attempt in 0 ms)"
