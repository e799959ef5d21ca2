"""What was read of the files of a base and made of it to be searched, kept on disk: a start of 10,000 entries
takes 1.5 s of a core with it instead of 4.5 s.

    magic                        16 bytes
    what it was made by          32 bytes: SHA-256, see `_rules`
    chunks, each:
      lengths of both parts      4 + 4 bytes, little-endian
      SHA-256 of both            32 bytes
      JSON                       the words of its pages; each file: digest, entry, lengths of the lists
      numbers                    4 bytes for each word of those lists, one list after the other, as this
                                 machine writes them

A file of the base is known by what is in it: by the SHA-256 of its bytes, which are read at every start all
the same. That takes a tenth of a second for 10,000 files, and no time and no number of an inode has to be
relied on beyond a start, be a base copied, mounted or dated back. Only files that nothing is wrong with are
kept, so that whatever is wrong is found anew each time.

Files that have changed are added at the end as a chunk more; where much of what is kept is of no use any more
it is written anew as a whole. A chunk that is cut off or damaged costs itself and those behind it. What was
made by another version of the program, or with other tables of characters, is not used. Nothing in the file
is ever run; but as who may write it could make the desk say anything, one that others own or may write is
left alone.

JSON and numbers are read in a third of the time that as many rows of SQLite take, each with its own words.
"""

import hashlib
import json
import struct
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pydantic
import yaml

from knowledge.caches import Foreign, State, append, content, default_path, replace, why
from knowledge.entry import Answer, Entry, Verified
from knowledge.looking import Seen
from knowledge.shelf import Page, Phrasing

LEAST = 500
"""Entries from which on they are kept: fewer are read in the blink of an eye."""

CHUNK = 512
"""Files in one chunk: some hundredths of a second."""

MOST_BYTES = 1 << 29
"""A file that is larger is neither read nor written: 150,000 entries of 180 words."""

WASTE = 8
"""Where more than this part of what the base has is of no use any more, the file is written anew."""

_MAGIC = b"pkgdesk-entries1"
_HEAD = struct.Struct("<16s32s")
_CHUNK = struct.Struct("<II32s")


@dataclass(frozen=True, slots=True)
class Made:
    """What a file says, and what that is to a search."""

    entry: Entry
    page: Page


def silent(_: str) -> None:
    """For who wants no notes."""


class Keeping:
    """Where it is kept. `note` is told what could not be read or written: a line each. For one thread at a
    time; what another process writes meanwhile costs no more than its use."""

    def __init__(self, path: Path, note: Callable[[str], None] = silent) -> None:
        self.path = path
        self._note = note
        self._known: set[bytes] = set()  # what the file holds, as far as it is known
        self._state: State | None = None  # that of the file where more can be added to it
        self._barred = False

    @classmethod
    def of(cls, environ: Mapping[str, str], base: Path, note: Callable[[str], None] = silent) -> "Keeping":
        """Where it is kept for the base in a folder, beside the vectors."""
        return cls(default_path(environ, base, ".entries"), note)

    def read(self) -> Mapping[bytes, Made]:
        """What is kept, by the SHA-256 of the file; nothing where it is of no use."""
        found: dict[bytes, Made] = {}
        self._state = None
        try:
            held, state = content(self.path, MOST_BYTES, own=True)
            if _made_by(held):
                wrong = _unpacked(held, found)
                if wrong:
                    self._note(f"{self.path}: {wrong}: the rest is read anew, and the file is replaced")
                else:
                    self._state = state
        except FileNotFoundError:
            pass
        except Foreign as error:
            self._barred = True
            self._note(f"{self.path}: {why(error)}: it is not used; remove it, and one of our own is written")
        except (OSError, ValueError) as error:
            self._note(f"{self.path}: {why(error)}: all entries are read anew, and the file is replaced")
        self._known = set(found)
        return found

    def keep(self, made: Mapping[bytes, Made]) -> None:
        """Keep all of this, and for a while what else is there. Where that cannot be, a note says so."""
        rules = _rules()
        if self._barred or rules is None or len(made) < LEAST:
            return
        new = {digest: each for digest, each in made.items() if digest not in self._known}
        if not new and self._state is not None:
            return
        all_of_it = len(self._known) + len(new)
        try:
            if self._state is not None and all_of_it - len(made) <= len(made) // WASTE:
                self._state = append(self.path, self._state, _chunks(new))
            else:
                self._state = None
            if self._state is not None:
                self._known.update(new)
                return
            self._state = replace(self.path, chain([_HEAD.pack(_MAGIC, rules)], _chunks(made)))
            self._known = set(made) if self._state is not None else set()
        except (OSError, ValueError) as error:
            self._state = None
            self._note(f"{self.path}: {why(error)}: entries are not kept, and will be read again")


def made_of(
    seen: Iterable[Seen | object], entries: Sequence[Entry], pages: Sequence[Page]
) -> dict[bytes, Made]:
    """What is to be kept of what was `seen`, by the SHA-256 of each file; `pages` are those of `entries`."""
    page_of = {id(entry): page for entry, page in zip(entries, pages, strict=True)}
    return {
        each.digest: Made(each.entry, page)
        for each in seen
        if isinstance(each, Seen) and not each.wrong and (page := page_of.get(id(each.entry))) is not None
    }


@cache
def _rules() -> bytes | None:
    """By what entries and pages are made of files: this very program and the tables it goes by. None where
    the program cannot be read, and nothing is kept."""
    digest = hashlib.sha256(f"{unicodedata.unidata_version} {yaml.__version__} {pydantic.VERSION}".encode())
    digest.update(struct.pack("@I", 1))  # and this machine's way of writing numbers
    here = Path(__file__).parent
    try:
        for path in sorted([*here.glob("*.py"), *here.glob("words/*.py")]):
            digest.update(path.name.encode() + path.read_bytes())
    except OSError:
        return None
    return digest.digest() if Path(__file__).is_file() else None


def _made_by(held: bytes) -> bool:
    """Whether this is of our making; that of another version is no mistake. Raises ValueError."""
    if len(held) < _HEAD.size or not held.startswith(_MAGIC):
        raise ValueError("is no file of entries")
    return bool(_HEAD.unpack_from(held)[1] == _rules())


# --- chunks ---


def _chunks(made: Mapping[bytes, Made]) -> Iterator[bytes]:
    """The chunks of all this, as far as half of `MOST_BYTES` goes: some may be added later."""
    left = iter(made.items())
    size = 0
    while some := list(islice(left, CHUNK)):
        chunk = _chunk(some)
        size += len(chunk)
        if size > MOST_BYTES // 2:
            return
        yield chunk


def _chunk(some: Sequence[tuple[bytes, Made]]) -> bytes:
    words: dict[str, int] = {}
    numbers: list[int] = []
    files: list[Any] = []
    for digest, made in some:
        page = made.page
        lists = [*(each.terms for each in page.phrasings), page.asked, page.answered, page.tagged, page.words]
        for terms in lists:
            numbers += [words.setdefault(term, len(words)) for term in terms]
        files.append([digest.hex(), _fields(made.entry), [len(terms) for terms in lists]])
    text = json.dumps([list(words), files], ensure_ascii=False, separators=(",", ":")).encode()
    packed = struct.pack(f"@{len(numbers)}I", *numbers)
    both = text + packed
    return _CHUNK.pack(len(text), len(packed), hashlib.sha256(both).digest()) + both


def _unpacked(held: bytes, found: dict[bytes, Made]) -> str:
    """Put what the file holds into `found`; what is wrong with it."""
    body, at = memoryview(held), _HEAD.size
    words: dict[str, str] = {}
    while at < len(body):
        if at + _CHUNK.size > len(body):
            return "is cut off"
        one, other, digest = _CHUNK.unpack_from(body, at)
        at += _CHUNK.size
        middle, end = at + one, at + one + other
        if end > len(body):
            return "is cut off"
        if hashlib.sha256(body[at:end]).digest() != digest:
            return "is damaged"
        try:
            found.update(_files(bytes(body[at:middle]), body[middle:end], words))
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, struct.error):
            return "is not as it was written"
        at = end
    return ""


def _files(text: bytes, packed: memoryview, words: dict[str, str]) -> Iterator[tuple[bytes, Made]]:
    """`words`: those of all chunks, each of which is there once."""
    table, files = json.loads(text)
    own = [words.setdefault(word, word) for word in table]
    terms = tuple(map(own.__getitem__, packed.cast("I")))
    at = 0
    for digest, fields, lengths in files:
        lists = []
        for length in lengths:
            lists.append(terms[at : at + length])
            at += length
        entry = _entry(*fields)
        *asking, asked, answered, tagged, shown = lists
        phrasings = tuple(map(Phrasing, entry.asking, asking))
        yield bytes.fromhex(digest), Made(entry, Page(phrasings, asked, answered, tagged, shown))


def _fields(entry: Entry) -> list[Any]:
    verified, after = entry.verified, entry.review_after
    return [
        *(entry.id, entry.phrasings),
        [[answer.short, answer.text, answer.source, answer.applies] for answer in entry.answers],
        entry.section,
        [verified.on.isoformat(), verified.by, verified.version] if verified is not None else None,
        [after.days, after.seconds, after.microseconds] if after is not None else None,
        *(entry.see, entry.title, entry.tags),
    ]


def _entry(
    name: str,
    phrasings: list[str],
    answers: list[tuple[str, str, str, dict[str, list[str]]]],
    section: str,
    verified: tuple[str, str, str] | None,
    after: tuple[int, int, int] | None,
    see: list[str],
    title: str,
    tags: list[str],
) -> Entry:
    return Entry(
        name,
        tuple(phrasings),
        tuple(
            Answer(short, text, source, {facet: tuple(allowed) for facet, allowed in applies.items()})
            for short, text, source, applies in answers
        ),
        section,
        Verified(date.fromisoformat(verified[0]), *verified[1:]) if verified is not None else None,
        timedelta(*after) if after is not None else None,
        tuple(see),
        title,
        tuple(tags),
    )
