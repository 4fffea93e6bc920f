"""The introduction knows all that is registered, and is asked for by Libdoc only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fixtures.libdoc import library_documentation
from fixtures.runs import Project

from IntegrationLibrary.environments.loader import load_environment
from IntegrationLibrary.introduction import introduction
from IntegrationLibrary.isolation.strategy import ISOLATIONS
from IntegrationLibrary.mocks.rules import read_rules
from IntegrationLibrary.probes.probe import PROBES
from IntegrationLibrary.services.service import SERVICES

_SUITE = """\
*** Settings ***
Library    IntegrationLibrary

*** Test Cases ***
Nothing Heavy Is There
    ${there} =    Evaluate    'pydantic' in sys.modules    modules=sys
    Should Not Be True    ${there}
"""
_ENVIRONMENTS = Path(__file__).parents[2] / "resources" / "environments"
REGISTERED = [*SERVICES.names(), *PROBES.names(), *ISOLATIONS.names()]


@pytest.mark.parametrize("name", REGISTERED)
def test_everything_registered_has_a_row(name: str) -> None:
    """A new file of a registered class is documented by being there."""
    assert f"<td><code>{name}</code></td>" in library_documentation()["doc"]


def test_every_key_is_described() -> None:
    """A key without a description would be an empty cell."""
    assert "<td></td>" not in library_documentation()["doc"].replace("<th></th>", "")


def test_its_files_are_right(tmp_path: Path) -> None:
    """The environment file is loaded from where the shop's is, and the rules are read."""
    environment, rules = re.findall(r"```yaml\n(.*?)```", introduction(), re.DOTALL)
    file, rules_file = _ENVIRONMENTS / "introduction.yaml", tmp_path / "rules.yaml"
    rules_file.write_text(rules, encoding="utf-8")
    try:
        file.write_text(environment, encoding="utf-8")

        assert list(load_environment(file).services) == ["postgres", "payments", "shop"]
    finally:
        file.unlink()
    assert [rule.name for rule in read_rules(rules_file)] == ["card is charged", "card without cover is declined"]


def test_a_run_does_not_pay_for_it(project: Project) -> None:
    """Its tables need the environment file's model, which only the supervisor reads."""
    project.write({"suite.robot": _SUITE})

    assert project.robot().failures == {}
