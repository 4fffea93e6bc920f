"""Where an embedded server has its data: in memory while there is plenty, else on the disk."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.logs import tail
from IntegrationLibrary.base.memory import ROOM_IN_MEMORY, MemoryFolder, folder_in_memory, free_memory_bytes
from IntegrationLibrary.databases.embedded import remove_data
from IntegrationLibrary.databases.shared_memory import SHARED_MEMORY
from IntegrationLibrary.services.service import Place

_log = logging.getLogger(__name__)

_CLONES = 8
_FULL = "No space left on device"  # strerror(3) of ENOSPC, which the words of every program end with
_SETTINGS_IN_MEMORY = {"max_wal_size": "'512MB'"}  # of the room; a checkpoint costs little there


class Storage:
    """The place of one server's data folder."""

    def __init__(self, place: Place, storage: str) -> None:
        self._place = place
        self._may_be_in_memory = storage == "auto"
        self._memory: MemoryFolder | None = None

    @property
    def data(self) -> Path:
        """The data folder."""
        return (self._memory.path if self._memory else self._place.folder) / "data"

    @property
    def settings(self) -> dict[str, str]:
        """PostgreSQL's settings that fit the place."""
        return _SETTINGS_IN_MEMORY if self._memory else {}

    def choose(self, size: int) -> None:
        """Take the place for templates of *size* bytes, and write it into the ledger."""
        folder = folder_in_memory() if self._may_be_in_memory and self._memory is None else None
        if folder is not None and free_memory_bytes() >= ROOM_IN_MEMORY + _CLONES * size:
            self._place.record("folder", {"path": str(folder)})
            self._memory = MemoryFolder(folder)
        self._place.record(SHARED_MEMORY, {"data": str(self.data)})

    def remove(self) -> None:
        """Remove the data; the server has ended. Idempotent."""
        remove_data(self.data)
        if self._memory is not None:
            self._memory.remove()
            self._memory = None

    def leave_memory(self) -> None:
        """Remove the data, and have the next on the disk."""
        self.remove()
        self._may_be_in_memory = False
        _log.warning("The data of service '%s' does not fit into memory: it is on the disk.", self._place.service)

    def is_full(self, words: str) -> bool:
        """Return whether the data has outgrown memory, as these words or the server's own say."""
        return self._memory is not None and _FULL in "\n".join([words, *tail(self._place.log).lines])

    @contextlib.contextmanager
    def told_when_full(self) -> Iterator[None]:
        """Say what to do when what is done in the block fails because the data has outgrown memory."""
        try:
            yield
        except (IntegrationError, OSError) as error:
            if not self.is_full(str(error)):
                raise
            service = self._place.service
            raise EnvironmentFailure(
                f"The databases of service '{service}' have outgrown memory.",
                seen=str(error),
                next_step=f"add the key 'storage: disk' to service '{service}'",
            ) from error
