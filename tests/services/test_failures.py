"""What goes wrong at a start is told with its cause; nothing half-started is left, and the next good start works."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fixtures.golden import steady

from IntegrationLibrary.base.errors import EnvironmentFailure
from IntegrationLibrary.base.ports import LOOPBACK
from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.base.waiting import Answer, wait_until
from IntegrationLibrary.session import Session
from IntegrationLibrary.supervisor.runs import RunFolder
from IntegrationLibrary.supervisor.sweep import marked

Open = Callable[[str], Session]

GOOD = """
environment: good
services:
  web:
    type: process
    command: [python, -m, http.server, "${web.port}", --bind, 127.0.0.1]
    ready: {http: /}
"""


def process(code: str, *, ready: str = "{tcp: true}", more: str = "") -> str:
    """Return an environment with one service that runs this code."""
    indented = "\n".join(f"        {line}" for line in code.strip().splitlines())
    return (
        f"environment: broken\nservices:\n  shop:\n    type: process\n    ready: {ready}\n{more}"
        f"    command:\n      - python\n      - -u\n      - -c\n      - |\n{indented}\n      - ${{shop.port}}\n"
    )


def database(keys: str) -> str:
    """Return an environment with one database."""
    return f"environment: broken\nservices:\n  postgres:\n    type: postgres\n    databases:\n      shop: {{{keys}}}\n"


LISTEN = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(500)
        self.end_headers()
        self.wfile.write(b'no database')
    def log_message(self, *args):
        pass
print('serving')
http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
"""

TAKE_TWICE = """
import socket, sys
taken = socket.create_server(('127.0.0.1', int(sys.argv[1])))
taken.close()
print('binding port of the shop')
with socket.create_server(('127.0.0.1', 0)) as other:
    try:
        socket.create_server(other.getsockname())
    except OSError as error:
        sys.exit(error.strerror)
"""

PROCESSES = {
    "exits_at_start": process("print('no licence file')\nraise SystemExit(3)"),
    "is_killed_at_start": process("import os, signal\nprint('out of memory')\nos.kill(os.getpid(), signal.SIGKILL)"),
    "finds_its_port_taken": process(TAKE_TWICE),
    "is_never_ready": process(
        "import signal\nprint('waiting for postgresql://shop:geheim@db/shop')\nsignal.pause()",
        more="    timeout: 0.5\n",
    ),
    "says_nothing": process("import signal\nsignal.pause()", more="    timeout: 0.3\n"),
    "health_answers_500": process(LISTEN, ready="{http: /health}", more="    timeout: 3\n"),
    "job_fails": process("print('2 of 5 rows imported')\nraise SystemExit(1)", ready="{exit: 0}"),
    "leaves_a_child": process(
        "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
        "print('started a worker')\nraise SystemExit(1)"
    ),
    "command_that_does_not_exist": (
        "environment: broken\nservices:\n  shop:\n    type: process\n    command: [no-such-program, --serve]\n"
    ),
    "other_service_fails": (
        GOOD.replace("good", "broken") + "  shop:\n    type: process\n    depends_on: [web]\n"
        '    command: [python, -c, "raise SystemExit(1)"]\n    ready: {tcp: true}\n'
    ),
    "folder_that_goes_away": (
        "environment: broken\nservices:\n  shop:\n    type: process\n    command: [python]\n    folder: not-there\n"
    ),
}

FILES = {
    "migrations/1_orders.sql": "CREATE TABLE orders (\n  id int PRIMARY KEY,\n  sku text NOT NULL\n);\n",
    "broken/1_orders.sql": "CREATE TABLE orders (\n  id int PRIMARY KEY\n);\n\nALTER TABLE ordres ADD sku text;\n",
    "invalid.yaml": "orders:\n  - {id: 1, sku: TEA-01}\n  - {id: 1, sku: TEA-02}\n",
    "not_null.yaml": "orders:\n  - {id: 1, sku: TEA-01}\n  - {id: 2, sku: null}\n",
    "seed.yaml": "orders:\n  - {id: 1, sku: TEA-01}\n",
}

DATABASES = {
    "migration_that_fails": database("migrations: broken"),
    "migration_command_that_fails": database(
        "migrations: [python, -c, \"print('revision 7 is missing'); raise SystemExit(2)\"]"
    ),
    "migration_command_that_does_not_exist": database("migrations: [no-such-program, upgrade]"),
    "seed_with_a_key_twice": database("migrations: migrations, seeds: [invalid.yaml]"),
    "seed_without_a_value": database("migrations: migrations, seeds: [not_null.yaml]"),
    "setting_that_does_not_exist": database("{}").replace("shop: {{}}", "shop: {}\n    settings: {no_such_setting: 1}"),
}


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    """The files that environments in this folder name."""
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of these tests' own."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INTEGRATIONLIBRARY_CACHE", str(folder))
        yield folder


def what_runs(root: subprocess.Popen[bytes]) -> list[int]:
    """Return the processes of the run besides its supervisor."""
    run = RunFolder.of(ProcessIdentity.of(root.pid))
    control = run.read_control()
    assert control is not None
    return [each.pid for each in marked(run) if each.pid != control.supervisor.pid]


def is_gone(folder: Path) -> Answer:
    """Return ready when the folder is there no more."""
    return Answer.not_yet(str(folder)) if folder.exists() else Answer.ready()


@pytest.mark.parametrize("case", PROCESSES)
def test_a_process_that_cannot_start(
    case: str,
    open_environment: Open,
    run_root: subprocess.Popen[bytes],
    tmp_path: Path,
    golden: Callable[[str, str], None],
) -> None:
    """Its last words are told, none of its processes is left, and another environment starts."""
    with pytest.raises(EnvironmentFailure) as raised:
        open_environment(PROCESSES[case])

    assert what_runs(run_root) == []
    text = re.sub(r"\n +before that .*", "", steady(str(raised.value)))  # who was first depends on the machine
    golden(f"services/{case}", text.replace(f"{tmp_path}/", "").replace(str(tmp_path), "."))
    assert open_environment(GOOD).service("web").ask()[0].readiness.value == "ready"

    run = RunFolder.of(ProcessIdentity.of(run_root.pid))
    run_root.kill()
    run_root.wait()
    assert wait_until(lambda: is_gone(run.path), timeout=20).is_ready


@pytest.mark.parametrize("case", DATABASES)
def test_a_database_that_cannot_be_built(
    case: str,
    open_environment: Open,
    run_root: subprocess.Popen[bytes],
    tmp_path: Path,
    cache: Path,
    golden: Callable[[str, str], None],
) -> None:
    """File and line are told, no server and no half-built template is left, and the mended file starts."""
    with pytest.raises(EnvironmentFailure) as raised:
        open_environment(DATABASES[case])

    assert what_runs(run_root) == []
    assert [each.name for each in cache.glob("postgres/*/*") if "half" in each.name] == []
    assert [each for each in cache.glob("postgres/*/templates/*") if each.is_dir()] == []
    text = re.sub(r"[\d-]+ [\d:.]+ \w+ \[\d+\] |/[\w/.-]+/data/", "", steady(str(raised.value)))
    golden(f"services/{case}", text.replace(f"{tmp_path}/", "").replace(str(tmp_path), "."))


def test_the_mended_file_starts(open_environment: Open, cache: Path) -> None:
    """Also in the run in which it failed before."""
    with pytest.raises(EnvironmentFailure):
        open_environment(DATABASES["seed_with_a_key_twice"])

    session = open_environment(database("migrations: migrations, seeds: [seed.yaml]"))

    assert session.database("shop").database.value("SELECT sku FROM orders") == "TEA-01"
    assert len([each for each in cache.glob("postgres/*/templates/*") if each.is_dir()]) == 1


def test_a_place_that_is_taken_is_no_ready_service(open_environment: Open, golden: Callable[[str, str], None]) -> None:
    """Somebody else's answer would be taken for the service's."""
    with socket.create_server((LOOPBACK, 0)) as squatter:
        port = squatter.getsockname()[1]
        with pytest.raises(EnvironmentFailure) as raised:
            open_environment(process("import signal\nsignal.pause()", ready=f"{{tcp: {port}}}"))

    golden("services/place_is_taken", steady(str(raised.value)))


def test_a_start_that_failed_is_tried_again(open_environment: Open, tmp_path: Path) -> None:
    """The cause may be gone by then: here the program finds the file that it missed."""
    needs_file = process(
        "import http.server, pathlib, sys\npathlib.Path('licence').read_text()\n"
        "http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()",
        ready="{http: /}",
    )
    with pytest.raises(EnvironmentFailure, match="FileNotFoundError"):
        open_environment(needs_file)
    (tmp_path / "licence").write_text("", encoding="utf-8")

    assert open_environment(needs_file).service("shop").ask()[0].readiness.value == "ready"
