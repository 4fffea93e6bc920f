"""SQL scripts as single statements with their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

# PostgreSQL manual, section 4.1, "Lexical Structure"; comments nest, so only their beginning is here. pg_dump frames
# every file with \restrict and \unrestrict, which mean something to psql only.
_TOKEN = re.compile(
    r"""(?P<blank>\s+|--[^\n]*|\\(?:un)?restrict\b[^\n]*)
      | (?P<comment>/\*)
      | (?P<text>[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*" | (?P<tag>\$(?:[^\W\d]\w*)?\$).*?(?P=tag))
      | (?P<word>[^\W\d][\w$]*)
      | (?P<end>;)
      | .""",
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


def statements(script: str) -> Iterator[tuple[int, str]]:
    """Yield each statement with the line it begins in, without the blanks and comments before it."""
    line, counted_to = 1, 0
    for start, end in _spans(script):
        line += script.count("\n", counted_to, start)
        counted_to = start
        yield line, script[start:end].rstrip()


def _spans(script: str) -> Iterator[tuple[int, int]]:
    start: int | None = None
    at, inside, previous = 0, 0, ""
    while at < len(script):
        token = _TOKEN.match(script, at)
        assert token is not None  # noqa: S101 the last alternative matches every character
        before, at = at, _comment_end(script, at) if token["comment"] else token.end()
        if token["blank"] or token["comment"]:
            continue
        if token["end"] and not inside:
            if start is not None:
                yield start, before
            start = None
            continue
        start = before if start is None else start
        word = (token["word"] or "").upper()
        inside += _depth(word, previous, inside=inside)
        previous = word
    if start is not None:
        yield start, len(script)


def _depth(word: str, previous: str, *, inside: int) -> int:
    """Return by how much *word* nests: bodies of functions (BEGIN ATOMIC ... END) have semicolons of their own."""
    if (word == "ATOMIC" and previous == "BEGIN") or (inside and word == "CASE"):
        return 1
    return -1 if inside and word == "END" else 0


def _comment_end(script: str, start: int) -> int:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(script, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(script)
