"""What services have printed, for who looks from outside."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

from fixtures.commands import Shell

Golden = Callable[[str, str], None]
TALKS = """\
environment: talking
services:
  speaker:
    type: process
    command: [python, -u, -c, "%s"]
    environment: {API_KEY: k-29f1b7c3}
    ready: {log: hunter2}
"""


def talking(shell: Shell) -> Path:
    """Write an environment whose service prints a secret, and return its file."""
    program = (
        "import os; print('ready,', os.environ['API_KEY']); print('password=hunter2'); import signal; signal.pause()"
    )
    file = shell.folder / "talking.yaml"
    file.write_text(TALKS % program, encoding="utf-8")
    return file


def test_secrets_are_masked(shell: Shell) -> None:
    """Those that look like one, and those that the service was given under a name that says so."""
    shell.rfintegration("up", str(talking(shell)))
    done = shell.rfintegration("logs", "speaker")
    status = shell.rfintegration("status", "--json")

    assert "k-29f1b7c3" not in status.stdout
    assert done.stdout == "ready, ***\npassword=***\n"


def test_what_is_printed_from_now_on_is_followed(shell: Shell) -> None:
    """Until Ctrl-C, which is no failure."""
    shell.rfintegration("up", "environment.yaml")
    follow = shell.start("IntegrationLibrary", "logs", "-f", "--worker", "1", "catalogue")
    assert follow.stdout is not None
    first = follow.stdout.readline()
    shell.rfintegration("status")  # asks the catalogue, which prints that
    asked = [follow.stdout.readline() for _ in range(2)]
    follow.send_signal(signal.SIGINT)
    done = shell.finish(follow)

    assert first.startswith("Serving HTTP on 127.0.0.1")
    assert all('"GET / HTTP/1.1" 200' in line for line in asked)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_service_that_is_not_there_is_told(shell: Shell, golden: Golden) -> None:
    """With those that are, and what to do when none is."""
    nothing = shell.rfintegration("logs", "catalogue")
    shell.rfintegration("up", str(talking(shell)))
    other, worker = shell.rfintegration("logs", "speeker"), shell.rfintegration("logs", "--worker", "7", "speaker")

    assert {each.returncode for each in (nothing, other, worker)} == {1}
    texts = [each.stderr.rstrip() for each in (nothing, other, worker)]
    golden("commands/logs_of_no_service", "\n\n".join(texts))


def test_a_service_of_two_environments_is_asked_for_by_file(shell: Shell, golden: Golden) -> None:
    """The text names the option."""
    file = talking(shell)
    second = shell.folder / "second.yaml"
    second.write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    for each in (file, second):
        shell.rfintegration("up", str(each))
    both = shell.rfintegration("logs", "speaker")
    one = shell.rfintegration("logs", "--environment", "second.yaml", "speaker")

    assert one.stdout == "ready, ***\npassword=***\n"
    golden("commands/logs_of_two_services", both.stderr.rstrip().replace(str(shell.folder), "/project"))
