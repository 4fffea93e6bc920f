"""Finds and reads seed files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from IntegrationLibrary.base.errors import ConfigurationError
from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.seeding.csv_file import read_csv
from IntegrationLibrary.seeding.seed import Seed
from IntegrationLibrary.seeding.sql_file import read_sql
from IntegrationLibrary.seeding.tables import read_json_tables, read_yaml_tables

_READERS: dict[str, Callable[[Path], Seed]] = {
    ".yaml": read_yaml_tables,
    ".yml": read_yaml_tables,
    ".json": read_json_tables,
    ".csv": read_csv,
    ".sql": read_sql,
}


def read_seed(path: Path) -> Seed:
    """Return what a seed file says; its ending tells how it is written.

    Raises:
        ConfigurationError: There is no such file, or it is not what its ending says.

    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise ConfigurationError(
            f"'{path.name}' is no seed file.", place=str(path), expected=f"a file that ends with {listed(_READERS)}"
        )
    try:
        return reader(path)
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"File '{path.name}' is not UTF-8.", place=str(path), seen=f"byte {error.start}: {error.reason}"
        ) from error


def seed_files(paths: Iterable[Path]) -> list[Path]:
    """Return the paths with each folder replaced by the seed files in it, in the order of their names.

    Raises:
        ConfigurationError: A path leads nowhere, or to a folder without seed files.

    """
    return [file for path in paths for file in _files_at(path)]


def seed_inputs(paths: Sequence[Path]) -> str:
    """Return the hash of the seed files: of their names, their contents and their order."""
    digest = hashlib.sha256()
    for file in seed_files(paths):
        content = file.read_bytes()
        digest.update(f"{file.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _files_at(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise ConfigurationError(
            f"There is no seed '{path.name}'.",
            place=str(path),
            hint=did_you_mean(path.name, (each.name for each in path.parent.glob("*"))),
        )
    files = sorted(each for each in path.iterdir() if each.suffix.lower() in _READERS)
    if not files:
        raise ConfigurationError(
            f"Folder '{path.name}' has no seed files.",
            place=str(path),
            expected=f"files that end with {listed(_READERS)}",
        )
    return files
