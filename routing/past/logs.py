"""Two forms of a git log, read as they stream in: commits from lines, and from what git writes with -z.

A log for people and scripts, as `git log --no-merges --no-renames --name-only` writes it with
`--format='commit %H %ct%n%w(0,4,4)%B%n'`:

    log     = *commit
    commit  = "commit " id " " unix-time LF *( "    " message LF ) 1*LF *( path LF ) 1*LF

and what `GIT_FORMAT` has git write, where every token ends with NUL and none can be mistaken for another,
since a message and a path are known by their place:

    log     = *( "commit " id " " unix-time NUL message NUL *change )
    change  = status NUL path NUL | ( "R" | "C" ) score NUL old NUL new NUL      status: A D M T U X B

Nothing that a log may hold raises: what means nothing where it stands is counted in the tally, with the line
(the token) of the first. Memory is bounded, whatever comes. Of a message the prose is kept: its first line,
and of the rest no trailers, no diffs, the beginning of what was pasted, `MOST_BODY` characters in all.

It opens no file, and knows nothing of where bytes come from.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from routing.past.history import Commit, Tally

GIT_FORMAT = "commit %H %ct%x00%B%x00"
"""For `git log -z --name-status --format=`."""

MOST_SUBJECT = 200
MOST_BODY = 600
"""Characters; half of Xen's messages are shorter, and what comes later says less of where they belong."""
MOST_PASTED = 4
"""Lines that stay of a listing, a trace or a quotation."""
MOST_MESSAGE = 200
"""Lines of a message that are looked at."""
MOST_PATHS = 2_000
"""Of one commit; what touches more is no evidence, and moves nothing that could be told."""
MOST_LINE = 4_096
"""Bytes of a line or token that are looked at; as long as a path may be (PATH_MAX)."""
MOST_TOKEN = 65_536
"""Bytes of a token, which a whole message is."""

LATEST = 2**40
"""A later second is no time of a commit."""

_HEAD = re.compile(rb"commit ([0-9a-f]{7,64}) ([0-9]{1,13})")
_STATUS = re.compile(rb"(?:([ADMTUXB])|([RC]))[0-9]{0,3}")
_BLANK = re.compile(rb"[ \t]*")
_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")

_TRAILER = re.compile(
    r"""(?ix)
    [a-z][a-z-]{0,40}-by : |
    (?: cc | fixes | link | closes | resolves | message-id | change-id | coverity-ids? | cid | git-svn-id
      | master \s (?: commit | date ) | backport(?: ed)? | origin | references? | from | bug (?: link )?
      | upstream-commit | xen-unstable \s (?: changeset | date ) ) : |
    \( (?: cherry \s picked | backported ) \s from | [0-9a-f]{40} $ | hg \s changeset""",
)
_PASTED = re.compile(r"\s{2,}\S|\t|[>|#$]|\(XEN\)|\(d\d+\)|\[\s*\d+\.\d+\]|0x[0-9a-f]{6}|[0-9a-f]{8,16}[ :]")
_DIFF = re.compile(r"diff --git |--- \S|\+\+\+ \S|@@ -\d|index [0-9a-f]{7,40}\.\.[0-9a-f]{7,40}")
_IN_DIFF = re.compile(r"[-+ @]|$")


def read_log(lines: Iterable[bytes | str], tally: Tally) -> Iterator[Commit]:
    """The commits of a log for people. A line may still have its end on it."""
    head: tuple[str, int] | None = None
    message: list[str] = []
    paths: dict[str, None] = {}
    for number, raw in enumerate(lines, 1):
        line = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
        line = line[:MOST_LINE].rstrip(b"\r\n")
        if line.startswith(b"    "):
            if head and not paths:
                if len(message) < MOST_MESSAGE:
                    message.append(_text(line[4:], number, tally))
            elif not _BLANK.fullmatch(line):
                tally.is_odd(number)
        elif _BLANK.fullmatch(line):
            continue
        elif found := _head(line):
            if head:
                yield _commit(head, message, paths)
            head, message, paths = found, [], {}
        elif head is None or line.startswith((b" ", b"\t", b"commit ")):
            tally.is_odd(number)
        elif len(paths) < MOST_PATHS:
            paths[_path(_text(line, number, tally))] = None
    if head:
        yield _commit(head, message, paths)


def read_git(pieces: Iterable[bytes], tally: Tally) -> Iterator[Commit]:
    """The commits of what git writes with -z and `GIT_FORMAT`, in pieces of any length."""
    head: tuple[str, int] | None = None
    message: list[str] = []
    paths: dict[str, None] = {}
    renames: list[tuple[str, str]] = []
    tokens = enumerate(_split(pieces, b"\0"), 1)
    for number, token in tokens:
        token = token.lstrip(b"\n")
        if found := _head(token):
            if head:
                yield _commit(head, message, paths, renames)
            head, message, paths, renames = found, [], {}, []
            number, token = next(tokens, (number, b""))
            message = _text(token, number, tally).split("\n", MOST_MESSAGE)[:MOST_MESSAGE]
        elif head and (status := _STATUS.fullmatch(token)):
            names = [next(tokens, None) for _ in ((1, 2) if status[2] else (1,))]
            said = [_text(each[1][:MOST_LINE], each[0], tally) for each in names if each and each[1]]
            if len(said) < len(names):
                tally.is_odd(number)
            elif len(paths) < MOST_PATHS:
                paths[said[-1]] = None
                if status[2] == b"R":
                    renames.append((said[0], said[1]))
        elif token:
            tally.is_odd(number)
    if head:
        yield _commit(head, message, paths, renames)


def lines_of(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of what comes in pieces, without their ends; however long one is, its beginning is held."""
    return _split(pieces, b"\n")


def _split(pieces: Iterable[bytes], end: bytes) -> Iterator[bytes]:
    """What stands before each end, and after the last; of each its first `MOST_TOKEN` bytes."""
    begun = b""
    for piece in pieces:
        first, *others = piece.split(end)
        if len(begun) < MOST_TOKEN:
            begun = (begun + first)[:MOST_TOKEN]
        for other in others:
            yield begun[:MOST_TOKEN]
            begun = other
    if begun:
        yield begun[:MOST_TOKEN]


def _head(line: bytes) -> tuple[str, int] | None:
    found = _HEAD.fullmatch(line) if line.startswith(b"commit ") else None
    return (found[1].decode(), int(found[2])) if found and int(found[2]) < LATEST else None


def _text(line: bytes, number: int, tally: Tally) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        if len(line) < MOST_LINE - 4:  # a longer one was cut off, perhaps within a character
            tally.is_undecodable(number)
        return line.decode(errors="replace")


_ESCAPES = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "\\": 92}
_ESCAPED = re.compile(r'\\(?:([0-7]{3})|([abtnvfr"\\]))')


def _path(written: str) -> str:
    """A path, of which git may have quoted what is unusual (core.quotePath: C's escapes, octal bytes)."""
    if len(written) < 2 or not (written.startswith('"') and written.endswith('"')):
        return written
    plain = bytearray()
    at = 1
    for each in _ESCAPED.finditer(written, 1, len(written) - 1):
        plain += written[at : each.start()].encode()
        plain.append(int(each[1], 8) & 255 if each[1] else _ESCAPES[each[2]])
        at = each.end()
    plain += written[at:-1].encode()
    return plain.decode(errors="replace") or written


def _commit(
    head: tuple[str, int],
    message: Sequence[str],
    paths: Iterable[str],
    renames: Sequence[tuple[str, str]] = (),
) -> Commit:
    lines = iter(message)
    subject = next((line for line in lines if line.strip()), "")
    return Commit(*head, _flowed([subject], MOST_SUBJECT), prose(lines), tuple(paths), tuple(renames))


def prose(lines: Iterable[str]) -> str:
    """What is said in the lines of a message, as one line: without trailers and diffs, with the first
    `MOST_PASTED` lines of what was pasted, and no more than `MOST_BODY` characters."""
    kept: list[str] = []
    size = pasted = 0
    in_diff = False
    for line in lines:
        if _DIFF.match(line):
            in_diff = True
            continue
        if in_diff and _IN_DIFF.match(line):
            continue
        in_diff = False
        if _TRAILER.match(line):
            continue
        if _PASTED.match(line):
            pasted += 1
            if pasted > MOST_PASTED:
                continue
        elif line.strip():
            pasted = 0
        kept.append(line)
        size += len(line) + 1
        if size > 2 * MOST_BODY:  # white space may go
            break
    return _flowed(kept, MOST_BODY)


def _flowed(lines: Sequence[str], most: int) -> str:
    """As one line of at most so many characters, cut off between words where there are some."""
    line = _SPACES.sub(" ", " ".join(lines)).strip()
    if len(line) <= most:
        return line
    return line[: most + 1].rpartition(" ")[0] or line[:most]
