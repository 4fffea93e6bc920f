"""Keywords that start environments and tell what is in them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from robot.api.deco import keyword
from robot.libraries.BuiltIn import BuiltIn

from IntegrationLibrary.base.errors import EnvironmentFailure, IntegrationError
from IntegrationLibrary.base.processes import ProcessIdentity, runs_python
from IntegrationLibrary.base.text import did_you_mean, listed
from IntegrationLibrary.keywords.files import found
from IntegrationLibrary.keywords.neighbours import Neighbours
from IntegrationLibrary.session import Session


class EnvironmentKeywords:
    """Starts environments and tells where their services are."""

    def __init__(self, session: Session, neighbours: Neighbours) -> None:
        self._session = session
        self._neighbours = neighbours

    @keyword(tags=("Environment", "Action"))
    def start_environment(self, file: Path, **run: str) -> dict[str, Any]:
        """Starts the services of an environment file, or attaches to them when they run already.

        Returns when every service is ready. Under pabot the first worker starts the environment and all others attach
        to it, each with its own databases and services. Everything is stopped when the run ends, however it ends.

        Args:
            file: Path of the environment file, relative to the suite's folder or to where the run was started.
            run: How a service is run instead of what the file says, such as `postgres=external`.

        Returns:
            A dictionary from service name to the service's fields, such as `${services}[shop][url]`.

        Raises:
            EnvironmentFailure: The file is wrong, or a service does not become ready; the text says which and why.

        ```robotframework
        *** Test Cases ***
        The Shop And Its Payment Provider Are There
            ${services} =    Start Environment    resources/environments/shop.yaml
            Should Start With    ${services}[shop][url]    http://127.0.0.1:
            Should Contain    ${services}    payments
        ```
        """
        told = self._session.start_environment(found(file, EnvironmentFailure), run, _root())
        self._neighbours.introduce()
        return {name: dict(service["fields"]) for name, service in told["services"].items()}

    @keyword(tags=("Environment", "Read"))
    def get_service_url(self, service: str) -> str:
        """Returns the HTTP URL of a service.

        Args:
            service: Name of the service in the environment file.

        Returns:
            The URL without a slash at its end.

        Raises:
            IntegrationError: There is no such service, or it has no URL.

        ```robotframework
        *** Test Cases ***
        Another HTTP Client Finds The Shop
            ${url} =    Get Service Url    shop
            Create Session    mobile app    ${url}    headers=${{ {"User-Agent": "mobile app"} }}
            GET On Session    mobile app    /products    expected_status=200
        ```
        """
        return str(self.get_service_field(service, "url"))

    @keyword(tags=("Environment", "Read"))
    def get_service_field(self, service: str, field: str) -> str:
        """Returns what `${service.field}` stands for in the environment file, for this worker.

        Args:
            service: Name of the service in the environment file.
            field: Name of the field, such as `port` or `shop.url` of a postgres service with a database `shop`.

        Returns:
            The value as text.

        Raises:
            IntegrationError: There is no such service or field.

        ```robotframework
        *** Test Cases ***
        The Database Can Be Opened By Other Programs
            ${port} =    Get Service Field    postgres    port
            ${url} =    Get Service Field    postgres    shop.url
            Should Start With    ${url}    postgresql://
            Should Contain    ${url}    :${port}/
        ```
        """
        fields = self._session.service(service).fields
        if field in fields:
            return fields[field]
        raise IntegrationError(
            f"Service '{service}' has no field '{field}'.",
            expected=f"one of {listed(fields)}" if fields else "a field; this service has none",
            next_step=did_you_mean(field, fields) or None,
        )


def _root() -> ProcessIdentity:
    """Return the process whose end is the end of the run: `rfintegration run`, every worker's pabot, or this one.

    A worker whose pabot was killed meanwhile has another parent, which may live for ever.
    """
    from IntegrationLibrary.supervisor.runs import told_root

    told = told_root()
    if told is not None:
        return told
    under_pabot = BuiltIn().get_variable_value("${CALLER_ID}") is not None
    return ProcessIdentity.of(os.getppid() if under_pabot and runs_python(os.getppid()) else os.getpid())
