"""Learning from a project's history: read it, keep what is worth keeping, say what was done.

    a repository (bot.git), or a log  ->  routing.past.history.gather  ->  bot.maps.cache

The first time, and where the history was rewritten, all of it is read, newest first, until enough is known;
afterwards only what came since. Who ends it by Ctrl-C has what was there before. What is drawn for people is
elsewhere (`bot.mapping.learning`); it is not for the thread of an event loop.
"""

import gzip
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader
from itertools import islice
from pathlib import Path

from bot import git
from bot.maps.cache import CacheError, read_cache, write_cache
from routing.past.history import MOST_COMMITS, Commit, History, Tally, gather
from routing.past.logs import lines_of, read_git, read_log
from routing.past.renames import todays

MOST_OF_A_LOG = 4 * 2**30
"""Bytes of a log, unpacked: twice as much as all of Linux'."""

LOG_COMMAND = "git log --no-merges --no-renames --name-only --format='commit %H %ct%n%w(0,4,4)%B%n'"
"""What writes a log as it is read."""

STANDARD_INPUT = "standard input"
"""What a log is called that has no name."""

_PIECE = 65_536
_GZIP = b"\x1f\x8b"

Note = Callable[[str], None]
Tell = Callable[[int], None]
"""Is told how many commits have been read."""


class LogError(Exception):
    """A log cannot be read: which, why, and what to do."""


class OtherProject(Exception):
    """A cache holds another project's history: which, and what to do."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What was done."""

    history: History
    cache: Path
    tally: Tally
    before: int
    """How many commits were known already, and kept as evidence."""
    gone: int
    """Paths of the history that are not there any more; where nobody knows, those that moved."""
    mapped: int
    """How many of them have another name today."""
    seconds: float


def learn_repository(
    folder: Path, cache: Path, *, most: int = MOST_COMMITS, full: bool = False, note: Note, tell: Tell
) -> Learned:
    """Learn from a repository. `note` is told what is unusual. Raises git.GitError, CacheError, and
    OtherProject where the cache would lose what it holds and `full` does not say so."""
    begun = time.monotonic()
    repository = git.look(folder)
    if repository.shallow:
        note(f"{folder}: is a shallow clone: what is older is not there; git fetch --unshallow brings it")
    source = str(repository.folder)
    known = None if full else _known(cache, note)
    tally = Tally()

    def gathered(known: History | None, since: str) -> History:
        commits = _enough(_told(read_git(git.log(repository, since), tally), tell), tally, most)
        return gather(commits, tally, known, most=most, source=source, newest=repository.head)

    try:
        history = gathered(known, known.newest if known else "")
    except git.UnknownCommit as error:
        assert known is not None
        # A shallow clone does not go back so far, which is no reason to forget what did.
        history = gathered(known if repository.shallow else None, "")
        shared = tally.known > 0 if repository.shallow else _shared(known, history)
        if known.source != source and not (shared or _like(known, repository)):
            raise _other(cache, known, source) from None
        if not repository.shallow:
            note(str(error).replace(": learn it anew", ": it is learned anew"))
            known = None
    _keep(cache, history, note, full=full)
    there = frozenset(git.paths(repository.folder, repository.head))
    return _learned(history, len(known.commits) if known else 0, cache, tally, begun, there)


def learn_log(
    file: BufferedReader,
    name: str,
    cache: Path,
    *,
    most: int = MOST_COMMITS,
    full: bool = False,
    note: Note,
    tell: Tell,
) -> Learned:
    """Learn from a log, as `routing.past.logs` reads it, or gzip of one. What is known already is not read
    twice. Raises LogError, CacheError, and OtherProject where no commit is known and the cache is of
    something else, or nobody can say what the log is of, as on standard input."""
    begun = time.monotonic()
    known = None if full else _known(cache, note)
    tally = Tally()
    history = gather(
        _told(read_log(lines_of(_pieces(file, name)), tally), tell), tally, known, most=most, source=name
    )
    if tally.odd:
        note(f"{name}:{tally.first_odd}: means nothing there; lines left out for that: {tally.odd:,}")
    if tally.undecodable:
        note(f"{name}:{tally.first_undecodable}: is not all UTF-8; lines like that: {tally.undecodable:,}")
    if not tally.read and (tally.odd or known is None):
        raise LogError(f"{name}: holds no commits: write the log with {LOG_COMMAND}")
    if (
        known is not None
        and tally.read
        and not tally.known
        and (known.source != name or name == STANDARD_INPUT)
    ):
        raise _other(cache, known, name)
    _keep(cache, history, note, full=full)
    return _learned(history, len(known.commits) if known else 0, cache, tally, begun, None)


def _keep(cache: Path, history: History, note: Note, *, full: bool) -> None:
    if full and cache.exists():
        with suppress(CacheError):
            before = read_cache(cache)
            if not _shared(before, history):
                note(f"{cache}: what was learned from {before.source} makes way for {history.source}")
    write_cache(cache, history)


def _shared(known: History, history: History) -> bool:
    """Whether a commit is of both."""
    ids = {each.id for each in known.everything()}
    return not ids.isdisjoint(each.id for each in history.everything())


def _like(known: History, repository: git.Repository) -> bool:
    """Whether a shallow clone, which may share no commit, has a quarter of the files that were last changed:
    of two projects no more than README and the like have one name."""
    if not repository.shallow:
        return False
    changed = {path for each in islice(known.commits, 1_000) for path in each.paths}
    return 4 * len(changed.intersection(git.paths(repository.folder, repository.head))) >= len(changed)


def _other(cache: Path, known: History, source: str) -> OtherProject:
    return OtherProject(
        f"{cache}: holds what was learned from {known.source}, with which {source} has no commit in common: "
        "name another file with --cache, or let all of it go and begin anew with --full"
    )


def _known(cache: Path, note: Note) -> History | None:
    if not cache.exists():
        return None
    try:
        return read_cache(cache)
    except CacheError as error:
        note(f"{error.args[0].partition(': `')[0]}: it is learned anew")
        return None


def _enough(commits: Iterable[Commit], tally: Tally, most: int) -> Iterator[Commit]:
    """The newest, until there are as many as can be kept."""
    for commit in commits:
        yield commit
        if tally.read - tally.without_paths - tally.sweeping >= most:
            break


def _told(commits: Iterable[Commit], tell: Tell) -> Iterator[Commit]:
    for number, commit in enumerate(commits, 1):
        tell(number)
        yield commit


def _pieces(file: BufferedReader, name: str) -> Iterator[bytes]:
    """What a file holds, unpacked where it is gzip."""
    size = 0
    try:
        plain = gzip.GzipFile(fileobj=file) if file.peek(2).startswith(_GZIP) else file
        while piece := plain.read(_PIECE):
            size += len(piece)
            if size > MOST_OF_A_LOG:
                raise LogError(f"{name}: has more than {MOST_OF_A_LOG >> 30} GiB: give its newest part")
            yield piece
    except EOFError as error:
        raise LogError(f"{name}: is cut off: make it anew with {LOG_COMMAND} | gzip") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise LogError(f"{name}: is damaged: make it anew with {LOG_COMMAND} | gzip") from error
    except OSError as error:
        raise LogError(f"{name}: cannot be read: {(error.strerror or str(error)).lower()}") from error


def _learned(
    history: History, before: int, cache: Path, tally: Tally, begun: float, paths: Collection[str] | None
) -> Learned:
    renames = todays(history.everything(), paths)
    names = {path for each in history.everything() for path in each.paths} | renames.moved.keys()
    gone = {path for path in names if path not in paths} if paths is not None else renames.moved.keys()
    mapped = sum(renames(path) not in (None, path) for path in gone)
    return Learned(history, cache, tally, before, len(gone), mapped, time.monotonic() - begun)
