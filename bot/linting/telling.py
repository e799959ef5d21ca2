"""What lint found, told to people and to programs.

One complaint a line, as editors and continuous integration read it; on a terminal the place stands out and
the suggestion follows on a line of its own:

    file:line:column: severity: what is wrong; what to do [rule]

Complaints go to standard output. What a file says is spelled out where it is not printable.
"""

import os
import re
import sys
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from rich.console import Console
from rich.text import Text

from bot.standpoint import from_here
from knowledge.composing import Severity, one_line
from knowledge.lint.complaint import Complaint
from knowledge.lint.rules import RULES

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow"}


def named_from_here(found: Iterable[Complaint]) -> tuple[Complaint, ...]:
    """The complaints, with files in or below the current folder named from there."""
    several = tuple(found)
    problems = from_here(each.problem for each in several)
    return tuple(replace(each, problem=problem) for each, problem in zip(several, problems, strict=True))


def data(complaint: Complaint) -> dict[str, Any]:
    """A complaint as what JSON can hold."""
    problem = complaint.problem
    return {
        "file": problem.source,
        "line": problem.line,
        "column": problem.column,
        "rule": complaint.rule,
        "severity": problem.severity.value,
        "message": problem.message,
        "suggestion": complaint.suggestion,
    }


def tell(found: Sequence[Complaint]) -> None:
    """Print complaints for who reads them, or one a line where no terminal is."""
    if not sys.stdout.isatty():
        for each in found:
            print(f"{each.problem.place}: {each.problem.severity}: {one_line(str(each))}")
        return
    plain = bool(os.environ.get("NO_COLOR"))
    console = Console(highlight=False, markup=False, emoji=False, color_system=None if plain else "auto")
    for each in found:
        head = Text.assemble(
            (f"{each.problem.place}: ", "bold"),
            (f"{each.problem.severity}: ", _COLOURS[each.problem.severity]),
            one_line(each.problem.message),
            (f" [{each.rule}]", "dim"),
        )
        console.print(head, soft_wrap=True)
        console.print(Text.assemble(("    → ", "dim"), one_line(each.suggestion)), soft_wrap=True)


def annotate(found: Sequence[Complaint]) -> None:
    """Print complaints as workflow commands that GitHub shows beside the lines of a pull request."""
    for each in found:
        problem = each.problem
        place = f"file={_property(problem.source)},line={problem.line},col={problem.column}"
        title = _property(f"pkgdesk: {each.rule}")
        said = _data(f"{problem.message}; {each.suggestion}")
        print(f"::{problem.severity} {place},title={title}::{said}")


def summary(entries: int, errors: int, warnings: int, seconds: float, *, strict: bool) -> str:
    """The sum of it in a line."""
    if errors or warnings:
        said = f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}"
        if strict and warnings:
            said += " (--strict: they count as errors)"
    else:
        said = "all is well"
    return f"{said}; {_counted(entries, 'entry', 'entries')} read in {seconds:.1f} s"


def explained() -> str:
    """Every rule: what it finds, why that matters, what to do."""
    parts = []
    for rule in RULES.values():
        lines = [f"{rule.name} ({rule.severity})"]
        for text in (rule.finds, rule.why, rule.remedy):
            lines += textwrap.wrap(text, 96, initial_indent="    ", subsequent_indent="    ")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def rules_data() -> list[dict[str, str]]:
    """Every rule as what JSON can hold."""
    return [
        {
            "rule": rule.name,
            "severity": rule.severity.value,
            "finds": rule.finds,
            "why": rule.why,
            "remedy": rule.remedy,
        }
        for rule in RULES.values()
    ]


def _counted(number: int, one: str, several: str = "") -> str:
    return f"{number} {one if number == 1 else several or one + 's'}"


# A workflow command ends with its line, and its properties with commas and colons:
# https://docs.github.com/actions/reference/workflow-commands-for-github-actions
_ESCAPED = {"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"}


def _property(text: str) -> str:
    return re.sub(r"[%\r\n:,]", lambda found: _ESCAPED[found[0]], one_line(text))


def _data(text: str) -> str:
    return re.sub(r"[%\r\n]", lambda found: _ESCAPED[found[0]], one_line(text))
