"""Drives published applications through their own APIs, round after round, and compares each with the first."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path
from robot.api import ExecutionResult

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent
sys.path[:0] = [str(ROOT / "tests")]

from benchmarks.figures import Figure  # noqa: E402 the path comes first

_STEP = re.compile(r"database \w+: (?P<step>[a-z ]+) in (?P<time>[\d.]+) (?P<unit>ms|s)\b")


@dataclass(frozen=True)
class Application:
    """One application; *chance* are the fields of its answers that come from a clock, or are drawn anew."""

    name: str
    chance: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where its requirements, its environment and its suite are."""
        return FOLDER / self.name


APPLICATIONS = (
    Application("pretix", ("secret", "token", "url", "payment_url", "pseudonymization_id")),
    Application("superset", ("access_token", "uuid", "cancel_query", "last_modified_time", "startDttm", "endDttm")),
)


def installed(application: Application) -> Path:
    """Return the folder of the application's virtual environment; it is made once for each set of requirements."""
    requirements = application.folder / "requirements.txt"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    folder = user_cache_path("integrationlibrary") / "applications" / f"{application.name}-{digest}"
    stamp = folder / "installed"
    if not stamp.exists():
        venv.create(folder, clear=True, with_pip=True)
        (folder / "data").mkdir()
        pip = [str(_programs(folder) / "python"), "-m", "pip", "install", "-qq", "-r", str(requirements)]
        subprocess.run(pip, check=True)
        stamp.touch()
    return folder


def _programs(folder: Path) -> Path:
    return folder / ("Scripts" if os.name == "nt" else "bin")


def driven(application: Application, rounds: int) -> dict[str, Any]:
    """Run the application's suite *rounds* times in one run, and return what was found."""
    folder = installed(application)
    results = ROOT / "results" / "applications" / application.name
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    listener = ";".join([str(FOLDER / "Rounds.py"), str(results / "rounds.json"), *application.chance])
    suite = next(application.folder.glob("*.robot"))
    command = [sys.executable, "-m", "robot", "--pythonpath", str(ROOT / "tests"), "--listener", listener]
    done = subprocess.run(
        [*command, "--outputdir", str(results), *[str(suite)] * rounds],
        env={
            **os.environ,
            "APPLICATION_BIN": str(_programs(folder)),
            "APPLICATION_DATA": str(folder / "data"),
            "APPLICATION_FOLDER": str(application.folder),
        },
        check=False,
    )
    found = json.loads((results / "rounds.json").read_text(encoding="utf-8"))
    return found | {"failed": done.returncode, "rollbacks": list(_rollbacks(results / "output.xml"))}


def _rollbacks(output: Path) -> Iterator[tuple[str, float]]:
    """Yield the step of each rollback, and its milliseconds."""
    for test in ExecutionResult(output).suite.all_tests:
        for item in test.body:
            told = _STEP.search(getattr(item, "message", None) or "")
            if told:
                yield told["step"], float(told["time"]) * (1 if told["unit"] == "ms" else 1000)


def report(application: Application, found: dict[str, Any]) -> str:
    """Return what was found, in words."""
    if not found["rollbacks"]:
        return f"{application.name}: nothing was rolled back; the log above says why"
    figure = Figure("rollback", milliseconds=[time for _, time in found["rollbacks"]])
    steps = ", ".join(f"{count} {step}" for step, count in Counter(step for step, _ in found["rollbacks"]).items())
    return "\n".join(
        [
            f"{application.name}: {found['tables']} tables, {found['rows']} rows, {found['sequences']} sequences",
            f"  {found['tests']} tests with {found['requests']} requests",
            f"  {sum(found['touched'].values())} rows written in {len(found['touched'])} tables",
            f"  rollbacks: {steps}; p50 {figure.p50:.1f} ms, p95 {figure.p95:.1f} ms",
            f"  the whole database was compared {found['looks']} times, every answer with that of the first round",
            f"  differences: {len(found['differences'])}",
            *(f"    {difference}" for difference in found["differences"][:20]),
        ]
    )


def main() -> int:
    """Drive the applications that are named, or all; the exit code tells whether all was as it was."""
    names = [application.name for application in APPLICATIONS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of {', '.join(names)}; all of them by default")
    parser.add_argument("--rounds", type=int, default=5, help="how often each suite runs")
    options = parser.parse_args()
    is_bad = False
    for application in APPLICATIONS:
        if application.name in (options.names or names):
            found = driven(application, options.rounds)
            print(report(application, found))  # noqa: T201 a command's own output
            is_bad |= bool(found["failed"] or found["differences"] or not found["rollbacks"])
    return int(is_bad)


if __name__ == "__main__":
    sys.exit(main())
