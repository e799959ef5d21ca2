"""What `pkgdesk check` found, told to people and to programs.

On a terminal each problem comes with the line that it is about and a caret under the place, as compilers do
it; elsewhere each is one line that editors and continuous integration can read:

    file:line:column: severity: what is wrong, and what to do

Problems are the result and go to standard output; progress and the sum go to standard error. Files in or
below the current folder are named from there.
"""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from bot.checking.examination import Report, check, check_alone
from bot.standpoint import from_here
from bot.transports.irc.settings import SaslSettings
from knowledge.complaints import HUSHED_KEYS, hushed
from knowledge.composing import one_line
from knowledge.documents import Limits, Problem, Severity

PROGRESS_AFTER = 0.5
"""Seconds of reading after which it is shown how far it has come."""

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow"}
_LINE_ENDS = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # as YAML 1.1 counts lines (section 4.2)
_HUSHED_KEY = re.compile(rf"(?i)(?:[\w-]*(?:{HUSHED_KEYS})[\w-]*|\bkey)[\"']?\s*:(?=\s|$|[\"'])")
_KEY = re.compile(r"\s*(?:- +)*[\w.\"'-]+\s*:(?:\s|$)")
_KNOWN = re.compile(rf"\b(?:{'|'.join(SaslSettings.model_fields)})[\"']?\s*:(?=\s|$)|[\s{{}}]")


def verdict(
    config: Path | None,
    alone: Path | None,
    today: date,
    *,
    as_json: bool,
    strict: bool,
    note: Callable[[str], None],
) -> bool:
    """Check a configuration, or what stands `alone` without one, and print what was found; whether it
    passes. `strict`: warnings count as errors."""
    begun = time.monotonic()
    with _Bar(begun) as bar:
        if alone is not None:
            report = check_alone(alone, today, bar)
        else:
            assert config is not None
            report = check(config, today, bar)
    report = replace(report, problems=from_here(report.problems))
    passes = not (report.problems if strict else report.errors)
    path = str(alone if alone is not None else config)
    if as_json:
        print(json.dumps(_data(report, path, passes=passes), indent=2, ensure_ascii=False))
        return passes
    tell(report.problems)
    note(f"{one_line(path)}: {summary(report, time.monotonic() - begun, strict=strict)}")
    if report.by_itself:
        note(report.by_itself)
    if report.found_by:
        note(f"answers are found by {report.found_by}")
    return passes


def tell(problems: tuple[Problem, ...]) -> None:
    """Print problems: on a terminal with the line that each is about, elsewhere one a line."""
    if sys.stdout.isatty():
        plain = bool(os.environ.get("NO_COLOR"))
        console = Console(highlight=False, markup=False, emoji=False, color_system=None if plain else "auto")
        _print(console, problems)
    else:
        for problem in problems:
            print(f"{problem.place}: {problem.severity}: {problem.message}")


def problem_data(problem: Problem) -> dict[str, Any]:
    """A problem as what JSON can hold."""
    return {
        "file": problem.source,
        "line": problem.line,
        "column": problem.column,
        "severity": problem.severity.value,
        "message": problem.message,
    }


def summary(report: Report, seconds: float, *, strict: bool = False) -> str:
    """The sum of it in a line."""
    if report.problems:
        said = f"{_counted(report.errors, 'error')}, {_counted(report.warnings, 'warning')}"
        if strict and report.warnings:
            said += " (--strict: they count as errors)"
    else:
        said = "all is well"
    found = {"entry/entries": report.entries, "section": report.sections, "person/people": report.people}
    read = ", ".join(_counted(number, *name.split("/")) for name, number in found.items() if number)
    return f"{said}; {read} read in {seconds:.1f} s" if read else said


def quiet(lines: Iterable[str]) -> Iterator[str]:
    """The lines of a file, each as long as it was, without what may be a password: what stands at or below a
    key of such a name, and the passwords of URLs. The file may be no YAML, so that rather too much is taken
    than too little: from such a key on, all lines until its brackets are closed, and those that are farther
    in or do not begin with a key."""
    depth: int | None = None
    brackets = 0
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if depth is not None and (brackets > 0 or indent > depth or not _KEY.match(line)):
            brackets += _opened(line)
            yield _dotted(line)
            continue
        depth = None
        if found := _HUSHED_KEY.search(line):
            depth, brackets = indent, _opened(line[found.end() :])
            line = line[: found.end()] + _dotted(line[found.end() :])
        yield hushed(line)


def _opened(text: str) -> int:
    """How many more brackets are opened in `text` than closed."""
    return sum((character in "[{") - (character in "]}") for character in text)


def _dotted(text: str) -> str:
    """`text` with dots for all but blanks, braces and keys that there are."""
    known = {at for found in _KNOWN.finditer(text) for at in range(*found.span())}
    return "".join(c if at in known else "…" for at, c in enumerate(text))


def excerpt(line: str, column: int, width: int) -> tuple[str, int]:
    """What of a line is shown in `width` cells, and how many of these stand before `column` (from 1). Of a
    line that is longer it is what is around the place, with an ellipsis where it is cut."""
    clean = "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in line).rstrip()
    before, after = clean[: column - 1], clean[column - 1 :]
    if cell_len(clean) <= width:
        return clean, cell_len(before)
    ahead = _fitting(reversed(before), width // 2)
    if ahead < len(before):
        before = "…" + before[len(before) - _fitting(reversed(before), width // 2 - 1) :]
    room = width - cell_len(before)
    fits = _fitting(after, room)
    if fits < len(after):
        after = after[: _fitting(after, room - 1)] + "…"
    return before + after, cell_len(before)


def _fitting(characters: Iterable[str], room: int) -> int:
    """How many of the characters fit into so many cells."""
    count = 0
    for character in characters:
        room -= cell_len(character)
        if room < 0:
            break
        count += 1
    return count


def _counted(number: int, one: str, several: str = "") -> str:
    return f"{number} {one if number == 1 else several or one + 's'}"


def _data(report: Report, config: str, *, passes: bool) -> dict[str, Any]:
    return {
        "config": config,
        "ok": passes,
        "errors": report.errors,
        "warnings": report.warnings,
        "entries": report.entries,
        "sections": report.sections,
        "people": report.people,
        "found_by": report.found_by or None,
        "problems": [problem_data(each) for each in report.problems],
    }


# --- on a terminal ------------------------------------------------------------------------------------


def _print(console: Console, problems: tuple[Problem, ...]) -> None:
    source, lines = "", tuple[str, ...]()
    for problem in problems:
        if problem.source != source:
            source, lines = problem.source, tuple(_lines(Path(problem.source)))
        head = Text.assemble(
            (f"{problem.place}: ", "bold"),
            (f"{problem.severity}: ", _COLOURS[problem.severity]),
            problem.message,
        )
        console.print(head, soft_wrap=True)
        if problem.line <= len(lines):
            number = f"{problem.line:>5}"
            shown, before = excerpt(lines[problem.line - 1], problem.column, max(20, console.width - 9))
            console.print(Text.assemble((f"{number} | ", "dim"), shown), soft_wrap=True)
            caret = (" " * before + "^", _COLOURS[problem.severity])
            console.print(Text.assemble((" " * len(number) + " | ", "dim"), caret), soft_wrap=True)


def _lines(path: Path) -> Iterator[str]:
    """The lines of a file; none where it is not one that could be read as YAML."""
    try:
        if not path.is_file() or path.stat().st_size > Limits().size:
            return
        text = path.read_bytes().decode("utf-8", "replace")
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return
    yield from quiet(_LINE_ENDS.split(text.removeprefix("\ufeff")))


class _Bar:
    """Shows on a terminal how far the reading has come, if it takes long. It is called as
    `knowledge.library.Progress`."""

    def __init__(self, begun: float) -> None:
        self._begun = begun
        self._console = Console(stderr=True)
        self._progress: Progress | None = None

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def __call__(self, done: int, total: int) -> None:
        if self._progress is None:
            if not self._console.is_terminal or time.monotonic() - self._begun < PROGRESS_AFTER:
                return
            columns = (TextColumn("entries"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._progress = Progress(*columns, console=self._console, transient=True)
            self._progress.add_task("entries", total=total)
            self._progress.start()
        self._progress.update(self._progress.task_ids[0], completed=done, total=total)
