"""A service of the kill matrix: it forgets its environment, announces itself and, at its moment, is not ready yet."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path


def main(name: str, *told: str) -> None:
    """Begin again without an environment, then wait at the moment of this name and be ready until the end."""
    if not told:
        folder = os.environ["KILL_FOLDER"] if os.environ.get("KILL_MOMENT") == name else ""
        arguments = [sys.executable, "-S", "-E", __file__, name, os.environ["KILL_TESTS"], folder]
        os.execve(sys.executable, arguments, {})  # noqa: S606 it is this very program
    tests, folder = told
    if folder:
        sys.path[:0] = [tests, str(Path(tests).parent)]
        from fixtures.moments import wait_at

        wait_at(name, Path(folder))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
