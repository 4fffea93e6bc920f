"""Values as PostgreSQL reads them: every value goes as text, and the column's type decides what it means."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from IntegrationLibrary.databases.catalog import Column

JSON_TYPES = frozenset({"json", "jsonb"})


def stored_text(column: Column, value: Any) -> str | None:
    """Return the text of a value as PostgreSQL reads it for the column's type; None is NULL."""
    if isinstance(value, list | tuple) and column.type.endswith("[]"):
        return _array(value)
    return _text(value, is_json=column.type in JSON_TYPES)


def _text(value: Any, *, is_json: bool = False) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Mapping | list | tuple) or (is_json and isinstance(value, bool | int | float)):
        return json.dumps(value, default=_json_item, ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    return value.isoformat() if isinstance(value, date | datetime | time) else str(value)


def _json_item(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else _text(value)


def _array(values: Sequence[Any]) -> str:
    """Return an array as PostgreSQL reads it (manual, section 8.15.2): every value quoted, NULL not."""
    return "{" + ",".join(map(_array_item, values)) + "}"


def _array_item(value: Any) -> str:
    if isinstance(value, list | tuple):
        return _array(value)
    text = _text(value)
    if text is None:
        return "NULL"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
