"""`pkgdesk map path`: whose paths are, told as `get_maintainer.pl` would, or as lines of JSON.

    {"path": …, "sections": […], "people": [{"name", "email", "role", "section"}], "lists": […]}

Results go to standard output, one path after the other as they are found.
"""

import contextlib
import gzip
import io
import json
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.command_line import WRONG_USE, Stop
from bot.maps.files import LARGEST, content_of
from bot.maps.settings import MapSource
from bot.maps.sources import examine_map
from bot.screen import console
from routing.answers import Answer, Contact, answer
from routing.formats.globs import FilePattern
from routing.sections import MaintainersMap

STANDARD_INPUT = Path("-")


def report(
    sources: Iterable[MapSource],
    asked: Iterable[str],
    *,
    as_json: bool,
    note: Callable[[str], None],
) -> bool:
    """Print whose the paths are; whether any of them is somebody's. Raises DocumentError."""
    sources = tuple(sources)
    read = examine_map(sources)
    of = read.built()
    for problem in read.problems:
        note(str(problem))
    trees = [each.tree for each in sources if each.tree is not None]
    if lost := without_tree(of):
        note(lost)
    drawn = None if as_json else console()
    any_ = False
    for number, written in enumerate(asked):
        path = _in_a_tree(written, trees)
        if path.startswith("/"):
            note(f"{path}: paths are those from the root of the tree, like tools/xl/xl.c")
        found = answer(of, path)
        any_ = any_ or bool(found.owning)
        if drawn is None:
            print(json.dumps(as_data(of, found), ensure_ascii=False))
        else:
            show(drawn, of, found, first=not number)
    return any_


def without_tree(of: MaintainersMap) -> str:
    """What is lost without the paths of the tree; empty where nothing is."""
    if of.tree is not None:
        return ""
    unsure = sum(
        1
        for section in of.sections.values()
        for pattern in (*section.files, *section.excluded)
        if isinstance(pattern, FilePattern) and pattern.uncertain
    )
    if not unsure:
        return ""
    return (
        f"without the paths of the tree (--paths or --tree) {unsure} patterns without a slash at their end "
        "are taken for files; those that are directories match too little"
    )


def asked_for(paths: Iterable[str], file: Path | None) -> Iterator[str]:
    """The paths to look up: those of the command line, and those of a file, a line each. Raises Stop and
    DocumentError."""
    yield from map(_from_the_root, paths)
    if file is None:
        return
    content = _standard_input() if file == STANDARD_INPUT else content_of(file)
    for line in content.decode("utf-8", "surrogateescape").split("\n"):
        if path := line.removesuffix("\r"):
            yield _from_the_root(path)


def show(to: Console, of: MaintainersMap, found: Answer, *, first: bool) -> None:
    """An answer for people: the sections, the closest first, then people and lists."""
    if not first:
        to.print()
    to.print(Text(found.path, style="bold"), soft_wrap=True)
    if not found.owning:
        to.print(Text("  nobody owns it"), soft_wrap=True)
    for each in found.owning:
        section = of.sections.get(each.section)
        status = f" [{section.status}]" if section is not None and section.unattended else ""
        by = f" by {each.pattern}" if each.pattern else ""
        to.print(Text(f"  {_title(of, each.section)}{status}{by}", style="cyan"), soft_wrap=True)
    for line in (*found.people, *found.lists):
        to.print(Text(f"  {line}"), soft_wrap=True)


def as_data(of: MaintainersMap, found: Answer) -> dict[str, object]:
    """An answer for programs. Sections are called what their files call them."""
    return {
        "path": found.path,
        "sections": [_title(of, each.section) for each in found.owning],
        "people": [_person(of, each) for each in found.people],
        "lists": [each.email for each in found.lists],
    }


def _person(of: MaintainersMap, contact: Contact) -> dict[str, str]:
    section = _title(of, contact.section)
    return {"name": contact.name, "email": contact.email, "role": contact.role, "section": section}


def _title(of: MaintainersMap, name: str) -> str:
    """What the file calls a section: of two that are called the same, the second is `NAME (2)` to us."""
    section = of.sections.get(name)
    if section is None or not section.title:
        return name
    return section.title if name.startswith(f"{section.title} (") else name


def _from_the_root(path: str) -> str:
    return path.removeprefix("./")


def _in_a_tree(path: str, trees: Iterable[Path]) -> str:
    """A path of this machine as the tree has it, where it lies in one of these checkouts."""
    if path.startswith("/"):
        for tree in trees:
            with contextlib.suppress(ValueError, OSError, RuntimeError):
                inside = Path(path).resolve().relative_to(tree.resolve()).as_posix()
                return f"{inside}/" if path.endswith("/") else inside
    return path


def _standard_input() -> bytes:
    if sys.stdin is None or sys.stdin.closed:
        raise Stop(WRONG_USE, "standard input is closed: pipe the paths into it")
    content = sys.stdin.buffer.read(LARGEST + 1)
    if content.startswith(b"\x1f\x8b"):
        try:
            content = gzip.GzipFile(fileobj=io.BytesIO(content)).read(LARGEST + 1)
        except (EOFError, OSError, zlib.error) as error:
            raise Stop(WRONG_USE, f"standard input: the packed data is damaged ({error})") from error
    if len(content) > LARGEST:
        raise Stop(WRONG_USE, f"standard input is larger than the {LARGEST:,} bytes that are read")
    return content
