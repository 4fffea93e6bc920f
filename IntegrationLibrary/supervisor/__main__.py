"""The supervisor process: python -m IntegrationLibrary.supervisor FOLDER [ROOT_PID ROOT_CREATED]."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import sys
import threading
from pathlib import Path

from filelock import FileLock

from IntegrationLibrary.base.endings import wait_for_end
from IntegrationLibrary.base.processes import ProcessIdentity
from IntegrationLibrary.base.redaction import mask_text
from IntegrationLibrary.supervisor.ledger import Ledger
from IntegrationLibrary.supervisor.log_sizes import LogSizes
from IntegrationLibrary.supervisor.runs import Control, RunFolder
from IntegrationLibrary.supervisor.server import ControlServer, Supervisor
from IntegrationLibrary.supervisor.sweep import empty_run, remove_run, sweep

_log = logging.getLogger(__name__)

_LONGEST_SWEEP = 10.0
"""Seconds for which a run that ends waits for the end of its sweep: engines of dead runs may not answer."""


class MaskingFormatter(logging.Formatter):
    """Masks secrets in what the supervisor logs, and in the tracebacks of its errors."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the whole entry."""
        return mask_text(super().format(record))


def main(folder: str, *root_identity: str) -> None:
    """Serve the run until its root process ends, then leave nothing behind; without a root, until it is told to end."""
    handler = logging.StreamHandler()
    handler.setFormatter(MaskingFormatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    umask = os.umask(0o077)  # what this process makes is for its user only; services get the umask of the run
    run = RunFolder(Path(folder))
    root = ProcessIdentity(int(root_identity[0]), float(root_identity[1])) if root_identity else None
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    empty_run(run)  # by a supervisor of this run that was killed
    supervisor = Supervisor(run.path, root, ledger=Ledger(run.ledger), ending=ending, umask=umask)
    server = ControlServer(supervisor, secrets.token_urlsafe(32))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    if root is not None:
        threading.Thread(target=_watch, args=(root, ending), daemon=True).start()
    threading.Thread(target=LogSizes(run.path).watch, args=(ending,), daemon=True).start()
    own = ProcessIdentity.of(os.getpid())
    run.write_control(Control(server.server_address[1], server.key, own))
    sweeping = threading.Thread(target=_sweep_others, args=(run,), daemon=True)
    sweeping.start()
    ending.wait()
    sweeping.join(_LONGEST_SWEEP)  # what it does not come to is left to the next start
    server.shutdown()
    server.server_close()  # who asks now is refused at once, and does not wait for an answer
    if root is not None and not root.is_alive():
        supervisor.end_workers()
    try:
        supervisor.stop()
    except Exception:  # noqa: BLE001 the sweep of this very run removes what is left
        _log.exception("Not everything could be stopped.")
    _remove(run, own)
    logging.shutdown()
    os._exit(0)  # a thread that waits for whatever keeps nobody


def _sweep_others(run: RunFolder) -> None:
    try:
        sweep(keep=run)
    except Exception:  # noqa: BLE001 this run is served all the same
        _log.exception("What dead runs left could not all be removed.")


def _remove(run: RunFolder, own: ProcessIdentity) -> None:
    """Remove the run, unless its workers have found this supervisor gone already and started another."""
    with FileLock(run.lock, mode=0o600):
        control = run.read_control()
        if control is not None and control.supervisor == own:
            remove_run(run)


def _watch(root: ProcessIdentity, ending: threading.Event) -> None:
    """Set *ending* when the run's root process ends, however it does."""
    wait_for_end(root)
    ending.set()


if __name__ == "__main__":
    main(*sys.argv[1:])
