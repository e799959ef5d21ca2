"""`pkgdesk map path`: whose paths are, told as `get_maintainer.pl` would, or as lines of JSON.

    {"path": …, "sections": […], "people": [{"name", "email", "role", "section"}], "lists": […]}

Results go to standard output, one path after the other as they are found.
"""

import contextlib
import gzip
import io
import json
import posixpath
import sys
import zlib
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.command_line import WRONG_USE, Stop
from bot.maps.files import LARGEST, content_of
from bot.maps.piped import STANDARD_INPUT, readable_again
from bot.maps.settings import MapSource
from bot.maps.sources import examine_map
from bot.screen import console
from knowledge.documents import DocumentError, Problem
from routing.answers import Answer, Contact, answer
from routing.formats.globs import FilePattern
from routing.sections import MaintainersMap

_NAMED = 3
"""Paths, patterns or files that are named where there may be many."""


def report(
    sources: Iterable[MapSource],
    asked: Sequence[str],
    *,
    as_json: bool,
    note: Callable[[str], None],
) -> bool:
    """Print whose the paths are; whether any of them is somebody's. Raises DocumentError."""
    sources = tuple(sources)
    examined = examine_map(sources)
    of = examined.built()
    trees = [each.tree for each in sources if each.tree is not None]
    paths = tuple(_in_a_tree(written, trees) for written in asked)
    for said in (warned(examined.problems), outside(paths), not_there(of, paths), without_tree(of, paths)):
        if said:
            note(said)
    drawn = None if as_json else console()
    any_ = False
    for number, path in enumerate(paths):
        found = answer(of, path)
        any_ = any_ or bool(found.owning)
        if drawn is None:
            print(json.dumps(as_data(of, found), ensure_ascii=False))
        else:
            show(drawn, of, found, first=not number)
    return any_


def warned(problems: Collection[Problem]) -> str:
    """The warning about a map, or how many there are and what tells them; empty where there is none."""
    if len(problems) < 2:
        return "".join(map(str, problems))
    files = tuple(dict.fromkeys(each.source for each in problems))
    return f"{len(problems):,} warnings: " + ", ".join(f"pkgdesk check {file}" for file in files[:_NAMED])


def outside(paths: Sequence[str]) -> str:
    """What is said of paths that do not begin at the tree's root; empty where all do."""
    lost = [path for path in paths if path.startswith(("/", "../"))]
    return f"{_few(lost)}: paths are those from the root of the tree, like tools/xl/xl.c" if lost else ""


def not_there(of: MaintainersMap, paths: Sequence[str]) -> str:
    """What is said of paths that the tree does not have; empty where it has all, or nobody knows."""
    tree = of.tree
    if tree is None:
        return ""
    lost = [
        path
        for path in paths
        if not (path in tree or tree.is_directory(path) or path.startswith(("/", "../")))
    ]
    if not lost:
        return ""
    one = len(lost) == 1
    told = "is not in the tree; it is" if one else "are not in the tree; they are"
    return f"{_few(lost)} {told} looked up as if {'it' if one else 'they'} were"


def without_tree(of: MaintainersMap, paths: Sequence[str]) -> str:
    """What is lost of these paths without those of the tree; empty where nothing is."""
    if of.tree is not None:
        return ""
    above = {path[:at] for path in paths for at, each in enumerate(path) if each == "/" and at}
    unsure = {
        pattern.text
        for section in of.sections.values()
        for pattern in (*section.files, *section.excluded)
        if isinstance(pattern, FilePattern) and pattern.uncertain and not above.isdisjoint(pattern.heads)
    }
    if not unsure:
        return ""
    counted, files = (
        ("1 pattern without a slash at its end is", "a file, and matches")
        if len(unsure) == 1
        else (f"{len(unsure)} patterns without a slash at their end are", "files, and match")
    )
    lost = f"{counted} taken for {files} nothing below: {_few(sorted(unsure))}"
    return f"without the paths of the tree (--paths or --tree) {lost}"


def asked_for(paths: Iterable[str], file: Path | None) -> tuple[str, ...]:
    """The paths to look up: those of the command line, and those of a file, a line each. Raises Stop and
    DocumentError."""
    found = []
    for path in paths:
        if not path or "\0" in path:
            raise Stop(WRONG_USE, "a path is empty, or holds a NUL byte: name one like tools/xl/xl.c")
        found.append(_from_the_root(path))
    if file is None:
        return tuple(found)
    there = len(found)
    content = _standard_input() if file == STANDARD_INPUT else content_of(readable_again(file))
    for number, line in enumerate(content.decode("utf-8", "surrogateescape").split("\n"), 1):
        if "\0" in line:
            said = "holds a NUL byte: paths are read one a line, as git ls-files prints them without -z"
            raise DocumentError([Problem(_named(file), number, 1, said)])
        if path := line.removesuffix("\r"):
            found.append(_from_the_root(path))
    if len(found) == there:
        raise DocumentError([Problem(_named(file), 1, 1, "holds no path: paths are read one a line")])
    return tuple(found)


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
    """A path without detours: `a/./b/../c` is a/c. Raises Stop for the tree itself."""
    if not {"", ".", ".."}.intersection(path.removesuffix("/").split("/")):
        return path
    straight = posixpath.normpath(path)
    if straight == ".":
        raise Stop(WRONG_USE, f"{path}: is the whole tree: name a path in it, like tools/xl/xl.c")
    return f"{straight}/" if path.endswith("/") and straight != "/" else straight


def _few(names: Sequence[str]) -> str:
    told = ", ".join(names[:_NAMED])
    return told if len(names) <= _NAMED else f"{told} and {len(names) - _NAMED:,} more"


def _named(file: Path) -> str:
    return "standard input" if file == STANDARD_INPUT else str(file)


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
