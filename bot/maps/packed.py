"""A history as bytes, and back: the content of the file that `bot.maps.cache` keeps.

It is gzip of JSON lines:

    header    {"format": "pkgdesk-history", "version": 1, "source": …, "newest": …, "commits": n,
               "sweeping": n, "paths": n, "sha256": of all bytes after this line}
    names     some lines of lists of paths, one after the other the table that the commits refer to
    commits   one line each, newest first, and after them the sweeping ones:
              [id, unix time, subject, body, [number of a path, …], [[old, new], …]]

Nothing in it is run. It may come from anybody: no more is unpacked than a history can hold, each line has its
limit, every value is looked at, and what is not exactly so is a ValueError and no history. Opens no file.
"""

import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from routing.past.history import MOST_SWEEPING, SWEEPING, Commit, History
from routing.past.logs import LATEST, MOST_BODY, MOST_LINE, MOST_SUBJECT
from routing.past.logs import MOST_PATHS as MOST_PATHS_OF_ONE

MOST_COMMITS = 100_000
"""A file with more is not read, and no more are learned."""
MOST_PATHS = 500_000
MOST_UNPACKED = 256 * 2**20
"""Bytes; Xen's 25,000 commits are 14 MB, and packed 4."""
MOST_OF_A_LINE = 4 * 2**20

FORMAT, VERSION = "pkgdesk-history", 1

_PIECE = 2**20
_ID = re.compile("[0-9a-f]{7,64}")


# --- packing --------------------------------------------------------------------------------------------


def packed(history: History) -> Iterator[bytes]:
    """Its bytes, in pieces. Raises ValueError where it holds more than could be read again.

    The lines are made twice, for the checksum stands before them, and they are never held all at once.
    """
    places: dict[str, int] = {}
    for commit in history.everything():
        for name in (*commit.paths, *(name for pair in commit.renames for name in pair)):
            places.setdefault(name, len(places))
    digest = hashlib.sha256()
    size = 0
    for line in _body(history, places):
        digest.update(line)
        size += len(line)
    if size > MOST_UNPACKED or len(places) > MOST_PATHS:
        raise ValueError(f"would hold {len(places):,} paths in {size:,} bytes, which is too much")
    header = {
        "format": FORMAT,
        "version": VERSION,
        "source": history.source.encode(errors="replace").decode()[:MOST_LINE],
        "newest": history.newest,
        "commits": len(history.commits),
        "sweeping": len(history.sweeping),
        "paths": len(places),
        "sha256": digest.hexdigest(),
    }
    packing = zlib.compressobj(wbits=31)
    yield packing.compress(_line(header))
    for line in _body(history, places):
        if piece := packing.compress(line):
            yield piece
    yield packing.flush()


def _body(history: History, places: Mapping[str, int]) -> Iterator[bytes]:
    names = list(places)
    for start in range(0, len(names), 100):
        yield _line(names[start : start + 100])
    for each in (*history.commits, *history.sweeping):
        paths = [places[path] for path in each.paths]
        renames = [[places[old], places[new]] for old, new in each.renames]
        yield _line([each.id, each.at, each.subject, each.body, paths, renames])


def _line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


# --- unpacking ------------------------------------------------------------------------------------------


def unpacked(pieces: Iterable[bytes]) -> History:
    """The history of such bytes. Raises ValueError with what is wrong about them, and where."""
    try:
        return _history(_lines(pieces))
    except (zlib.error, RecursionError) as error:
        raise ValueError("is damaged, or no gzip") from error


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What is packed, line by line, with their ends. Raises ValueError, zlib.error."""
    unpacking = zlib.decompressobj(wbits=31)
    unpacked = 0
    begun = b""
    for piece in pieces:
        while piece:
            if unpacking.eof:
                raise ValueError("goes on after its end")
            plain = unpacking.decompress(piece, _PIECE)
            piece = unpacking.unconsumed_tail or unpacking.unused_data
            unpacked += len(plain)
            *whole, begun = (begun + plain).split(b"\n")
            if unpacked > MOST_UNPACKED:
                raise ValueError(f"unpacks to more than {MOST_UNPACKED:,} bytes")
            if len(begun) > MOST_OF_A_LINE:
                raise ValueError("has a line that is too long")
            for line in whole:
                yield line + b"\n"
    if not unpacking.eof:
        raise ValueError("is cut off")
    if begun:
        raise ValueError("ends within a line")


def _history(lines: Iterator[bytes]) -> History:
    header = _header(next(lines, b""))
    digest = hashlib.sha256()
    names: list[str] = []
    commits: list[Commit] = []
    counted = [_count(header, each) for each in ("paths", "commits", "sweeping")]
    wanted, evidence, _ = counted
    for number, line in enumerate(lines, 2):
        digest.update(line)
        said = _json(line, number)
        if len(names) < wanted:
            if not isinstance(said, list) or not said or not all(map(_is_path, said)):
                raise ValueError(f"line {number}: is no list of paths")
            names += said
        elif len(commits) < sum(counted[1:]):
            commits.append(_commit(said, names, number))
        else:
            raise ValueError(f"line {number}: is one too many")
    if [len(names), len(commits)] != [wanted, sum(counted[1:])]:
        raise ValueError("holds less than it says")
    if digest.hexdigest() != header.get("sha256"):
        raise ValueError("is damaged: it is not what its checksum says")
    found = History(
        tuple(commits[:evidence]),
        tuple(commits[evidence:]),
        _text(header.get("newest"), 64, "newest"),
        _text(header.get("source"), MOST_LINE, "source"),
    )
    if found.newest and not _ID.fullmatch(found.newest):
        raise ValueError("newest: is no id of a commit")
    if len({each.id for each in commits}) < len(commits):
        raise ValueError("holds a commit twice")
    for part in (found.commits, found.sweeping):
        if any(later.at > each.at for each, later in pairwise(part)):
            raise ValueError("is not sorted")
    if any(len(each.paths) > SWEEPING for each in found.commits):
        raise ValueError("has evidence of too many paths")
    return found


def _header(line: bytes) -> dict[str, Any]:
    try:
        header = _json(line, 1)
    except ValueError:
        header = None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError("is no learned history")
    if header.get("version") != VERSION:
        raise ValueError(f"is of another version of the format than {VERSION}")
    return header


_LIMITS = {"paths": MOST_PATHS, "commits": MOST_COMMITS, "sweeping": MOST_SWEEPING}


def _count(header: Mapping[str, Any], name: str) -> int:
    count = header.get(name)
    if type(count) is not int or not 0 <= count <= _LIMITS[name]:
        raise ValueError(f"{name}: must be a number up to {_LIMITS[name]:,}")
    return count


def _json(line: bytes, number: int) -> Any:
    try:
        said = json.loads(line.decode())  # strictly: UTF-8, and no surrogates
        if b"\\ud" in line.lower():  # half a character would be a surprise to who prints it
            json.dumps(said, ensure_ascii=False).encode()
    except ValueError as error:
        raise ValueError(f"line {number}: is no JSON") from error
    return said


def _is_path(value: object) -> bool:
    return type(value) is str and 0 < len(value) <= MOST_LINE


def _commit(said: Any, names: list[str], number: int) -> Commit:
    match said:
        case [str(id_), int(at), str(subject), str(body), list(paths), list(renames)] if (
            _ID.fullmatch(id_)
            and type(at) is int
            and 0 <= at < LATEST
            and len(subject) <= MOST_SUBJECT
            and len(body) <= MOST_BODY
            and 0 < len(paths) <= MOST_PATHS_OF_ONE
            and len(renames) <= MOST_PATHS_OF_ONE
            and _are_places(paths, len(names))
            and all(type(pair) is list and len(pair) == 2 for pair in renames)
            and _are_places([place for pair in renames for place in pair], len(names))
        ):
            touched = tuple([names[place] for place in paths])
            return Commit(
                id_, at, subject, body, touched, tuple([(names[old], names[new]) for old, new in renames])
            )
    raise ValueError(f"line {number}: is no commit")


def _are_places(numbers: list[Any], known: int) -> bool:
    return not numbers or (set(map(type, numbers)) == {int} and min(numbers) >= 0 and max(numbers) < known)


def _text(value: object, most: int, name: str) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise ValueError(f"{name}: must be a text of at most {most:,} characters")
    return value
