"""`pkgdesk kb test`: a base is read, its phrasings are tried out, and what came of it is told.

Phrasings that go astray are errors at their place in their file; how well entries are covered without a
phrasing is a table, the worst first. Results go to standard output, the sum to standard error.
"""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.checking.bases import of_base
from bot.checking.verdict import problem_data, tell
from bot.config import load
from bot.evaluating.base import Surroundings, build, reading_by
from bot.evaluating.phrasings import Astray, Covered, Tried, try_out
from bot.progress import Watched
from bot.screen import console
from bot.standpoint import from_here
from knowledge import library
from knowledge.composing import one_line
from knowledge.documents import DocumentError, Location, Problem, Severity, read_file
from knowledge.files import ENTRY_LIMITS

SHOWN = 20
"""Entries that the table lists."""


def examine(
    folder: Path | None, config: Path | None, *, as_json: bool, everything: bool, note: Callable[[str], None]
) -> bool:
    """Try out the base in a folder, else that of the configuration, and print what was found; whether every
    phrasing finds its entry. `everything`: list all entries. Raises `DocumentError` where the configuration
    cannot be used, or where there is no entry."""
    began = time.monotonic()
    settings = load(config) if config is not None else None
    around = Surroundings(settings.desk, settings.facet_kinds) if settings is not None else Surroundings()
    base = folder if folder is not None else settings.knowledge if settings is not None else None
    assert base is not None
    read = library.read(base, around.facets)
    if not read.entries:
        raise DocumentError(of_base(base, read))
    # What costs an entry belongs here; all else that may be wrong with one is told by `pkgdesk check`.
    problems = [each for each in read.problems if each.source in read.left_out]
    with Watched() as watched:
        tried = try_out(
            build(read.entries, around, watched, reading_by(settings, base, note)).reference, watched
        )
    problems += _problems(base, tried.astray)
    found = from_here(tuple(problems))
    passes = all(each.severity is not Severity.ERROR for each in found)
    if as_json:
        print(json.dumps(_data(base, tried, found, passes=passes), indent=2, ensure_ascii=False))
        return passes
    tell(found)
    _show(console(), tried, None if everything else SHOWN)
    name = one_line(from_here((Problem(str(base), 1, 1, ""),))[0].source)
    for line in _summary(tried):
        note(f"{name}: {line}")
    note(f"{name}: it took {time.monotonic() - began:.1f} s")
    return passes


def _problems(base: Path, astray: tuple[Astray, ...]) -> Iterator[Problem]:
    """Every phrasing that goes astray, at its place."""
    files = _files(base) if astray else {}
    for each in astray:
        place: Location = ("phrasings", each.position)
        said = f"phrasings[{each.position}]: {each.why}"
        try:
            yield read_file(files[each.entry], ENTRY_LIMITS).problem(place, said)
        except (KeyError, DocumentError):  # the file was changed or taken away meanwhile
            yield Problem(str(base), 1, 1, f"{each.entry}: {said}")


def _files(base: Path) -> dict[str, Path]:
    """The files of entries, by the ids that they are named after. Of two with one name the first counts, as
    `knowledge.library` has it."""
    found: dict[str, Path] = {}
    for path in sorted(base.rglob("*.yaml")):
        if not any(part.startswith(".") for part in path.relative_to(base).parts):
            found.setdefault(path.stem, path)
    return found


# --- for people ---------------------------------------------------------------------------------------


def _show(screen: Console, tried: Tried, most: int | None) -> None:
    """The entries that are not always found without a phrasing."""
    weak = [each for each in tried.covered if each.found < each.phrasings]
    if not weak:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in ("found", "answered", "of"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("without the phrasing itself", overflow="fold")
    for each in weak[:most]:
        style = "yellow" if not each.found else ""
        figures = (str(number) for number in (each.found, each.answered, each.phrasings))
        table.add_row(*figures, Text(each.entry, style))
    screen.print(table)
    if most is not None and len(weak) > most:
        screen.print(Text(f"… and {len(weak) - most:,} more, better ones: --all lists them", "dim"))


def _summary(tried: Tried) -> Iterator[str]:
    yield (
        f"of {tried.phrasings:,} phrasings of {tried.entries:,} entries {tried.first:,} find their entry "
        f"first, {tried.answered:,} are answered"
    )
    asked, found, answered = _sums(tried.covered)
    if asked:
        yield (
            f"each left out once, {found:,} of {asked:,} ({100 * found / asked:.0f} %) find it all the same, "
            f"{answered:,} ({100 * answered / asked:.0f} %) are answered"
        )
    if tried.single:
        one = "entry has" if tried.single == 1 else "entries have"
        yield f"{tried.single:,} {one} a single phrasing, so that nothing can be left out: write a second"


def _sums(covered: tuple[Covered, ...]) -> tuple[int, int, int]:
    return (
        sum(each.phrasings for each in covered),
        sum(each.found for each in covered),
        sum(each.answered for each in covered),
    )


# --- for programs -------------------------------------------------------------------------------------


def _data(base: Path, tried: Tried, problems: tuple[Problem, ...], *, passes: bool) -> dict[str, Any]:
    asked, found, answered = _sums(tried.covered)
    return {
        "base": str(base),
        "ok": passes,
        "entries": tried.entries,
        "single": tried.single,
        "as_it_stands": {"phrasings": tried.phrasings, "first": tried.first, "answered": tried.answered},
        "without_itself": {
            "phrasings": asked,
            "found": found,
            "answered": answered,
            "entries": [
                {
                    "entry": each.entry,
                    "phrasings": each.phrasings,
                    "found": each.found,
                    "answered": each.answered,
                }
                for each in tried.covered
            ],
        },
        "problems": [problem_data(each) for each in problems],
    }
