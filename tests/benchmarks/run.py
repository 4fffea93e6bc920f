"""Runs all benchmarks: one table on the console, and all figures in results/benchmarks.json."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT / "tests")]

from benchmarks.figures import Figure, on_one_processor, table, write_json  # noqa: E402 the path comes first
from benchmarks.isolation import isolation_figures, journal_figures  # noqa: E402
from benchmarks.starts import (  # noqa: E402
    attach_figures,
    cold_figures,
    import_figures,
    kept_figures,
    request_figures,
    start_figures,
    suite_figures,
)
from fixtures.postgres import running_server  # noqa: E402

from IntegrationLibrary.base.paths import is_root, runs_folder  # noqa: E402
from IntegrationLibrary.base.processes import Spawner  # noqa: E402


def figures() -> Iterator[Figure]:
    """Yield every figure; those of whole processes first, while nothing else runs."""
    yield from import_figures()
    yield from start_figures()
    yield from cold_figures()
    yield from attach_figures()
    yield from kept_figures()
    yield from suite_figures()
    yield from request_figures()
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=runs_folder()))
    folder.chmod(0o711 if is_root() else 0o700)
    try:
        with running_server(folder, Spawner()) as server:
            yield from isolation_figures(server)
        with on_one_processor(), running_server(folder, Spawner()) as server:
            yield from journal_figures(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Take the figures, tell of each that it is done, then print the table."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # users' imports are compiled once, not each time
    taken: list[Figure] = []
    for figure in figures():
        taken.append(figure)
        print(f"{figure.name}: {figure.p50:.2f} ms", file=sys.stderr)  # noqa: T201 a command's own output
    write_json(taken, ROOT / "results" / "benchmarks.json")
    print(table(taken))  # noqa: T201


if __name__ == "__main__":
    main()
