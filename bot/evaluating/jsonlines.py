"""Files of JSON lines: one object a line, as `knowledge.documents.Document`s whose errors say where.

    {"id": "system-qemu", "questions": ["…"], "answer": "…"}

The text is UTF-8, packed with gzip or not: that is seen from the content, whatever the file is called. Blank
lines are passed over. Everything that is wrong with any line is told at once, as `file:line:column`; a file
with something wrong is not used at all. Lines and files have limits, so that what unpacks without end costs
an error.
"""

import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

from knowledge.documents import Document, DocumentError, Location, Places, Problem

T = TypeVar("T")

LINE_LIMIT = 1 << 20
"""Bytes that a line may have; what is longer is no question, and no article that people read."""

SIZE_LIMIT = 1 << 30
"""Bytes that a file may have, unpacked."""

MOST_TOLD = 20
"""Problems that are told of one file; such files are made by programs, which err everywhere alike."""

_GZIP = b"\x1f\x8b"  # RFC 1952, 2.3.1
_BOM = b"\xef\xbb\xbf"
_BLANK = " \t\r\n"
_DECODER = json.JSONDecoder()


def read_lines(path: Path, read: Callable[[Document], T], example: str) -> list[tuple[T, Places]]:
    """What `read` makes of every line, with its places. `read` raises `DocumentError` for what it cannot use,
    and `WrongKind` where no line of the file is worth reading; `example` is a line as it should be. Raises
    `DocumentError` with everything that is wrong."""
    found: list[tuple[T, Places]] = []
    problems: list[Problem] = []
    number = 0
    try:
        for number, line in enumerate(_lines(path), 1):
            kind_is_known = bool(found or problems)
            try:
                document = _document(line, str(path), number, example)
                kind_is_known = True
                if document is not None:
                    found.append((read(document), document.places))
            except DocumentError as error:
                problems += error.problems
                # Where the first line is no object at all, none of the others will be.
                if len(problems) >= MOST_TOLD or isinstance(error, WrongKind) or not kind_is_known:
                    break
    except _Unreadable as error:
        problems.append(Problem(str(path), number + 1, 1, str(error)))
    if not found and not problems:
        problems.append(Problem(str(path), 1, 1, f"holds nothing: each line is an object like {example}"))
    if problems:
        raise DocumentError(problems[:MOST_TOLD])
    return found


class WrongKind(DocumentError):
    """The file is of another kind than was expected, so that nothing more need be said of its lines."""


class _Unreadable(Exception):
    """The file cannot be read, or not on from here."""


def _lines(path: Path) -> Iterator[bytes]:
    size = 0
    try:
        with ExitStack() as stack:
            lines: io.BufferedReader | gzip.GzipFile = stack.enter_context(path.open("rb"))
            if lines.peek(len(_GZIP)).startswith(_GZIP):
                lines = stack.enter_context(gzip.GzipFile(fileobj=lines))
            while line := lines.readline(LINE_LIMIT + 1):
                if not size:
                    line = line.removeprefix(_BOM)
                size += len(line)
                if len(line) > LINE_LIMIT:
                    raise _Unreadable(
                        f"is longer than the {LINE_LIMIT:,} bytes that a line may have; is this a file of "
                        "JSON lines, with one object on each?"
                    )
                if size > SIZE_LIMIT:
                    raise _Unreadable(
                        f"the file is larger than the {SIZE_LIMIT:,} bytes that are read: take a part of it"
                    )
                yield line
    except FileNotFoundError:
        raise _Unreadable("there is no such file") from None
    except IsADirectoryError:
        raise _Unreadable("is a folder; name a file of JSON lines") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _Unreadable(f"the packed data is damaged ({error}); fetch the file again") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise _Unreadable(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _document(line: bytes, source: str, number: int, example: str) -> Document | None:
    """The object of one line; None where it is blank."""

    def wrong(column: int, message: str) -> DocumentError:
        return DocumentError([Problem(source, number, column, message)])

    try:
        text = line.decode("utf-8").rstrip(_BLANK)
    except UnicodeDecodeError as error:
        column = len(line[: error.start].decode("utf-8")) + 1
        byte = line[error.start]
        raise wrong(column, f"the byte 0x{byte:02x} is not valid UTF-8: write the file as UTF-8") from None
    if not text.strip(_BLANK):
        return None
    try:
        value = json.loads(text, object_pairs_hook=_each_once)
    except json.JSONDecodeError as error:
        said = error.msg[:1].lower() + error.msg[1:]
        column = min(error.pos, len(text)) + 1
        raise wrong(column, f"this is not JSON ({said}): each line is an object like {example}") from None
    except RecursionError:
        raise wrong(1, f"is nested too deep: each line is an object like {example}") from None
    except ValueError as error:
        raise wrong(1, str(error)) from None
    places = Places(source, lambda: _marks(text, number))
    if not isinstance(value, dict):
        raise wrong(1, f"is no object: each line is one like {example}")
    if "\\u" in text and not _storable(value):
        raise wrong(
            1, "an escape makes half a character (\\ud800 to \\udfff alone): write both halves, or it"
        )
    return Document(value, places)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key `{twice[:60]}` stands there more than once: keep one")
    return found


def _storable(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def _marks(text: str, number: int) -> Mapping[Location, tuple[int, int]]:
    """Where the keys of an object stand, and what is in the lists right below them. The text is JSON."""
    begin = _past_blanks(text, 0)
    marks: dict[Location, tuple[int, int]] = {(): (number, begin + 1)}
    at = _past_blanks(text, begin + 1)
    while text[at] != "}":
        key, end = _DECODER.raw_decode(text, at)
        marks[(key,)] = (number, at + 1)
        at = _past_blanks(text, _past_blanks(text, end) + 1)
        value, end = _DECODER.raw_decode(text, at)
        if isinstance(value, list):
            for position, begun in enumerate(_items(text, at, len(value))):
                marks[key, position] = (number, begun + 1)
        at = _past_blanks(text, end)
        at = _past_blanks(text, at + 1) if text[at] == "," else at
    return marks


def _items(text: str, at: int, count: int) -> Iterator[int]:
    """Where the `count` values of the list at `at` begin."""
    for _ in range(count):
        at = _past_blanks(text, at + 1)  # over the bracket, or the comma
        yield at
        at = _past_blanks(text, _DECODER.raw_decode(text, at)[1])


def _past_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at
