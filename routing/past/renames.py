"""What a path of the past is called today.

Two sources. Git's own records of renames are followed from the newest to the oldest, so that each old name
leads to the last of its new ones, whatever was swapped or moved back since. Where a log holds names only, a
rename is seen by what it leaves behind: in one commit a path is touched that never is again and is gone
today, and another one for the first time. Of these two heaps those are paired that are spelt most alike, as

    likeness = 2 |a and b| / (|a| + |b|)          (Dice), over the words of the two paths,

where the words of the file's name weigh twice, and one of them at least must be the same
(xen/include/asm-x86/p2m.h and xen/arch/x86/include/asm/p2m.h; tools/xenstore/xenstored_core.c and
tools/xenstored/core.c). What no commit tells is tried by its name: one path of today that is called so, and
came when the other one was gone.

From several files that went the same way follows that their directory did; that maps what was there and is
not told of itself. Pure, and bounded: what a hostile log makes large is left out.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from routing.past.history import Commit

ALIKE = 0.6
"""From this likeness on, what went and what came in one commit are one file."""

ALIKE_BY_NAME = 0.8
"""And where nothing but the name of the file tells."""

SAME_WAY = 3
"""Files of a directory that tell where it went."""

SOON = 1_000
"""Commits that may lie between a directory's last and the other one's first: half a year of Xen's."""

MOST_COMPARED = 10_000
"""Pairs of one commit; one that has more is looked at by equal names of files only."""

MOST_COMPARED_IN_ALL = 2_000_000
"""Pairs of a whole history: some seconds' work; the older commits go without. All of Xen's are 70,000."""

DEEPEST = 32
"""Directories above a path that are looked for."""


@dataclass(frozen=True, slots=True)
class Renames:
    """Where everything went. `renames(path)` is its path today, or None where it is gone."""

    moved: Mapping[str, str]
    """Of paths that are gone, the last name."""
    directories: Mapping[str, str]
    """Of directories that moved, without the slash at the end."""
    paths: Collection[str] | None
    """All that there are today; None where nobody knows."""

    def __call__(self, path: str, /) -> str | None:
        if self.paths is None:
            return self.whereabouts(path)
        if path in self.paths:
            return path
        found = self.whereabouts(path)
        return found if found in self.paths else None

    def whereabouts(self, path: str) -> str:
        """Where it is, or would be if it were still there: what its directory is called today. A path of
        which nothing is known is its own."""
        if self.paths is not None and path in self.paths:
            return path
        if path in self.moved:
            return self.moved[path]
        for above in _above(path):
            if above in self.directories:
                return self.directories[above] + path[len(above) :]
        return path


def todays(newest_first: Iterable[Commit], paths: Collection[str] | None = None) -> Renames:
    """What became of the paths of a history. `paths`: those of today; without them git's
    records tell, and what went the same way with others under its own name.

    `newest_first` should hold sweeping commits too (`History.everything`): they are what moves directories.
    """
    if paths is not None and not isinstance(paths, Set):
        paths = frozenset(paths)
    commits = list(newest_first)
    recorded = _recorded(commits)
    seen = _Seen.of(commits)
    found = _within_commits(commits, seen, recorded, paths)
    if paths is not None:
        gone = {path for path in seen.last if path not in paths}
        found |= _by_name(gone - found.keys() - recorded.keys(), seen, paths)
    moved = {old: found.get(new, new) for old, new in {**found, **recorded}.items()}
    if paths is not None:
        moved = {old: new for old, new in moved.items() if old not in paths}
    return Renames(moved, _directories(moved, recorded, seen, paths), paths)


def _recorded(commits: Iterable[Commit]) -> dict[str, str]:
    """By git's records. From the newest to the oldest, the name that a path was given leads to its last one
    already; of two records of one name the newer counts. All of one commit happened at once (a swap)."""
    moved: dict[str, str] = {}
    for commit in commits:
        at_once = {old: moved.get(new, new) for old, new in commit.renames if old not in moved}
        moved |= at_once
    return {old: new for old, new in moved.items() if old != new}


# --- without records: by what went and came in one commit ----------------------------------------------


@dataclass(frozen=True, slots=True)
class _Seen:
    """When each path was touched: numbers of commits, 0 being the newest."""

    last: dict[str, int] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, commits: Sequence[Commit]) -> "_Seen":
        seen = cls()
        for number, commit in enumerate(commits):
            for path in commit.paths:
                seen.last.setdefault(path, number)
                seen.first[path] = number
        return seen


def _within_commits(
    commits: Iterable[Commit], seen: _Seen, recorded: Mapping[str, str], paths: Collection[str] | None
) -> dict[str, str]:
    """By what went and what came, to the last of its names: from the newest to the oldest, what a path became
    leads on to it already. Where nobody knows what is there today, what was not touched again may be gone."""
    moved: dict[str, str] = {}
    compared = 0
    for number, commit in enumerate(commits):
        last = [path for path in commit.paths if seen.last[path] == number and path not in recorded]
        if paths is not None:
            went = [path for path in last if path not in paths]
        else:
            went = [path for path in last if seen.first[path] > number]
        if went and compared < MOST_COMPARED_IN_ALL:
            gone = frozenset(went)
            came = [path for path in commit.paths if seen.first[path] == number and path not in gone]
            compared += min(len(went) * len(came), MOST_COMPARED)
            pairs = _paired(went, came)
            pairs = pairs if paths is not None else _whole_ways(pairs)
            moved |= {old: moved.get(new, recorded.get(new, new)) for old, new in pairs.items()}
    return moved


def _paired(went: Sequence[str], came: Sequence[str]) -> dict[str, str]:
    """Each of what went with at most one of what came, those most alike first."""
    if len(went) * len(came) <= MOST_COMPARED:
        likely = [(old, new) for old in went for new in came]
    else:
        called = defaultdict(list)
        for new in came:
            called[_name(new)].append(new)
        likely = list(islice(((old, new) for old in went for new in called[_name(old)]), MOST_COMPARED))
    alike = sorted((-_likeness(old, new), old, new) for old, new in likely)
    pairs: dict[str, str] = {}
    taken: set[str] = set()
    for likeness, old, new in alike:
        if -likeness < ALIKE:
            break
        if old not in pairs and new not in taken:
            pairs[old] = new
            taken.add(new)
    left = [old for old in went if old not in pairs]
    others = [new for new in came if new not in taken]
    if len(left) == len(others) == 1 and _nearby(left[0], others[0], set(pairs.values())):
        pairs[left[0]] = others[0]
    return pairs


def _nearby(old: str, new: str, arrived: Collection[str]) -> bool:
    """Whether two files of the same kind lie in one directory, in one and a new one right below it, or where
    what else went with them arrived."""
    before, after = old.rpartition("/")[0], new.rpartition("/")[0]
    same_kind = _name(old).rpartition(".")[2] == _name(new).rpartition(".")[2]
    return same_kind and (
        before in (after, after.rpartition("/")[0]) or after in {path.rpartition("/")[0] for path in arrived}
    )


_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=20_000)
def _words(path: str) -> tuple[dict[str, int], frozenset[str]]:
    """The words of a path with their weights, and those of the file's name without its last ending."""
    above, _, name = path.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, ending = dot + ending, ""
    own = frozenset(_WORD.findall(stem))
    return {**dict.fromkeys(_WORD.findall(f"{above} {ending}"), 1), **dict.fromkeys(own, 2)}, own


def _likeness(old: str, new: str) -> float:
    (weights, own), (others, theirs) = _words(old), _words(new)
    if not own & theirs:
        return 0.0
    common = sum(min(weight, others.get(word, 0)) for word, weight in weights.items())
    return 2 * common / (sum(weights.values()) + sum(others.values()))


def _name(path: str) -> str:
    return path.rpartition("/")[2]


# --- by the name alone, and by directories --------------------------------------------------------------


def _by_name(gone: Collection[str], seen: _Seen, paths: Iterable[str]) -> dict[str, str]:
    """Who came when the other one was gone, and is the only one who is called so today."""
    wanted = {_name(path) for path in gone}
    called = defaultdict(list)
    for path in paths:
        if (name := _name(path)) in wanted:
            called[name].append(path)
    moved = {}
    for old in gone:
        today = called[_name(old)]
        new = today[0] if len(today) == 1 else old
        if new != old and seen.first.get(new, 0) <= seen.last[old] and _likeness(old, new) >= ALIKE_BY_NAME:
            moved[old] = new
    return moved


def _ways(old: str, new: str) -> Iterator[tuple[str, str]]:
    """The directories that a file went from and to: its own, and those above as long as what lies between is
    called the same."""
    before, after = old.split("/")[:-1], new.split("/")[:-1]
    while before and after and before != after:
        yield "/".join(before[:DEEPEST]), "/".join(after[:DEEPEST])
        if before.pop() != after.pop():
            break


def _whole_ways(moved: Mapping[str, str]) -> dict[str, str]:
    """Of what seems to have moved, that which kept its name and went with others."""
    kept = {old: new for old, new in moved.items() if _name(old) == _name(new)}
    counted = Counter(way for old, new in kept.items() for way in _ways(old, new))
    return {old: new for old, new in kept.items() if any(counted[way] >= SAME_WAY for way in _ways(old, new))}


def _directories(
    moved: Mapping[str, str], recorded: Collection[str], seen: _Seen, paths: Collection[str] | None
) -> dict[str, str]:
    """Where directories went: by most of the files that went from them, and by `SAME_WAY` at least. One whose
    files went several ways went nowhere; nor did one in which there still are some, nor one that was gone
    long before the other came."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    pause: dict[tuple[str, str], int] = {}
    left: dict[str, int] = {}
    never = len(seen.last) + SOON
    for old, new in moved.items():
        between = 0 if old in recorded else seen.last.get(old, never) - seen.first.get(new, 0)
        for before, after in _ways(old, new):
            counted[before][after] += 1
            pause[before, after] = min(pause.get((before, after), never), between)
            left[before] = min(left.get(before, never), seen.last.get(old, never))
    stays: set[str] = set()
    others = (path for path in seen.last if path not in moved)
    for path in others if paths is None else paths:
        # Who knows no tree takes for there what was touched after the others had left.
        stays.update(
            above
            for above in _above(path)
            if above in counted and (paths is not None or seen.last[path] < left[above])
        )
    found = {}
    for old, ways in counted.items():
        new, files = ways.most_common(1)[0]
        if files >= SAME_WAY and 2 * files > ways.total() and pause[old, new] <= SOON and old not in stays:
            found[old] = new
    return found


def _above(path: str) -> Iterator[str]:
    for _ in range(DEEPEST):
        path = path.rpartition("/")[0]
        if not path:
            break
        yield path
