"""Keys of YAML files, documented by the text under each in its class."""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from collections.abc import Iterator
from typing import Any


def describe_keys(schema: dict[str, Any], model: type[Any]) -> None:
    """Put the texts under the model's attributes into its JSON Schema, as pydantic's `json_schema_extra`.

    Pydantic can do this by itself, but then reads all sources whenever a model is made, and so at each start.
    """
    for base in reversed(model.__mro__):
        for name, text in _texts(base) if base.__module__.startswith("IntegrationLibrary") else ():
            if name in schema["properties"]:  # else it is an attribute of the class
                schema["properties"][name]["description"] = text


def _texts(model: type[Any]) -> Iterator[tuple[str, str]]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    for before, after in itertools.pairwise(body):
        if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name) and isinstance(after, ast.Expr):
            yield before.target.id, inspect.cleandoc(ast.literal_eval(after.value))
