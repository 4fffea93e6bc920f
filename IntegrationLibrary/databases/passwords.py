"""The superuser's password of an embedded server: random, made with the data folder, kept in it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from IntegrationLibrary.base.paths import private

_NAME = "integration_library.password"


def new_password(file: Path, user: int | None) -> Path:
    """Write a new password into a file that only the server's user can read; initdb reads it from there."""
    file.unlink(missing_ok=True)
    with open(file, "w", encoding="utf-8", opener=private) as written:
        written.write(secrets.token_urlsafe(24))
    if user is not None:
        os.chown(file, user, -1)
    return file


def keep_password(file: Path, data: Path) -> None:
    """Move the password into the data folder, so that copies of it have it too."""
    file.replace(data / _NAME)


def close_password(data: Path) -> None:
    """Let only its owner read the password of a copy: copying a file does not copy who may read it."""
    file = data / _NAME
    if file.exists():
        file.chmod(0o600)


def read_password(data: Path) -> str:
    """Return the password of the server on this data folder."""
    return (data / _NAME).read_text(encoding="utf-8")
