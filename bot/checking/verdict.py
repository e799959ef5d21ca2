"""What `pkgdesk check` found, told to people and to programs.

On a terminal each problem comes with the line that it is about and a caret under the place, as compilers do
it; elsewhere each is one line that editors and continuous integration can read:

    file:line:column: severity: what is wrong, and what to do

Problems are the result and go to standard output; progress and the sum go to standard error. Files in or
below the current folder are named from there.
"""

import contextlib
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
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
from knowledge.composing import one_line
from knowledge.documents import Limits, Problem, Severity

PROGRESS_AFTER = 0.5
"""Seconds of reading after which it is shown how far it has come."""

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow"}
_LINE_ENDS = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # as YAML 1.1 counts lines (section 4.2)
_SECRETS = (
    re.compile(r"(?i)((?:password|passphrase|secret|token|credential)s?[\"']?\s*:\s*)([^\s#,}][^#,}]*)"),
    re.compile(r"(://[^/\s:@]*:)([^/\s@]+)(?=@)"),
)
"""What may stand in a file where it does not belong; it is not repeated for others to see."""


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
    with contextlib.suppress(FileNotFoundError):  # the current folder was removed
        here = Path.cwd()
        report = replace(report, problems=tuple(_from(here, each) for each in report.problems))
    passes = not (report.problems if strict else report.errors)
    path = str(alone if alone is not None else config)
    if as_json:
        print(json.dumps(_data(report, path, passes=passes), indent=2, ensure_ascii=False))
        return passes
    if sys.stdout.isatty():
        plain = bool(os.environ.get("NO_COLOR"))
        console = Console(highlight=False, markup=False, emoji=False, color_system=None if plain else "auto")
        _print(console, report.problems)
    else:
        for problem in report.problems:
            print(f"{problem.place}: {problem.severity}: {problem.message}")
    note(f"{one_line(path)}: {summary(report, time.monotonic() - begun, strict=strict)}")
    return passes


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


def excerpt(line: str, column: int, width: int) -> tuple[str, int]:
    """What of a line is shown in `width` cells, and how many of these stand before `column` (from 1)."""
    for secret in _SECRETS:
        line = secret.sub(lambda found: found[1] + "…" * len(found[2]), line)
    clean = "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in line)
    start = max(0, column - 1 - width // 2) if cell_len(clean) > width else 0
    shown = clean[start:].rstrip()
    while cell_len(shown) > width:
        shown = shown[:-1]
    return shown, cell_len(clean[start : column - 1])


def _counted(number: int, one: str, several: str = "") -> str:
    return f"{number} {one if number == 1 else several or one + 's'}"


def _from(here: Path, problem: Problem) -> Problem:
    path = Path(problem.source)
    inside = path.is_absolute() and path.is_relative_to(here)
    return replace(problem, source=str(path.relative_to(here))) if inside else problem


def _data(report: Report, config: str, *, passes: bool) -> dict[str, Any]:
    return {
        "config": config,
        "ok": passes,
        "errors": report.errors,
        "warnings": report.warnings,
        "entries": report.entries,
        "sections": report.sections,
        "people": report.people,
        "problems": [
            {
                "file": each.source,
                "line": each.line,
                "column": each.column,
                "severity": each.severity.value,
                "message": each.message,
            }
            for each in report.problems
        ],
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
    yield from _LINE_ENDS.split(text.removeprefix("\ufeff"))


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
