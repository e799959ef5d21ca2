"""What was changed, when, and in whose words: a project's history as evidence of what belongs where.

    commits as read (routing.past.logs)  --gather-->  History: those that say something, newest first

A commit without paths (a merge) says nothing of what belongs where, and one that touches more than
`SWEEPING` paths says it of everything; neither is kept as evidence. Of the latter the paths stay, for they
are what moves whole directories (`routing.past.renames`), and the words go.

It takes what others read and runs no git; it opens no file and has no clock.
"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

MOST_COMMITS = 25_000
"""How many are kept if nobody says otherwise: fourteen years of Xen, four months of Linux."""

SWEEPING = 100
"""A commit that touches more paths is no evidence; one in 1,300 of Xen's."""

MOST_SWEEPING = 1_000
"""How many of these are kept for what they moved."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One change. Paths are from the tree's root, as they were called at that time."""

    id: str
    at: int
    """Unix time in seconds."""
    subject: str
    body: str
    """Its message without the subject, and without what is no prose."""
    paths: tuple[str, ...]
    renames: tuple[tuple[str, str], ...] = ()
    """Old and new path, where git saw that a file moved."""


@dataclass(frozen=True, slots=True)
class History:
    """What is kept of a history; bounded. Each id is there once."""

    commits: tuple[Commit, ...] = ()
    """The evidence, newest first."""
    sweeping: tuple[Commit, ...] = ()
    """Those that touched too much to be evidence, without their words, newest first."""
    newest: str = ""
    """The id of the commit up to which it is known."""
    source: str = ""
    """What it was read from, for people: a folder, or the name of a log."""

    def everything(self) -> Iterator[Commit]:
        """All commits, newest first: what `routing.past.renames` reads."""
        return heapq.merge(self.commits, self.sweeping, key=_newest_first)


@dataclass(slots=True)
class Tally:
    """What was read, what was left out, and why: for whoever asked for it."""

    read: int = 0
    kept: int = 0
    known: int = 0
    """Were there already."""
    without_paths: int = 0
    sweeping: int = 0
    older: int = 0
    """Were more than are kept."""
    odd: int = 0
    """Lines that mean nothing where they stand."""
    first_odd: int = 0
    """The number of the first of them, from 1."""
    undecodable: int = 0
    """Lines that are no UTF-8; what could not be read in them is U+FFFD now."""
    first_undecodable: int = 0

    def is_odd(self, line: int) -> None:
        self.odd += 1
        self.first_odd = self.first_odd or line

    def is_undecodable(self, line: int) -> None:
        self.undecodable += 1
        self.first_undecodable = self.first_undecodable or line


def gather(
    commits: Iterable[Commit],
    tally: Tally,
    known: History | None = None,
    *,
    most: int = MOST_COMMITS,
    source: str = "",
    newest: str = "",
) -> History:
    """The history that is worth keeping of `commits`, which may come in any order and without end, and of
    what is `known` already.

    No more than `most` and a quarter are held. `newest` is the id up to which all has been read; where nobody
    knows, it is that of the latest commit.
    """
    known = known or History()
    gathered = _Gathered(most, tally, known)
    for each in commits:
        tally.read += 1
        gathered.take(each)
    evidence, sweeping = gathered.finished()
    tally.kept = len(evidence)
    latest = min((*evidence[:1], *sweeping[:1]), key=_newest_first, default=None)
    return History(
        evidence, sweeping, newest or (latest.id if latest else known.newest), source or known.source
    )


@dataclass(slots=True)
class _Gathered:
    most: int
    tally: Tally
    known: History
    evidence: list[Commit] = field(default_factory=list)
    sweeping: list[Commit] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    floor: int = -1
    """Nothing from before this second would be kept."""
    _names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.evidence.extend(self.known.commits)
        self.sweeping.extend(self.known.sweeping)
        self.ids.update(each.id for each in self.known.everything())

    def take(self, commit: Commit) -> None:
        if commit.id in self.ids:
            self.tally.known += 1
            return
        if not commit.paths:
            self.tally.without_paths += 1
            return
        if commit.at < self.floor and len(commit.paths) <= SWEEPING:
            self.tally.older += 1
            return
        self.ids.add(commit.id)
        # One text for each path and not one for each time that it is touched: a fifth of the memory.
        same = self._names.setdefault
        commit = replace(
            commit,
            paths=tuple(same(path, path) for path in commit.paths),
            renames=tuple((same(old, old), same(new, new)) for old, new in commit.renames),
        )
        if len(commit.paths) > SWEEPING:
            self.tally.sweeping += 1
            self.sweeping.append(replace(commit, subject="", body=""))
            if len(self.sweeping) > MOST_SWEEPING + MOST_SWEEPING // 4:
                self._cut(self.sweeping, MOST_SWEEPING)
        else:
            self.evidence.append(commit)
            if len(self.evidence) > self.most + self.most // 4:
                self.tally.older += self._cut(self.evidence, self.most)
                self.floor = self.evidence[-1].at

    def finished(self) -> tuple[tuple[Commit, ...], tuple[Commit, ...]]:
        self.tally.older += self._cut(self.evidence, self.most)
        self._cut(self.sweeping, MOST_SWEEPING)
        return tuple(self.evidence), tuple(self.sweeping)

    def _cut(self, commits: list[Commit], most: int) -> int:
        """Newest first, and no more than so many; how many went. (A log has them nearly in order, and sorting
        what is in order costs next to nothing.)"""
        commits.sort(key=_newest_first)
        gone = commits[most:]
        self.ids.difference_update(each.id for each in gone)
        del commits[most:]
        return len(gone)


def _newest_first(commit: Commit) -> int:
    return -commit.at
