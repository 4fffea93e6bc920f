"""Every keyword is named, typed and documented as the others are; what Libdoc shows is what is judged."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import pytest
from fixtures.libdoc import code_blocks, documented_keywords
from robot.libdoc import LibraryDocumentation

VERBS = (
    *("Add", "Arm", "Create", "Disarm", "Remove", "Roll", "Seed"),
    *("Cut", "Fail", "Kill", "Limit", "Pause", "Restart", "Restore", "Resume", "Start", "Stop"),
)
"""What actions begin with; a new verb is a new word for users, so that it is added here with a thought."""
FORBIDDEN_WORDS = {"Check", "Verify", "Validate", "Assert", "Ensure", "Perform", "Execute", "Handle"}
NEIGHBOURS = ("BuiltIn", "RequestsLibrary", "DatabaseLibrary")
POSITIONAL = ("POSITIONAL_ONLY", "POSITIONAL_OR_NAMED", "VAR_POSITIONAL")
MARKERS = ("POSITIONAL_ONLY_MARKER", "NAMED_ONLY_MARKER")
FIRST_WORDS = {
    "Read": ("Returns ",),
    "Judgement": ("Fails unless ", "Fails if "),
    "Wait": ("Waits until ",),
    "Action": (),
}

every_keyword = pytest.mark.parametrize("keyword", documented_keywords(), ids=lambda keyword: keyword["name"])
every_judgement = pytest.mark.parametrize(
    "keyword", [each for each in documented_keywords() if " Should " in each["name"]], ids=lambda each: each["name"]
)
every_wait = pytest.mark.parametrize(
    "keyword",
    [each for each in documented_keywords() if each["name"].startswith("Wait Until ")],
    ids=lambda each: each["name"],
)


@every_keyword
def test_the_first_line_is_one_sentence(keyword: dict[str, Any]) -> None:
    """Completion and tables show the first line alone: it is one sentence, and says what its kind of keyword does."""
    first = keyword["shortdoc"]

    assert re.fullmatch(r"[A-Z]([^.\n]|\.(?=\w)){10,119}\.", first), first
    assert first.startswith(FIRST_WORDS[kind(keyword)] or first)


@every_keyword
def test_every_argument_is_documented(keyword: dict[str, Any]) -> None:
    """Nobody has to guess what an argument is for."""
    assert [each["name"] for each in arguments(keyword) if not each.get("doc")] == []


@every_keyword
def test_every_argument_has_a_type(keyword: dict[str, Any]) -> None:
    """Robot converts arguments, and refuses wrong ones, by their types."""
    assert [each["name"] for each in arguments(keyword) if not each["type"]] == []


@every_keyword
def test_at_most_two_arguments_are_positional(keyword: dict[str, Any]) -> None:
    """Nobody counts arguments: from the third on they are named."""
    positional = [each["name"] for each in arguments(keyword) if each["kind"] in POSITIONAL]

    assert len(positional) <= 2, positional


@every_keyword
def test_what_is_returned_is_documented(keyword: dict[str, Any]) -> None:
    """A keyword that returns something says what, and only such a keyword does."""
    returns_something = keyword["returnType"]["name"] != "None"

    assert bool(keyword["returnDoc"]) is returns_something


@every_keyword
def test_what_fails_it_is_documented(keyword: dict[str, Any]) -> None:
    """Every keyword can fail, and names the failure and its reason; judgements and waits blame the system."""
    raises = keyword["raises"]

    assert raises
    assert all(raises.values())
    assert not (set(raises) - set(dir(import_module("IntegrationLibrary.base.errors"))))
    assert ("CheckFailed" in raises) or kind(keyword) not in {"Judgement", "Wait"}


@every_keyword
def test_the_documentation_ends_with_an_example_that_uses_it(keyword: dict[str, Any]) -> None:
    """There is one example, a whole test with the keyword in it; test_examples.py runs it."""
    (example,) = code_blocks(keyword["doc"])

    assert example.startswith(("*** Settings ***", "*** Test Cases ***"))
    assert re.search(rf"(^|    ){keyword['name']}(    |$)", example, re.MULTILINE)
    assert keyword["doc"].endswith("</pre></div>")


@every_keyword
def test_links_lead_somewhere(keyword: dict[str, Any]) -> None:
    """A name in brackets that is no keyword any more stays behind as plain text."""
    texts = [keyword["doc"], keyword["returnDoc"], *keyword["raises"].values()]
    texts += [each["doc"] for each in arguments(keyword)]
    prose = re.sub(r"<(pre|code)>.*?</\1>", "", "\n".join(texts), flags=re.DOTALL)

    assert re.findall(r"\[[A-Z][^\]]*\]", prose) == []


@every_keyword
def test_the_name_is_two_to_five_words_in_title_case(keyword: dict[str, Any]) -> None:
    """Names are short phrases, without the words that say nothing."""
    words = keyword["name"].split()

    assert 2 <= len(words) <= 5
    assert all(re.fullmatch(r"[A-Z][a-z]*", word) for word in words)
    assert not FORBIDDEN_WORDS.intersection(words)


@every_keyword
def test_the_name_has_the_form_of_its_kind(keyword: dict[str, Any]) -> None:
    """A reader sees from the form whether a keyword acts, reads, judges or waits; its tag says the same."""
    assert form(keyword["name"]) == kind(keyword)


@every_judgement
def test_a_judgement_takes_a_message(keyword: dict[str, Any]) -> None:
    """A suite may say in its own words what is wrong when a judgement fails."""
    assert "message" in named_only(keyword)


@every_wait
def test_a_wait_takes_a_timeout_and_a_message(keyword: dict[str, Any]) -> None:
    """A wait has an end, which is a time and no number, and fails in the suite's own words if it has some."""
    (timeout,) = [each for each in arguments(keyword) if each["name"] == "timeout"]

    assert timeout["type"]["name"] == "timedelta"
    assert timeout["defaultValue"]
    assert {"timeout", "message"} <= named_only(keyword)


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
def test_no_name_is_taken_by_a_neighbour(neighbour: str) -> None:
    """Suites use these libraries next to ours, and need no prefix."""
    taken = {normalised(each.name) for each in LibraryDocumentation(neighbour).keywords}

    assert [each["name"] for each in documented_keywords() if normalised(each["name"]) in taken] == []


def kind(keyword: dict[str, Any]) -> str:
    """Return the one tag that says what a keyword does."""
    (tag,) = set(keyword["tags"]) & set(FIRST_WORDS)
    return tag


def form(name: str) -> str:
    """Return the kind of keyword that has names of this form."""
    if name.startswith("Wait Until "):
        return "Wait"
    if " Should " in name:
        return "Judgement"
    if name.startswith("Get "):
        return "Read"
    return "Action" if name.startswith(VERBS) else "a form of no kind"


def arguments(keyword: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the arguments of a keyword, without the bare asterisk."""
    return [each for each in keyword["args"] if each["kind"] not in MARKERS]


def named_only(keyword: dict[str, Any]) -> set[str]:
    """Return the names of arguments that can be given by name only."""
    return {each["name"] for each in arguments(keyword) if each["kind"] == "NAMED_ONLY"}


def normalised(name: str) -> str:
    """Return a name as Robot compares names."""
    return re.sub(r"[ _]", "", name).lower()
