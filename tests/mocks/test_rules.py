"""What is wrong with a rules file is told with file and line, in words under test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from IntegrationLibrary.base.errors import ConfigurationError
from IntegrationLibrary.mocks.rules import read_rules

MISTAKES = {
    "no_rules": "charges: []\n",
    "unknown_key_of_the_file": "rules: []\ndefaults: {}\n",
    "rule_is_a_text": "rules:\n  - POST /charges\n",
    "no_response": "rules:\n  - name: charge\n    request: {path: /charges}\n",
    "misspelt_response": "rules:\n  - request: {}\n    respone: {status: 201}\n",
    "no_request": "rules:\n  - response: {status: 201}\n",
    "unknown_key": "rules:\n  - request: {path: /}\n    response: {}\n    time: 3\n",
    "unknown_key_of_request": "rules:\n  - request:\n      method: POST\n      url: /charges\n    response: {}\n",
    "unknown_key_of_response": "rules:\n  - name: charge\n    request: {}\n    response:\n      stauts: 201\n",
    "response_is_a_number": "rules:\n  - request: {}\n    response: 201\n",
    "path_with_a_query": "rules:\n  - request: {path: /charges?page=1}\n    response: {}\n",
    "path_without_a_slash": "rules:\n  - request: {path: charges}\n    response: {}\n",
    "pattern_that_is_none": "rules:\n  - request: {path_pattern: '/charges/(\\d+'}\n    response: {}\n",
    "condition_that_is_none": "rules:\n  - request: {headers: {X-Id: {equals: 7}}}\n    response: {}\n",
    "status_that_is_none": "rules:\n  - request: {}\n    response: {status: 999}\n",
    "status_that_is_a_word": "rules:\n  - request: {}\n    response: {status: created}\n",
    "negative_delay": "rules:\n  - request: {}\n    response: {delay: -1}\n",
    "unknown_fault": "rules:\n  - request: {}\n    response: {fault: CONNECTION_RESET_BY_PEER}\n",
    "fault_with_a_status": "rules:\n  - request: {}\n    response: {fault: connection_reset, status: 500}\n",
    "json_and_body": "rules:\n  - request: {}\n    response: {json: {}, body: text}\n",
    "json_and_json_equals": "rules:\n  - request: {json: {}, json_equals: {}}\n    response: {}\n",
    "unknown_expression": "rules:\n  - request: {}\n    response:\n      json: {id: '{{ request.jsn.id }}'}\n",
    "no_times": "rules:\n  - request: {}\n    response: {}\n    times: 0\n",
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_with_its_line(case: str, tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    """Headline, what may stand there, what stands there and where."""
    file = tmp_path / "payments.yaml"
    file.write_text(MISTAKES[case], encoding="utf-8")

    with pytest.raises(ConfigurationError) as raised:
        read_rules(file)

    golden(f"mocks/rules_{case}", str(raised.value).replace(f"{tmp_path}/", ""))


def test_rules_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    """A rule without a name is called by method and path; each knows its line."""
    file = tmp_path / "payments.yaml"
    file.write_text(
        "rules:\n  - request: {method: POST, path: /charges}\n    response: {}\n"
        "  - {name: refund, priority: '2', times: 3, request: {path_pattern: /r.*}, response: {status: '201'}}\n"
        "  - {request: {}, response: {}}\n",
        encoding="utf-8",
    )

    rules = read_rules(file)

    assert [rule.name for rule in rules] == ["POST /charges", "refund", "any"]
    assert [(rule.priority, rule.times) for rule in rules] == [(5, None), (2, 3), (5, None)]
    assert [rule.place for rule in rules] == [f"{file}:2", f"{file}:4", f"{file}:5"]


def test_a_file_without_a_rule_is_allowed(tmp_path: Path) -> None:
    """Rules may all be added by tests."""
    file = tmp_path / "payments.yaml"
    file.write_text("rules: []\n", encoding="utf-8")

    assert read_rules(file) == []
