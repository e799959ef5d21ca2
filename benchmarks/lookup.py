"""Looking paths up: ours beside the tree's own get_maintainer.pl.

Where a tree (`--tree`) and its script (`--script`) are at hand, some of its paths are looked up both ways:
whether sections and addresses are the same, and how long either takes. The script is asked for one path at a
time, as people do, from the tree's root, and without git, whose authors are no part of a map:

    perl get_maintainer.pl -f --nogit --nogit-fallback --nokeywords --norolestats --roles PATH
    perl get_maintainer.pl -f --nogit --nogit-fallback --nokeywords --sections PATH

Otherwise ours is compared with what the script once said, where that is kept, and timed alone.

Sections agree where their order does; those that are equally close come in no fixed order, so they are
compared as sets. Addresses are compared as sets, without names and roles, in lower case.
"""

import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import trees
from benchmarks.figures import Cell, Column, Setup, Stopwatch, Table, percent
from benchmarks.trees import Golden, Project
from bot.evaluating.sets import some_of
from routing.answers import answer
from routing.filing import Owning

_SAID = 100
_QUICK_SAID = 10
"""Paths that the script is asked for."""

_TIMED = 20_000
_QUICK_TIMED = 1_000
"""Paths that ours is timed with."""

_WARM_UP = 100

_PATIENCE = 60
"""Seconds that the script may take for one path."""

_PLAIN = ("-f", "--nogit", "--nogit-fallback", "--nokeywords")
_TAG = re.compile(r"[A-Z]:\t")
_BRACKETED = re.compile(r"<([^<>\s]*@[^<>\s]*)>")


class ScriptError(Exception):
    """The script cannot be run, or not to an end."""


def measure(setup: Setup) -> list[Table]:
    """The table of looking up; none where there is no tree at hand."""
    rows: list[tuple[Cell, ...]] = []
    if setup.tree is not None:
        setup.note(f"lookup: {setup.tree}")
        rows.append(_row(trees.checkout(setup.tree), setup))
    else:
        setup.note("lookup: no tree with its script is named (--tree, --script): ours is timed alone")
        for project in trees.kept(setup):
            setup.note(f"lookup: {project.name}")
            rows.append(_row(project, setup))
    if not rows:
        setup.note("lookup: no tree is at hand either, so nothing is measured: name one with --tree DIR")
        return []
    return [
        Table(
            "lookup/paths",
            "Looking up: who owns a path, beside get_maintainer.pl",
            (
                *(Column("tree"), Column("sections"), Column("paths"), Column("compared with"), Column("n")),
                *(Column("sections agree", "%"), Column("addresses agree", "%")),
                *(Column("ours", "µs", 1), Column("ours, p99", "µs", 1)),
                *(Column("script", "ms", 1), Column("ratio", "times", 0), Column("loading", "s", 2)),
            ),
            tuple(rows),
            (
                "Ours: by the processor's clock, the map loaded, over paths of the whole tree, each once;"
                " loading: the file, its format and the list of paths.",
                "The script: by the clock on the wall, its start included, for it cannot be asked otherwise;"
                " the median.",
            ),
        )
    ]


def _row(project: Project, setup: Setup) -> tuple[Cell, ...]:
    times = _timed(project, some_of(project.paths, _QUICK_TIMED if setup.quick else _TIMED))
    golden, watch, compared = project.golden, None, "what it said once" if project.golden else "nothing"
    if setup.tree is not None:
        if lacking := _lacking(setup.tree, setup.script):
            setup.note(f"lookup: {lacking}; ours is timed alone")
        else:
            assert setup.script is not None
            asked = some_of(project.paths, _QUICK_SAID if setup.quick else _SAID)
            golden, watch = said_by(setup.script, setup.tree, asked, setup)
            compared = setup.script.name
    agreed = [agreement(project, each) for each in golden]
    ours, script = times.ms(0.5), watch.ms(0.5) if watch is not None else None
    return (
        *(project.name, len(project.map.sections), len(project.paths), compared, len(golden)),
        percent(sum(each.sections for each in agreed), len(agreed)),
        percent(sum(each.addresses for each in agreed), len(agreed)),
        *(1e3 * value if value is not None else None for value in (ours, times.ms(0.99))),
        *(script, script / ours if script is not None and ours else None, project.loading),
    )


def _timed(project: Project, paths: Sequence[str]) -> Stopwatch:
    watch = Stopwatch(clock=time.thread_time)
    for path in paths[:_WARM_UP]:
        answer(project.map, path)
    for path in paths:
        with watch.running():
            answer(project.map, path)
    return watch


# --- the script ---------------------------------------------------------------------------------------


def _lacking(tree: Path, script: Path | None) -> str:
    """What keeps the script from being asked; empty where nothing does."""
    if script is None:
        return "no script is named (--script)"
    if not script.is_file():
        return f"there is no script {script}"
    if shutil.which("perl") is None:
        return "perl is not installed"
    return "" if tree.is_dir() else f"there is no folder {tree}"


def said_by(
    script: Path, tree: Path, paths: Sequence[str], setup: Setup
) -> tuple[tuple[Golden, ...], Stopwatch]:
    """What the script says of paths, and the time that it takes for the addresses of each. Raises
    `ScriptError`."""
    watch, found = Stopwatch(), []
    for at, path in enumerate(paths, 1):
        with watch.running():
            addresses = _run(script, tree, "--norolestats", "--roles", path)
        sections = _run(script, tree, "--sections", path)
        found.append(Golden(path, sections_of(sections), tuple(addresses.splitlines())))
        if at % 10 == 0 or at == len(paths):
            setup.note(f"lookup: the script was asked for {at} of {len(paths)} paths")
    return tuple(found), watch


def _run(script: Path, tree: Path, *options: str) -> str:
    command = ["perl", str(script.resolve()), *_PLAIN, *options]
    try:
        done = subprocess.run(
            command, cwd=tree, capture_output=True, timeout=_PATIENCE, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise ScriptError(f"{script.name} took more than {_PATIENCE} s for {options[-1]}") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()[:1]
        raise ScriptError(f"{script.name} failed for {options[-1]}: {''.join(said) or done.returncode}")
    return done.stdout.decode(errors="replace")


def sections_of(output: str) -> tuple[str, ...]:
    """The names of the sections that `--sections` prints, in its order: of each, which ends with a blank
    line, whatever stands before its first tag."""
    found: list[str] = []
    named = False
    for line in output.splitlines():
        if not line.strip():
            named = False
        elif not named and not _TAG.match(line):
            found.append(line.strip())
            named = True
    return tuple(found)


def addresses_of(lines: Iterable[str]) -> frozenset[str]:
    """The bare addresses of lines like `Ann Bee <ann@example.org> (maintainer:LIBXL)`."""
    return frozenset(bare(line) for line in lines if "@" in line)


def bare(line: str) -> str:
    """An address without name and role, in lower case."""
    inner = _BRACKETED.search(line)
    return (inner[1] if inner else line.split(maxsplit=1)[0]).lower()


# --- agreeing -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether the two say the same of one path."""

    sections: bool
    addresses: bool


def agreement(project: Project, golden: Golden) -> Agreement:
    """Of ours and what the script said."""
    ours = answer(project.map, golden.path)
    told = {each.email.lower() for each in ours.people} | {each.email.lower() for each in ours.lists}
    return Agreement(in_order(ours.owning, golden.sections), told == addresses_of(golden.addresses))


def in_order(owning: Sequence[Owning], sections: Sequence[str]) -> bool:
    """Whether these are the sections of `owning` in its order, those of one depth in any."""
    if len(owning) != len(sections):
        return False
    place = {each.section: each.depth for each in owning}
    if set(place) != set(sections):
        return False
    return [place[name] for name in sections] == [each.depth for each in owning]
