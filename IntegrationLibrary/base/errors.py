"""The failures of this library, worded for the person who reads the log."""

from __future__ import annotations

from html import escape

_INDENT = " " * 12
_HTML = "*HTML*"
"""With it in front, Robot takes a failure for HTML."""


class IntegrationError(Exception):
    """A failure with a headline and, where they help, what was expected, what was seen and what to do next.

    Raised as it is when the test uses a keyword wrongly. *headline* is one sentence with names in single quotes.
    """

    ROBOT_SUPPRESS_NAME = True
    prefix = ""

    def __init__(
        self, headline: str, *, expected: str | None = None, seen: str | None = None, next_step: str | None = None
    ) -> None:
        self.headline = headline
        self.expected = expected
        self.seen = seen
        self.next_step = next_step
        super().__init__(headline)

    def __str__(self) -> str:
        lines = [f"{self.prefix}{self.headline}"]
        for label, value in (("Expected:", self.expected), ("Seen:", self.seen), ("Next:", self.next_step)):
            if value:
                lines.append(f"  {label:<9} " + f"\n{_INDENT}".join(value.splitlines()))
        if self.headline.startswith(_HTML):  # a test's own words; what a service answered stands in the lines below
            return lines[0] + f'<pre style="white-space:pre-wrap">{escape(chr(10).join(lines[1:]))}</pre>'
        return "\n".join(lines)


class CheckFailed(IntegrationError, AssertionError):
    """The system under test is not as the test says it should be."""


class EnvironmentFailure(IntegrationError):
    """The environment could not do its part, so nothing was learned about the system under test."""

    prefix = "Environment: "


class ConfigurationError(EnvironmentFailure):
    """A file of the environment is wrong; *place* is `file:line`, *hint* what was probably meant."""

    def __init__(
        self, headline: str, *, place: str, expected: str | None = None, seen: str | None = None, hint: str = ""
    ) -> None:
        self.place = place
        self.hint = hint
        super().__init__(headline, expected=expected, seen=seen, next_step=f"{place}{hint and ', '}{hint}")
