"""Service type `external`: something that runs already."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from IntegrationLibrary.base.waiting import Answer
from IntegrationLibrary.probes.probe import AllOf, Target, make_probe
from IntegrationLibrary.services.service import Place, Scope, Service, ServiceSpec

_DEFAULT_PORTS = {"http": 80, "https": 443}


class ExternalSpec(ServiceSpec):
    """The keys of a service of type `external`."""

    url: str
    """Where it answers, such as `https://staging.example.com/api`."""
    ready: dict[str, Any] = Field(default_factory=dict)
    """The probe that tells whether it is ready; without one it is taken to be."""

    @model_validator(mode="after")
    def _is_plain_behind_a_proxy(self) -> ExternalSpec:
        if self.faults and self.url.startswith("https:"):
            raise ValueError("'faults' with http only: over https the certificate would not be that of the proxy")
        return self

    @field_validator("url")
    @classmethod
    def _has_a_host(cls, url: str) -> str:
        if "${" not in url and not urlsplit(url).hostname:
            raise ValueError("a URL with a scheme and a host, such as https://staging.example.com")
        return url


class ExternalService(Service[ExternalSpec]):
    """A service that runs elsewhere and is used as it is: it is neither started nor stopped, only waited for.

    All workers share it, so what tests do to it is not undone.
    """

    name = "external"
    spec_class: ClassVar[type[ServiceSpec]] = ExternalSpec
    default_scope: ClassVar[Scope] = "run"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._probe: AllOf | None = None

    @classmethod
    def fields(cls, spec: ExternalSpec, scope: Scope) -> dict[str, Scope]:
        """An external service has the parts of its URL."""
        del spec
        return {"host": scope, "port": scope, "url": scope}

    def allocate(self, spec: ExternalSpec) -> dict[str, str]:
        """Take the URL apart."""
        host, port = _host_and_port(spec.url)
        return {"url": spec.url, "host": host, "port": str(port or "")}

    def start(self, spec: ExternalSpec) -> None:
        """Make the probe; the service itself runs already."""
        host, port = _host_and_port(spec.url)
        target = Target(host=host, port=port, url=spec.url, log=self.place.log, exit_code=None, database_url=None)
        self._probe = make_probe(spec.ready, target) if spec.ready else None

    def ask(self) -> Answer:
        """Ask the probe."""
        return self._probe.ask() if self._probe else Answer.ready("taken to be ready: it has no probe")

    def expects(self) -> str:
        """Return what readiness means."""
        return self._probe.expects() if self._probe else super().expects()

    def stop(self) -> None:
        """Leave it as it is."""


def _host_and_port(url: str) -> tuple[str, int | None]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme)
