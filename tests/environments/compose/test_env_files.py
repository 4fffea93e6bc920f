"""Files of variables are read as Compose reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from IntegrationLibrary.environments.compose.env_files import read_env_file, read_raw_env_file
from IntegrationLibrary.environments.compose.nodes import Refusal

SYSTEM = {"USER": "ada", "OVER": "system"}
LINES: dict[str, dict[str, str]] = {
    "": {},
    "# only\n\n   # comments\n": {},
    "A=1": {"A": "1"},
    "A=1\r\nB=2\r\n": {"A": "1", "B": "2"},
    "\ufeffA=1": {"A": "1"},
    " A = 1 ": {"A": "1"},
    "export A=1": {"A": "1"},
    "exportA=1": {"exportA": "1"},
    "A: yaml": {"A": "yaml"},
    "A=": {"A": ""},
    "A=\nB=2": {"A": "", "B": "2"},
    "A.b-c=1": {"A.b-c": "1"},
    "A=b=c": {"A": "b=c"},
    "A=VAL # comment": {"A": "VAL"},
    "A=VAL# none": {"A": "VAL# none"},
    'A="VAL # none"': {"A": "VAL # none"},
    'A="VAL" # comment\nB=2': {"A": "VAL", "B": "2"},
    "A='$USER'": {"A": "$USER"},
    "A='Let\\'s go!'": {"A": "Let's go!"},
    "A='some\\tvalue'": {"A": "some\\tvalue"},
    "A=some\\tvalue": {"A": "some\\tvalue"},
    'A="some\\tvalue\\n"': {"A": "some\tvalue\n"},
    'A="{\\"hello\\": \\"json\\"}"': {"A": '{"hello": "json"}'},
    'A="a\\\\b"': {"A": "a\\b"},
    'A="\\0123\\x07"': {"A": "S\\x07"},
    'A="two\nlines"\nB=2': {"A": "two\nlines", "B": "2"},
    "A=$USER": {"A": "ada"},
    'A="${USER}s"': {"A": "adas"},
    'A="\\$USER $$USER"': {"A": "$USER $USER"},
    "A=1\nB=$A\nA=3": {"A": "3", "B": "1"},
    "OVER=file\nB=$OVER": {"OVER": "file", "B": "system"},
    "B=$BEFORE": {"B": "before"},
    "USER\nUNSET\nA=1": {"USER": "ada", "A": "1"},
    "USER": {"USER": "ada"},
}
MISTAKES = {
    "A=1\n\nlol$wut": (3, "A line of 'web.env' cannot be read."),
    "A B=1": (1, "A line of 'web.env' cannot be read."),
    "A='open": (1, "A line of 'web.env' cannot be read."),
    'A=1\nB="x\ny"\nC=${D?no D}': (4, "Variable 'D' must be set and is not."),
    "A=${B": (1, "'${B' begins a variable and does not end it."),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file to write into."""
    return tmp_path / "web.env"


@pytest.mark.parametrize("text", LINES)
def test_variables_are_read(file: Path, text: str) -> None:
    """With quotes, comments, escapes, and variables in them."""
    file.write_bytes(text.encode())

    assert read_env_file(file, SYSTEM.get, {"BEFORE": "before"}) == LINES[text]


@pytest.mark.parametrize("text", MISTAKES)
def test_what_cannot_be_read_is_refused_with_its_line(file: Path, text: str) -> None:
    """Of the file that it stands in."""
    file.write_text(text, encoding="utf-8")

    with pytest.raises(Refusal) as raised:
        read_env_file(file, SYSTEM.get, {})

    [mistake] = raised.value.mistakes
    assert mistake.file is not None
    assert (mistake.headline, mistake.file.place()) == (MISTAKES[text][1], f"{file}:{MISTAKES[text][0]}")


def test_a_file_that_is_no_text_is_refused(file: Path) -> None:
    """So is a folder."""
    file.write_bytes(b"A=\xff")
    with pytest.raises(Refusal, match="cannot be read"):
        read_env_file(file, SYSTEM.get, {})
    with pytest.raises(Refusal, match="cannot be read"):
        read_env_file(file.parent, SYSTEM.get, {})


def test_a_raw_file_is_taken_to_the_letter(file: Path) -> None:
    """But for comments and empty lines; a name alone has the system's value here too."""
    file.write_text("# comment\n\nA='$USER' # none\nB=b=c\nUSER\nUNSET\n", encoding="utf-8")

    assert read_raw_env_file(file, SYSTEM.get) == {"A": "'$USER' # none", "B": "b=c", "USER": "ada"}
