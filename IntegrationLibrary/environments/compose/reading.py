"""Reads the Compose file that an environment file names, if it names one."""

from __future__ import annotations

import json
from collections.abc import Mapping

from IntegrationLibrary.base.yaml_file import YamlFile
from IntegrationLibrary.environments.compose.composition import ComposeSpec, Composition


def compose(file: YamlFile, os_environment: Mapping[str, str]) -> Composition:
    """Return the services of the environment file, with those of the Compose file if it names one.

    Raises:
        ConfigurationError: The Compose file cannot be taken over as a whole.

    """
    named = file.data.get("compose")
    if named is None:
        return Composition(file, file.data["services"])
    from IntegrationLibrary.environments.compose.joining import join  # most environments do without

    keys = {"file": named} if isinstance(named, str) else named
    return join(file, ComposeSpec.model_validate_json(json.dumps(keys)), os_environment)
