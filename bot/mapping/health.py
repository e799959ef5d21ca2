"""What `pkgdesk map health` found, told to people and to programs.

On a terminal it is a table: a line for each kind of finding with how many there are, and the first of them
below. Elsewhere each finding is one line, `kind: what: more`. Of each kind no more than `LISTED` are told,
unless all are asked for; as JSON they are all there. The sum goes to standard error.
"""

import json
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict
from typing import Any, TypeAlias

from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.maps.settings import MapSource
from bot.maps.sources import read_map
from bot.screen import console
from routing.health import OVERLOAD, Bearing, Health, health
from routing.sections import MaintainersMap

LISTED = 8
"""As many findings of one kind are told."""

Finding: TypeAlias = tuple[str, str]
"""What, and more about it."""


def report(
    sources: Collection[MapSource],
    networks: Collection[str] | None,
    *,
    as_json: bool,
    everything: bool,
    note: Callable[[str], None],
) -> bool:
    """Read a map, print what is found, and say whether it is well. `networks`: those that are configured;
    None: an account on any will do. Raises `DocumentError`."""
    map_ = read_map(sources)
    found = health(map_, networks)
    if as_json:
        print(json.dumps(data(map_, found), indent=2, ensure_ascii=False))
        return found.well
    kinds = tuple(findings(map_, found, networks))
    limit = None if everything else LISTED
    if sys.stdout.isatty():
        _show(kinds, limit)
    else:
        for kind, _, all_ in kinds:
            for what, more in all_[:limit]:
                print(f"{kind}: {what}" + (f": {more}" if more else ""))
            if limit is not None and len(all_) > limit:
                print(f"{kind}: and {len(all_) - limit:,} more (--all tells them)")
    note(summary(found))
    return found.well


def findings(
    map_: MaintainersMap, found: Health, networks: Collection[str] | None
) -> Iterator[tuple[str, str, tuple[Finding, ...]]]:
    """Each kind of finding: its word, what it means, and all there are."""
    anywhere = "no account" if networks is None else f"no account on {' or '.join(sorted(networks))}"
    sections, people = map_.sections, map_.people
    yield (
        "orphan",
        "sections without anybody by their status",
        tuple((name, f"its status: {sections[name].status}") for name in found.orphans),
    )
    yield (
        "nameless",
        "other sections that name nobody",
        tuple((name, "") for name in found.nameless),
    )
    if not found.nobody_known:
        yield (
            "unreachable",
            "sections of whose people, or those of the sections around them, none can be pinged",
            tuple(
                (name, ", ".join(_few((*sections[name].maintainers, *sections[name].reviewers))))
                for name in found.unreachable
            ),
        )
    yield (
        "overloaded",
        f"people who bear {OVERLOAD:g} times as much as others, or more",
        tuple((_named(map_, each.person), _bears(each, found.files)) for each in found.overloaded),
    )
    yield (
        "no account",
        f"people who have {anywhere}, so that they can never be pinged",
        (("nobody has one", "so nobody can be pinged; an overlay says who they are in chat (--overlay)"),)
        if found.nobody_known
        else tuple((who, _address(people[who].name, people[who].email)) for who in found.no_account),
    )
    if found.files is None:
        return
    gone = frozenset(found.gone)
    yield (
        "dead pattern",
        "patterns that match no file",
        tuple(
            (each.section, ("not " if each.against else "") + each.pattern)
            for each in found.dead
            if each.section not in gone
        ),
    )
    yield (
        "gone",
        "sections all of whose patterns match no file",
        tuple((name, ", ".join(_few([file.text for file in sections[name].files]))) for name in found.gone),
    )
    unowned = found.unowned or {}
    yield (
        "unowned",
        "files that no section owns, by folder",
        tuple(
            (folder, _counted(count, "file", "files"))
            for folder, count in sorted(unowned.items(), key=lambda each: -each[1])
        ),
    )
    yield "new folder", "folders at the top of which nobody owns anything", tuple((n, "") for n in found.new)


def summary(found: Health) -> str:
    """The sum of it in a line."""
    read = f"{_counted(found.sections, 'section', 'sections')}, {_counted(found.people, 'person', 'people')}"
    if found.files is None:
        read += (
            "; files and patterns are not looked at, because the paths of the tree are not known: name them "
            "with --paths, or in the configuration"
        )
    else:
        read += f", {_counted(found.files, 'file', 'files')}"
    return f"{'the map is well' if found.well else 'the map is not well'}: {read}"


def data(map_: MaintainersMap, found: Health) -> dict[str, Any]:
    """All of it as what JSON can hold."""
    unowned = found.unowned or {}
    return {
        "healthy": found.well,
        "sections": found.sections,
        "people": found.people,
        "files": found.files,
        "orphans": [{"section": name, "status": map_.sections[name].status} for name in found.orphans],
        "nameless": list(found.nameless),
        "unreachable": list(found.unreachable),
        "overloaded": [asdict(each) for each in found.overloaded],
        "no_account": [
            {"person": who, "name": map_.people[who].name, "email": map_.people[who].email}
            for who in found.no_account
        ],
        "dead_patterns": [asdict(each) for each in found.dead] if found.files is not None else None,
        "gone_sections": list(found.gone) if found.files is not None else None,
        "unowned_files": sum(unowned.values()) if found.files is not None else None,
        "unowned": dict(unowned) if found.files is not None else None,
        "new_folders": list(found.new) if found.files is not None else None,
    }


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _few(names: Collection[str]) -> Iterator[str]:
    shown = list(names)[:3]
    yield from shown
    if len(names) > len(shown):
        yield f"and {len(names) - len(shown)} more"


def _named(map_: MaintainersMap, who: str) -> str:
    name = map_.people[who].name
    return who if name == who else f"{who} ({name})"


def _address(name: str, email: str | None) -> str:
    return f"{name} <{email}>" if email else name


def _bears(each: Bearing, files: int | None) -> str:
    said = f"{each.share:.1%} of the map, {each.share / each.even:.1f} times an even share; "
    said += _counted(each.sections, "section", "sections")
    if each.files is not None and files:
        said += f", {_counted(each.files, 'file', 'files')} ({each.files / files:.1%})"
    return said


def _show(kinds: Collection[tuple[str, str, tuple[Finding, ...]]], limit: int | None) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("found")
    table.add_column("", justify="right")
    table.add_column("what", overflow="fold")
    for kind, meaning, all_ in kinds:
        colour = "yellow" if all_ else "green"
        table.add_row(Text(kind, f"bold {colour}"), Text(f"{len(all_):,}", colour), Text(meaning, "bold"))
        for what, more in all_[:limit]:
            table.add_row("", "", Padding(Text(what + (f": {more}" if more else "")), (0, 0, 0, 2)))
        if limit is not None and len(all_) > limit:
            table.add_row(
                "",
                "",
                Padding(Text(f"and {len(all_) - limit:,} more (--all tells them)", "dim"), (0, 0, 0, 2)),
            )
    console().print(table)
