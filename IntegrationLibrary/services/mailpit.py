"""Service type `mailpit`: Mailpit, which takes all mail and sends none, in a container."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from IntegrationLibrary.services.container import ContainerService
from IntegrationLibrary.services.container_spec import ContainerSpec, Port
from IntegrationLibrary.services.service import ServiceSpec


class MailpitSpec(ContainerSpec):
    """The keys of a service of type `mailpit`."""

    image: str | None = "axllent/mailpit:v1.31"
    port: Port | None = 8025
    ports: dict[str, Port] = Field(default={"smtp": 1025})
    urls: dict[str, str] = Field(default={"smtp": "smtp://{host}:{port}"})
    environment: dict[str, str | int | float] = Field(
        default={
            "MP_SMTP_AUTH_ACCEPT_ANY": "true",
            "MP_SMTP_AUTH_ALLOW_INSECURE": "true",
            "MP_SMTP_DISABLE_RDNS": "true",  # nobody who asks who a container is gets an answer soon
        }
    )
    ready: dict[str, Any] = Field(default={"http": "/readyz"})


class MailpitService(ContainerService):
    """Mailpit, which keeps all mail that it is sent, in a container: `mail: {type: mailpit}`.

    Services send to `${mail.smtp.host}` and `${mail.smtp.port}`, with any user and password or none. Tests ask for what
    has come: `GET On Session    mail    /api/v1/messages`; people look at `${mail.url}`.
    """

    name = "mailpit"
    spec_class: ClassVar[type[ServiceSpec]] = MailpitSpec
