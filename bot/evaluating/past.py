"""The history that a router may learn from before it is asked: what happened before the first question.

A file of it is either a log, as `routing.past.logs` reads it, or what `pkgdesk map learn` has kept of one;
that is seen from its content, and so is whether it is packed with gzip. A log may hold the very changes that
cases were made of, so that whoever learnt from those would only have to remember.
"""

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from bot.evaluating.base import Tell
from bot.maps.cache import CacheError, read_cache
from bot.maps.learn import LOG_COMMAND, MOST_OF_A_LOG
from bot.maps.packed import FORMAT
from knowledge.documents import DocumentError, Problem
from routing.past.history import Commit, History, Tally, gather
from routing.past.logs import lines_of, read_log

_GZIP = b"\x1f\x8b"  # RFC 1952, 2.3.1
_PIECE = 1 << 16
_EVERY = 500


@dataclass(frozen=True, slots=True)
class Past:
    """What may be learned from; `left_out`: how many commits are not older than that."""

    history: History
    left_out: int


def read_past(path: Path, before: float | None, tell: Tell, note: Callable[[str], None]) -> Past:
    """The commits of a file that are older than `before` (seconds of Unix time), or all of them. Raises
    `DocumentError` where there is no commit in it, or where it cannot be read to its end."""
    if _is_kept(path):
        try:
            kept = read_cache(path)
        except CacheError as error:
            raise wrong(path, str(error).removeprefix(f"{path}: ")) from None
        return _cut(kept, before)
    tally = Tally()
    cut = _Cut(before, tell)
    with _unpacked(path) as file:
        lines = lines_of(_pieces(file, path))
        history = gather(cut.older(read_log(lines, tally)), Tally(), source=str(path))
    if not cut.seen:
        said = "holds no commit: name what `pkgdesk map learn` keeps, or a log as this writes it:"
        raise wrong(path, f"{said} {LOG_COMMAND}")
    if tally.odd:
        note(f"{path}:{tally.first_odd}: means nothing there, as do {tally.odd:,} lines in all; left out")
    return Past(history, cut.left_out)


def wrong(path: Path, message: str) -> DocumentError:
    """An error about a file as a whole."""
    return DocumentError([Problem(str(path), 1, 1, message)])


@dataclass(slots=True)
class _Cut:
    """Lets the older commits through, and counts."""

    before: float | None
    tell: Tell
    seen: int = 0
    left_out: int = 0

    def older(self, commits: Iterable[Commit]) -> Iterator[Commit]:
        for commit in commits:
            self.seen += 1
            if self.seen % _EVERY == 0:
                self.tell("reading the history", self.seen, 0)
            if self.before is None or commit.at < self.before:
                yield commit
            else:
                self.left_out += 1


def _cut(history: History, before: float | None) -> Past:
    if before is None:
        return Past(history, 0)
    commits = tuple(each for each in history.commits if each.at < before)
    sweeping = tuple(each for each in history.sweeping if each.at < before)
    left_out = len(history.commits) - len(commits) + len(history.sweeping) - len(sweeping)
    return Past(replace(history, commits=commits, sweeping=sweeping), left_out)


def _is_kept(path: Path) -> bool:
    """Whether it begins as what is kept does: with an object. A log begins with a commit."""
    with _unpacked(path) as file:
        begin = file.read(_PIECE).lstrip()
    if begin[:1] != b"{":
        return False
    if FORMAT.encode() not in begin.partition(b"\n")[0]:
        said = (
            "holds JSON that is no history, as a file of cases is: --history takes what `pkgdesk map learn`"
        )
        raise wrong(path, f"{said} keeps, or a log as this writes it: {LOG_COMMAND}")
    return True


def _pieces(file: BinaryIO | gzip.GzipFile, path: Path) -> Iterator[bytes]:
    size = 0
    while piece := file.read(_PIECE):
        size += len(piece)
        if size > MOST_OF_A_LOG:
            raise wrong(path, f"has more than {MOST_OF_A_LOG >> 30} GiB: give its newest part")
        yield piece


@contextmanager
def _unpacked(path: Path) -> Iterator[BinaryIO | gzip.GzipFile]:
    try:
        if path.exists() and not path.is_file():
            raise wrong(path, "is a folder; name a file" if path.is_dir() else "is not a regular file")
        with path.open("rb") as file:
            if file.peek(len(_GZIP)).startswith(_GZIP):
                with gzip.GzipFile(fileobj=file) as packed:
                    yield packed
            else:
                yield file
    except FileNotFoundError:
        raise wrong(path, "there is no such file") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise wrong(path, f"the packed data is damaged ({error}); fetch the file again") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise wrong(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
