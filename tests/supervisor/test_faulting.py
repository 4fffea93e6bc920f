"""Services that a test has stopped, killed or paused, and what brings them back."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest
from fixtures.golden import steady

from IntegrationLibrary import window
from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.keywords.services import ServiceKeywords
from IntegrationLibrary.session import Session
from IntegrationLibrary.window import Ending

ENVIRONMENT = """\
environment: library
services:
  payments: {type: mock, rules: rules.yaml}
  staging: {type: external, scope: worker, url: "http://127.0.0.1:9"}
  catalogue:
    type: process
    command: [python, serve.py, "${catalogue.port}"]
    ready: {http: /}
    timeout: 20
"""
SERVE = """\
import os, pathlib, signal, sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
if pathlib.Path("broken").exists():
    sys.exit("no licence any more")
child = os.fork() or signal.pause()
pathlib.Path("pids").write_text(f"{os.getpid()} {child}")
SimpleHTTPRequestHandler.log_message = lambda *_: None
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), SimpleHTTPRequestHandler).serve_forever()
"""


@dataclass(frozen=True)
class Library:
    """An environment in a folder, with the session that is attached to it and the process that stands for its run."""

    folder: Path
    root: subprocess.Popen[bytes]
    session: Session

    def attach(self) -> None:
        """Attach to the environment."""
        self.session.start_environment(self.folder / "environment.yaml", {}, ProcessIdentity.of(self.root.pid))


@contextmanager
def a_library(folder: Path) -> Iterator[Library]:
    """Start the environment; it ends with the block."""
    (folder / "environment.yaml").write_text(ENVIRONMENT, encoding="utf-8")
    (folder / "serve.py").write_text(SERVE, encoding="utf-8")
    (folder / "rules.yaml").write_text("rules: [{request: {path: /}, response: {status: 200}}]", encoding="utf-8")
    with subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) as root:
        library = Library(folder, root, Session())
        try:
            library.attach()
            yield library
        finally:
            library.session.close()
            root.kill()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The library of all tests that bring it back to how it was."""
    with a_library(tmp_path_factory.mktemp("library")) as opened:
        yield opened


@pytest.fixture
def own_library(tmp_path: Path) -> Iterator[Library]:
    """A library of the test's own."""
    with a_library(tmp_path) as opened:
        yield opened


@pytest.fixture
def session(library: Library) -> Session:
    """The session of the library."""
    return library.session


def status(session: Session, service: str = "catalogue", *, patience: float = 10) -> int:
    """Ask a service."""
    with urlopen(session.service(service).fields["url"], timeout=patience) as answer:  # noqa: S310 its own server
        return int(answer.status)


def family(library: Library) -> list[psutil.Process]:
    """Return the catalogue's processes."""
    return [psutil.Process(int(pid)) for pid in (library.folder / "pids").read_text(encoding="utf-8").split()]


def during(session: Session, *keywords: Callable[[ServiceKeywords], None]) -> Ending:
    """Return how a test ends that uses these keywords."""
    test = window.TestWindow(session, "Test")
    for keyword in keywords:
        keyword(ServiceKeywords(session))
    return test.end("FAIL")


@pytest.mark.parametrize("keyword", ["stop_service", "kill_service"])
def test_a_service_that_was_ended_is_back_after_the_test(keyword: str, library: Library, session: Session) -> None:
    """It and its child are gone; others at the same address come when the test ends, and nobody calls it a failure."""
    before = family(library)
    test = window.TestWindow(session, "Test")

    getattr(ServiceKeywords(session), keyword)("catalogue")

    assert not any(each.is_running() for each in before)
    with pytest.raises(OSError, match="refused"):
        status(session)
    ending = test.end("FAIL")
    assert (ending.gone, ending.error) == ((), None)
    assert status(session) == 200


def test_a_paused_service_goes_on_after_the_test(library: Library, session: Session) -> None:
    """It is the same one, and does not answer meanwhile; its child is held as well."""
    before = family(library)
    test = window.TestWindow(session, "Test")

    ServiceKeywords(session).pause_service("catalogue")

    assert [each.status() for each in before] == ["stopped", "stopped"]
    with pytest.raises(TimeoutError):
        status(session, patience=0.3)
    assert test.end("FAIL").error is None
    assert family(library) == before
    assert status(session) == 200
    assert "stopped" not in [each.status() for each in before]


def test_a_paused_service_can_be_stopped(library: Library, session: Session) -> None:
    """What is held cannot end: it is let go on first."""
    before = family(library)

    during(
        session,
        lambda keywords: keywords.pause_service("catalogue"),
        lambda keywords: keywords.stop_service("catalogue"),
    )

    assert family(library) != before
    assert status(session) == 200


def test_a_service_can_come_back_within_the_test(session: Session) -> None:
    """Start and restart wait until it is ready; starting one that runs does nothing, and so does letting it go on."""
    test, keywords = window.TestWindow(session, "Test"), ServiceKeywords(session)
    keywords.kill_service("catalogue")
    keywords.start_service("catalogue")
    assert status(session) == 200
    keywords.restart_service("catalogue")
    assert status(session) == 200
    keywords.start_service("catalogue")
    keywords.resume_service("catalogue")

    ending = test.end("FAIL")

    assert "service catalogue: killed, started, restarted, started, let go on" in ending.html


def test_what_was_done_and_undone_stands_in_the_evidence(session: Session, golden: Callable[[str, str], None]) -> None:
    """In one line: each service with what the test did to it, and how it came back."""
    ending = during(
        session,
        lambda keywords: keywords.pause_service("catalogue"),
        lambda keywords: keywords.stop_service("payments"),
    )
    line = ending.html.partition("Afterwards")[2].replace("><", ">\n<")

    golden("faults/afterwards", steady_time(line))


def steady_time(text: str) -> str:
    """Return the text without durations."""
    return re.sub(r"in [\d.]+ m?s", "in T", text)


def test_what_a_suite_has_stopped_stays_so_until_it_ends(session: Session) -> None:
    """A test that starts it has it for itself alone."""
    suite = session.enter("Suite")
    ServiceKeywords(session).stop_service("catalogue")
    during(session, lambda keywords: keywords.start_service("catalogue"))
    with pytest.raises(OSError, match="refused"):
        status(session)

    session.leave(suite)

    assert status(session) == 200


def test_what_a_suite_has_paused_stays_so_until_it_ends(library: Library, session: Session) -> None:
    """Whatever its tests do to it."""
    suite = session.enter("Suite")
    ServiceKeywords(session).pause_service("catalogue")
    during(session, lambda keywords: keywords.resume_service("catalogue"))
    during(session, lambda keywords: keywords.kill_service("catalogue"))
    assert family(library)[0].status() == "stopped"

    session.leave(suite)

    assert status(session) == 200


def test_a_stopped_mock_keeps_its_rules_and_hits(session: Session) -> None:
    """The evidence of the test is whole, and the next test begins as every other one."""
    test = window.TestWindow(session, "Test")
    assert status(session, "payments") == 200
    ServiceKeywords(session).stop_service("payments")
    with pytest.raises(OSError, match="refused"):
        status(session, "payments")

    ending = test.end("PASS")

    assert "1 mock hit" in ending.words
    assert status(session, "payments") == 200


def test_a_service_that_does_not_come_back_fails_the_test(
    own_library: Library, golden: Callable[[str, str], None]
) -> None:
    """As a failure of the environment; that it does not run is told with the failures of later tests."""
    session = own_library.session
    test = window.TestWindow(session, "Test")
    ServiceKeywords(session).kill_service("catalogue")
    (own_library.folder / "broken").touch()

    error = test.end("PASS").error

    assert isinstance(error, EnvironmentFailure)
    golden("faults/does_not_come_back", steady(str(error)))
    assert window.TestWindow(session, "Next").end("FAIL").gone == (
        "Service 'catalogue' does not run any more: the process ended with code 1.",
    )


def test_the_next_holder_of_the_slot_finds_everything_running(library: Library, session: Session) -> None:
    """A worker that is killed undoes nothing itself."""
    session.enter("Suite")
    keywords = ServiceKeywords(session)
    keywords.stop_service("payments")
    keywords.pause_service("catalogue")
    session.close()

    library.attach()

    assert (status(session), status(session, "payments")) == (200, 200)


def test_a_run_that_ends_ends_what_is_paused(own_library: Library) -> None:
    """Nothing is left of it."""
    before = family(own_library)
    own_library.session.enter("Suite")
    ServiceKeywords(own_library.session).pause_service("catalogue")

    own_library.root.kill()

    assert wait_until(lambda: _all_gone(before), timeout=10).is_ready


def _all_gone(processes: list[psutil.Process]) -> Answer:
    left = [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
    return Answer.not_yet(f"{left}") if left else Answer.ready()


REFUSED: dict[str, Callable[[ServiceKeywords], None]] = {
    "stop_of_an_external_service": lambda keywords: keywords.stop_service("staging"),
    "pause_of_a_mock": lambda keywords: keywords.pause_service("payments"),
    "kill_of_an_unknown_service": lambda keywords: keywords.kill_service("catalog"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_refused(
    case: str, library: Library, session: Session, golden: Callable[[str, str], None]
) -> None:
    """The test is wrong, not the environment: the text says why and what to do instead."""
    test = window.TestWindow(session, "Test")
    with pytest.raises(IntegrationError) as raised:
        REFUSED[case](ServiceKeywords(session))

    assert not isinstance(raised.value, EnvironmentFailure)
    golden(f"faults/{case}", str(raised.value).replace(f"{library.folder}/", ""))
    assert test.end("PASS").error is None


def test_a_paused_service_is_not_started_and_a_stopped_one_not_paused(
    session: Session, golden: Callable[[str, str], None]
) -> None:
    """What the test must do first is said."""
    test = window.TestWindow(session, "Test")
    keywords = ServiceKeywords(session)
    keywords.pause_service("catalogue")
    with pytest.raises(IntegrationError) as start:
        keywords.start_service("catalogue")
    keywords.stop_service("catalogue")
    with pytest.raises(IntegrationError) as pause:
        keywords.pause_service("catalogue")
    test.end("PASS")

    golden("faults/start_of_a_paused_service", str(start.value))
    golden("faults/pause_of_a_stopped_service", str(pause.value))
