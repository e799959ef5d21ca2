"""Whose the paths and files are that a text mentions.

Where the tree is known, a path means the files of the tree that share its end, and the map says exactly whose
those are; a product of a build (`x.o`) means what it is made from. Otherwise every tail of it is tried on the
patterns. A directory that is there means all that is in it.

What points nearly everywhere points nowhere: of a name that several files bear, each owner has a part only.
Must not import anything of chat.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from routing.reading.mentions import MOST, Mention, mentioned
from routing.reading.written import sources
from routing.sections import MaintainersMap

PATHS = 10
"""As many paths of a text are looked at."""
LONGEST_SHOWN = 80
"""Characters of a path that a reason repeats."""

BY_DEPTH = (0.2, 0.55, 0.75, 0.85, 0.9)
"""How likely a question with nothing but this path belongs to the section, by how closely the pattern
looks."""
IN_TREE = 0.85
"""The least of that for a file that the tree has: it is no guess whose that is."""
ALONE = 0.7
"""The same of a file's name without its directory, by a pattern of names."""
LEAST = 0.05
"""What weighs less than that says nothing."""


@dataclass(frozen=True, slots=True)
class Pointed:
    """A section that a path points to. `sign`: the pattern, as the map has it."""

    section: str
    weight: float
    reason: str
    sign: str


def pointed(map_: MaintainersMap, text: str) -> tuple[list[Pointed], str]:
    """What the paths and files of a text point to; and the text without the directories that it names, whose
    parts are no words of anybody's."""
    mentions = mentioned(text)
    found: list[Pointed] = []
    pieces: list[str] = []
    last = looked = 0
    for mention in sorted((*mentions.paths, *mentions.files), key=lambda each: (each.start, each.end)):
        of_it = tuple(of_path(map_, mention.text)) if looked < PATHS and _may_point(map_, mention) else ()
        looked += 1
        found += of_it
        if "/" not in mention.text or mention.start < last:
            continue
        name = "" if of_it else mention.text.rpartition("/")[2]
        pieces += [text[last : mention.start], f" {name} "]
        last = mention.end
    unread = len(mentions.paths) == MOST  # whatever comes after as many may hold more
    return found, "".join((*pieces, "" if unread else text[last:]))


def of_path(map_: MaintainersMap, path: str) -> Iterator[Pointed]:
    """Whose a path is, as a person, a compiler or a diff writes it; the closest first."""
    tree = map_.tree
    meant = tree.resolve(path) if tree is not None else ()
    if tree is not None and not meant:
        meant = next((found for name in sources(path) if (found := tree.resolve(name))), ())
    return _in_tree(map_, path, meant) if meant else _by_patterns(map_, path)


def _may_point(map_: MaintainersMap, mention: Mention) -> bool:
    """Whether it is a path at all: two words with a slash between them may be; the tree knows."""
    return mention.sure or "/" not in mention.text or (map_.tree is not None and "." in mention.text)


def _in_tree(map_: MaintainersMap, path: str, meant: Iterable[str]) -> Iterator[Pointed]:
    """Each file of the tree that is meant has one voice."""
    each = [tuple(_exactly(map_, path, one)) for one in meant]
    best: dict[str, Pointed] = {}
    for of_one in each:
        for found in of_one:
            shared = replace(found, weight=found.weight / len(each))
            before = best.get(found.section)
            if before is not None:
                shared = replace(shared, weight=min(before.weight + shared.weight, found.weight))
            best[found.section] = shared
    yield from sorted((p for p in best.values() if p.weight >= LEAST), key=lambda p: -p.weight)


def _exactly(map_: MaintainersMap, path: str, meant: str) -> Iterator[Pointed]:
    owners = [each for each in map_.owning(meant) if each.section != map_.rest]
    for each in owners:
        weight = max(IN_TREE, BY_DEPTH[max(0, min(each.depth, len(BY_DEPTH) - 1))])
        if each.depth < owners[0].depth:
            weight /= 2
        yield Pointed(each.section, weight, _reason(path, each.pattern), each.pattern)


def _by_patterns(map_: MaintainersMap, path: str) -> Iterator[Pointed]:
    owning = map_.filing.owning(path)
    for filed in owning:
        depth = filed.pattern.depth
        weight = BY_DEPTH[max(0, min(depth, len(BY_DEPTH) - 1))]
        if depth < owning[0].pattern.depth:
            weight /= 2
        yield Pointed(filed.section, weight, _reason(path, filed.pattern.text), filed.pattern.text)
    name = path.rpartition("/")[2]
    if not owning and "." in name[1:] and (alone := map_.filing.holding(name)) is not None:
        reason = f"`{_shown(name)}` can only be of `{alone.pattern.text}`"
        yield Pointed(alone.section, ALONE, reason, alone.pattern.text)


def _reason(path: str, pattern: str) -> str:
    return f"`{_shown(path)}` {'is in' if pattern.endswith('/') else 'fits'} `{pattern}`"


def _shown(path: str) -> str:
    return path if len(path) <= LONGEST_SHOWN else f"…{path[1 - LONGEST_SHOWN :]}"
