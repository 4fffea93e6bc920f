"""Whatever keys a service type takes, what is wrong with them is told in the words of the file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from IntegrationLibrary.environments.mistakes import Mistake
from IntegrationLibrary.environments.specs import described, read_spec


class Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)


class File(Keys):
    kind: Literal["file"]
    path: str


class Range(Keys):
    """A range of numbers."""

    low: int = 0
    high: int = 9

    @model_validator(mode="after")
    def _is_a_range(self) -> Range:
        if self.low > self.high:
            raise ValueError("a 'low' that is at most 'high'")
        return self


class Everything(Keys):
    source: str | File | None = None
    """Where it comes from."""
    numbers: Range = Range()
    numbered: list[Range] = Field(default_factory=list)
    share: float = Field(default=0.5, ge=0, le=1)
    port: int | None = Field(default=None, gt=0, lt=65536)
    anything: Any = None
    choice: Literal["a", "b"] | bool = "a"
    named: dict[str, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    nothing_but_this: Literal["this"] = "this"

    @model_validator(mode="after")
    def _is_one(self) -> Everything:
        if self.share == 0 and self.port == 1:
            raise ValueError("a share above 0, or another port")
        return self


def _mistakes(**keys: Any) -> list[Mistake]:
    spec, mistakes = read_spec("service 'shop'", Everything, raw=keys, values=keys)

    assert spec is None
    return mistakes


def _mistake(**keys: Any) -> Mistake:
    [mistake] = _mistakes(**keys)
    return mistake


def test_what_is_right_becomes_the_model() -> None:
    """Nested models, lists and unions are made, and nothing is wrong."""
    keys = {"source": {"kind": "file", "path": "x"}, "numbered": [{"low": 1}], "share": 1}

    spec, mistakes = read_spec("service 'shop'", Everything, raw=keys, values=keys)

    assert mistakes == []
    assert spec == Everything(source=File(kind="file", path="x"), numbered=[Range(low=1)], share=1)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"share": 2}, "a number at least 0 and at most 1"),
        ({"port": 0}, "a whole number greater than 0 and less than 65536"),
        ({"source": 5}, "a text or a mapping (Where it comes from)"),
        ({"choice": 5}, "one of a, b or true or false"),
        ({"named": {"x": ""}}, "a text that is not empty"),
        ({"nothing_but_this": "that"}, "'this'"),
        ({"numbers": 5}, "a mapping (A range of numbers)"),
    ],
)
def test_what_is_allowed_is_said(keys: dict[str, Any], expected: str) -> None:
    """Types, choices, bounds and what the key is for stand behind `Expected:`."""
    mistake = _mistake(**keys)

    assert mistake.expected == expected
    assert mistake.headline.endswith("of service 'shop' has a wrong value.")


def test_the_alternative_that_got_further_is_the_one_that_is_told() -> None:
    """A mapping with a wrong key is not said to be no text as well."""
    mistake = _mistake(source={"kind": "file", "path": "x", "pth": "y"})

    assert mistake == Mistake(
        ("source", "pth"),
        "Service 'shop' has no key 'source.pth'.",
        expected="one of kind, path",
        hint="did you mean 'path'?",
    )


def test_a_missing_key_stands_where_its_mapping_begins() -> None:
    """There is no line of a key that is not there."""
    mistake = _mistake(source={"kind": "file"})

    assert mistake == Mistake(("source",), "Service 'shop' lacks the key 'source.path'.", expected="a text")


def test_keys_that_do_not_fit_together_are_told_where_their_mapping_begins() -> None:
    """What a model says about several keys is what it expects."""
    mistake = _mistake(numbered=[{}, {"low": 5, "high": 1}])

    assert mistake == Mistake(
        ("numbered", 1),
        "Item 2 of key 'numbered' of service 'shop' has keys that do not fit together.",
        expected="a 'low' that is at most 'high'",
    )


def test_keys_of_the_service_that_do_not_fit_together_are_told_of_the_service() -> None:
    """The whole service is the mapping then."""
    mistake = _mistake(share=0, port=1)

    assert mistake == Mistake(
        (), "Service 'shop' has keys that do not fit together.", expected="a share above 0, or another port"
    )


def test_a_key_inside_a_list_is_named_with_its_position() -> None:
    """Positions are counted from one."""
    mistake = _mistake(numbered=[{}, {"low": "x"}])

    assert mistake.headline == "Key 'numbered[2].low' of service 'shop' has a wrong value."
    assert mistake.path == ("numbered", 1, "low")


def test_several_mistakes_are_all_told() -> None:
    """One wrong key does not hide another."""
    assert [mistake.path for mistake in _mistakes(share=2, port=0, wrong=1)] == [("share",), ("port",), ("wrong",)]


def test_keys_that_are_no_texts_are_told_at_any_depth() -> None:
    """A number as a key is told in lists and mappings."""
    mistakes = _mistakes(anything=[{"a": {1: "x"}}, {None: "y"}])

    assert [mistake.path for mistake in mistakes] == [("anything", 0, "a", 1), ("anything", 1, None)]
    assert [mistake.seen for mistake in mistakes] == ["the number 1", "nothing"]


@pytest.mark.parametrize(
    ("keys", "path", "number"),
    [
        ({"share": "${env.X}"}, ("share",), 1.0),
        ({"numbered": [{"high": "${env.X}"}]}, ("numbered", 0, "high"), 1),
        ({"choice": "${env.X}"}, ("choice",), True),
    ],
)
def test_a_reference_may_stand_for_a_number_at_any_depth(
    keys: dict[str, Any], path: tuple[str | int, ...], number: float
) -> None:
    """In mappings and in lists, whole or broken, true or false."""
    spec, mistakes = read_spec("service 'shop'", Everything, raw=keys, values=keys)

    assert mistakes == []
    found: Any = spec.model_dump() if spec else {}
    for step in path:
        found = found[step]
    assert found == number


def test_a_list_with_references_is_still_no_number() -> None:
    """Only a text can stand for a number."""
    mistake = _mistake(port=["${env.X}"])

    assert mistake.seen == 'the list ["${env.X}"]'


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        (True, "true"),
        ("a", 'the text "a"'),
        (5, "the number 5"),
        (0.5, "the number 0.5"),
        ([1, "ä"], 'the list [1, "ä"]'),
        ({"a": {"password": "s3cret"}}, 'the mapping {"a": {"password": "***"}}'),
        ("postgresql://user:s3cret@host/db", 'the text "postgresql://user:***@host/db"'),
        (datetime(2026, 1, 2, tzinfo=UTC), 'the datetime "2026-01-02 00:00:00+00:00"'),
        ("x" * 100, f'the text "{"x" * 79}... and 22 characters more'),
    ],
)
def test_a_value_is_described_with_its_type(value: Any, words: str) -> None:
    """A text looks different from a number; secrets are masked and long values cut."""
    assert described(value) == words
