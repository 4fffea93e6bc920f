"""A service of an environment becomes its type's spec when its references have values."""

from __future__ import annotations

from typing import Any

import pytest

from IntegrationLibrary.base.errors import ConfigurationError
from IntegrationLibrary.environments.model import ServiceEntry
from IntegrationLibrary.environments.references import resolve
from IntegrationLibrary.services.process import ProcessSpec


def _spec(fields: dict[str, str], **keys: Any) -> Any:
    raw = {"type": "process", "command": ["serve", "${shop.port}"], **keys}
    entry = ServiceEntry("shop", "process", "worker", depends_on=(), raw=raw, fields={}, place="shop.yaml:3")
    return entry.spec(resolve(raw, {"shop": fields}, {}))


def test_resolved_keys_become_the_spec() -> None:
    """The type's own class is what comes back, with values in place of references."""
    spec = _spec({"port": "8080"})

    assert spec == ProcessSpec(type="process", command=("serve", "8080"))


@pytest.mark.parametrize(("value", "number"), [("8", 8.0), ("2.5", 2.5), (" 1e3 ", 1000.0)])
def test_a_reference_becomes_a_number_where_one_is_wanted(value: str, number: float) -> None:
    """Fields are texts; a key that wants a number gets one."""
    assert _spec({"port": value}, timeout="${shop.port}").timeout == number


def test_a_reference_without_a_value_counts_as_one_where_a_number_is_wanted() -> None:
    """Before a service has its addresses its spec can be made already."""
    spec = _spec({}, timeout="${shop.port}")

    assert spec.timeout == 1
    assert spec.command == ("serve", "${shop.port}")


@pytest.mark.parametrize("value", ["soon", "[1]", '"5"', ""])
def test_a_reference_to_another_thing_than_a_number_is_refused_with_its_place(value: str) -> None:
    """The failure names the key and the reference, and not the value, which may be a secret."""
    with pytest.raises(ConfigurationError) as raised:
        _spec({"port": value}, timeout="${shop.port}")

    assert str(raised.value) == (
        "Environment: Key 'timeout' of service 'shop' has a wrong value.\n"
        "  Expected: a number (Seconds that the service may take until it is ready)\n"
        "  Seen:     what '${shop.port}' stands for\n"
        "  Next:     shop.yaml:3"
    )


def test_a_text_that_is_no_reference_is_never_a_number() -> None:
    """Only what came from a reference is read as a number."""
    with pytest.raises(ConfigurationError, match="'timeout' of service 'shop' has a wrong value"):
        _spec({}, timeout="5")
