"""What a text mentions of a tree: paths, names of files, identifiers, commands.

Read from prose and from what is pasted into it (`routing.reading.pasted`, `routing.reading.links`); nothing
is looked up, so whether the tree has such a thing, and which one is meant, is for others to say. A mention is
`sure` where its form or its surroundings say what it is; `client/xenstore` in prose may be a path, or two
words.

    path        holds a slash: `tools/libs/light/libxl_create.c`, `a/xen/common/x.c`, `/builds/xen/tools/`;
                a directory ends in one. Relative names that a build prints are in the directory that make is
                in, and told with it. What comes before the tree's root stays: nobody here knows the tree.
    file        does not: `libxl_create.c`, `Makefile`
    identifier  `libxl__domain_make`, `CONFIG_XEN_PVH`, `printk()`, `$(XEN_ROOT)`, `--enable-ovmf`
    command     what a person would type: `xl create`, `make -C tools`; and a program that logs

No e-mail addresses, hosts, versions, dates; of URLs the path that they show. Colour codes, invisible
characters, backslashes, quotes and punctuation around are seen through. The time is linear in the length of
the text, and of each sort the first `MOST` are told. Must not import anything of chat.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from operator import attrgetter

from routing.reading.links import addresses, shown
from routing.reading.pasted import RENAMED, Directories, Material, material, named
from routing.reading.written import Meant, is_identifier, meant, typed

MOST = 40
"""Mentions of each sort that are told."""
LONGEST = 500
"""Characters of a mention; what is longer was pasted by mistake."""


@dataclass(frozen=True, slots=True)
class Mention:
    """`text`: what is mentioned, as somebody would look it up. It stands at `start` up to `end` of the text
    that was read, perhaps written differently. `kind`: the material it stands in."""

    text: str
    kind: Material
    start: int
    end: int
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a text mentions, each thing once, in the order of the text."""

    paths: tuple[Mention, ...] = ()
    files: tuple[Mention, ...] = ()
    identifiers: tuple[Mention, ...] = ()
    commands: tuple[Mention, ...] = ()


def mentioned(text: str) -> Mentions:
    """What `text` mentions. Whoever reads what others wrote clips it first; any length is safe."""
    plain, moved = _plain(text)
    found: dict[str, dict[str, Mention]] = {"path": {}, "file": {}, "identifier": {}, "command": {}}
    for sort, each in _all(plain):
        kept = found[sort]
        before = kept.get(each.text)
        if before is None:
            if len(kept) < MOST and len(each.text) <= LONGEST:
                kept[each.text] = each
        elif _telling(each) > _telling(before):
            kept[each.text] = each
    paths, files, identifiers, commands = (_ordered(kept.values(), moved) for kept in found.values())
    return Mentions(paths, files, identifiers, commands)


def _telling(mention: Mention) -> tuple[bool, bool, int]:
    """Of the same thing at several places the one that is told is sure, pasted, and the first."""
    return mention.sure, mention.kind is not Material.PROSE, -mention.start


# --- what is written where ----------------------------------------------------------------------------

_HIDDEN = re.compile(
    r"\x1b\[[0-9;?]{0,40}+[ -/]?[@-~]|\x1b\][^\x07\x1b]{0,200}+(?:\x07|\x1b\\)?|\x03(?:\d\d?(?:,\d\d?)?)?"
    r"|[\x00-\x02\x04-\x08\x0e-\x1f\x7f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)


def _plain(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without what nobody sees, and for each place where something was left out how much was, from
    the beginning to there."""
    moved: list[tuple[int, int]] = []
    if text.isprintable() or _HIDDEN.search(text) is None:
        return text, moved
    parts: list[str] = []
    last = gone = 0
    for match in _HIDDEN.finditer(text):
        parts.append(text[last : match.start()])
        last = match.end()
        gone += match.end() - match.start()
        moved.append((last - gone, gone))
    return "".join((*parts, text[last:])), moved


def _ordered(mentions: Iterable[Mention], moved: list[tuple[int, int]]) -> tuple[Mention, ...]:
    """In the order of the text, with places as they are in the text that was given."""
    ordered = sorted(mentions, key=attrgetter("start", "end"))
    if not moved:
        return tuple(ordered)
    return tuple(
        replace(e, start=_before(e.start, moved), end=_before(e.end - 1, moved) + 1) for e in ordered
    )


def _before(place: int, moved: list[tuple[int, int]]) -> int:
    at = bisect_left(moved, (place + 1, 0))
    return place + (moved[at - 1][1] if at else 0)


Found = tuple[str, Mention]


def _all(text: str) -> Iterator[Found]:
    """Everything that is mentioned, with its sort, the same thing perhaps more than once."""
    for start, end, command, sure in typed(text):
        yield "command", Mention(command, Material.PROSE, start, end, sure)
    directories = Directories(text)
    hidden = directories.spans[:MOST]
    for start, end in hidden:
        yield "path", Mention(f"{text[start:end].rstrip('/')}/", Material.MAKE, start, end)
    for address in addresses(text):
        hidden.append(address.span())
        if (page := shown(address[0])) is not None:
            sort = "identifier" if not page[1] else "path" if "/" in page[0] else "file"
            yield sort, Mention(page[0], Material.LINK, *address.span())
    text = _without(text, hidden)
    for kind, sort, name, start, end in named(text):
        if (told := _named(sort, name, kind, directories.at(start))) is not None:
            yield told.sort, Mention(told.text, kind, start, end)
    if " => " in text:
        text = _without(text, [renamed.span() for renamed in RENAMED.finditer(text)])
    yield from _scanned(text, directories)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with blanks in these spans; everything stays where it is."""
    if not spans:
        return text
    parts: list[str] = []
    last = 0
    for start, end in sorted(spans):
        if start >= last:
            parts += text[last:start], " " * (end - start)
            last = end
    return "".join((*parts, text[last:]))


_NO_NAMES = frozenset(
    ("all", "build", "check", "clean", "code", "default", "error", "install", "main", "world")
)


def _named(sort: str, name: str, kind: Material, directory: str) -> Meant | None:
    """What a name is that its surroundings gave away."""
    match sort:
        case "path":
            return meant(name, kind, directory) or Meant("file", name, True)
        case "directory":
            return Meant("path", f"{name.rstrip('/')}/", True)
        case "library":
            return Meant("identifier", f"lib{name}", True)
        case "command":
            return Meant("command", name.rpartition("/")[2], True)
    if sort in ("target", "quoted") and ("/" in name or "." in name):
        return meant(name, kind, directory)
    return Meant("identifier", name, True) if len(name) > 2 and name not in _NO_NAMES else None


_TOKEN = re.compile(
    r"(?<![\w./+~@\\-])(?:[A-Za-z0-9+~@-]*+[./\\_][\w./+~@\\-]*+|--[A-Za-z][\w-]{3,}+|[A-Za-z]\w{2,}+\(\)"
    r"|(?:(?:GNU)?[Mm]akefile|K(?:config|build)|MAINTAINERS|CODEOWNERS|Dockerfile|COPYING|README)(?!\w)"
    r"|\$[({][\w-]{2,60}[)}])",
    re.ASCII,
)
"""What may be more than a word; nearly every word of a text is passed over by that."""


def _scanned(text: str, directories: Directories) -> Iterator[Found]:
    """What shows by its own form, in the material of its line."""
    kind, beginning, ending = Material.PROSE, 0, -1
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if start > ending:
            beginning = text.rfind("\n", 0, start) + 1
            ending = text.find("\n", start)
            ending = ending if ending >= 0 else len(text)
            kind = material(text[beginning:ending])
        token = match[0].rstrip(".,-~+@")
        if not token:
            continue
        if token[0] == "$" or token[-1] == ")":
            yield "identifier", Mention(token.strip("${}()"), kind, start, end)
        elif token[:2] == "--":
            if (option := token.split(".")[0].split("/")[0])[2:3].isalpha():
                yield "identifier", Mention(option, kind, start, start + len(option), kind is Material.PROSE)
        elif "/" in token or "." in token or "\\" in token or "_" not in token:
            if (told := meant(token, kind, directories.at(start))) is not None:
                yield told.sort, Mention(told.text, kind, start, start + len(token), told.sure)
        elif token[0] != "-" and is_identifier(name := token.partition("@")[0].rstrip("_-+~")):
            spoken_to = kind is Material.PROSE and start == beginning and text.startswith((": ", ", "), end)
            yield "identifier", Mention(name, kind, start, start + len(name), not spoken_to)
    if "`" in text:
        for match in _TICKED.finditer(text):
            yield "identifier", Mention(match[1], Material.PROSE, *match.span(1))


_TICKED = re.compile(r"`([A-Za-z]\w{2,80}+)(?:\([^\n()`]{0,100}+\))?`", re.ASCII)
