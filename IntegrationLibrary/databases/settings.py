"""PostgreSQL's settings of servers that live for one run, as in postgresql.conf."""

from __future__ import annotations

from collections.abc import Mapping

# The data is worth nothing after the run, and every write is waited for by a test: nothing is forced to the disk.
FOR_TESTS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",  # no replica ever reads the log
    "max_wal_senders": "0",
    "max_wal_size": "'2GB'",  # checkpoints cost time in the middle of a test
    "checkpoint_timeout": "'1h'",
    "max_connections": "200",  # a pool of connections for each worker's services
    "max_prepared_transactions": "20",  # services with two-phase commits
    "shared_buffers": "'128MB'",
    "jit": "off",  # compiling costs more than it saves on a test's few rows
    "dynamic_shared_memory_type": "'mmap'",  # files in the data folder, gone with it also after a kill
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] %u@%d %a: '",
}


def as_arguments(settings: Mapping[str, str]) -> list[str]:
    """Return the settings as arguments of the server's program, which takes values without quotes."""
    return [word for name, value in settings.items() for word in ("-c", f"{name}={_unquoted(value)}")]


def _unquoted(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] == "'"
    return value[1:-1].replace("''", "'") if is_quoted else value
