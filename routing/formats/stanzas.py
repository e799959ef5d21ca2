"""The grammar of MAINTAINERS: lines with a tag, lines without, and nothing else.

    XENSTORE                                    the last line without a tag is the name of the section
    M:  Alice Example <alice@example.org>       a tag is one capital, a colon, and what it says
                                                blank lines end nothing
    F:  tools/xenstored/

Everything before the first tag but the last line of it is prose. In some dialects any character can be a tag
(QEMU), or lines with `#` are passed over (Linux, U-Boot). A name that is a ruler, as under a heading, gives
way to the line above it. Imports `knowledge.documents` for saying where something is wrong.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from knowledge.documents import DocumentError, Problem, Severity
from routing.formats.dialects import Rules

LARGEST = 16 << 20
"""Bytes of one file; Linux' has 0.8 million."""
MOST_SECTIONS = 20_000
MOST_LINES = 400_000
LONGEST_NAME = 200
LONGEST_LINE = 2000

_CAPITAL = re.compile(r"([A-Z]):\s*(.*)")
_ANY = re.compile(r"(.):\s*(.*)")


@dataclass(frozen=True, slots=True)
class Tagged:
    """What one line says. `place`: the how many-th of all files together; `line`: of its own file."""

    tag: str
    value: str
    line: int
    place: int


@dataclass(slots=True)
class Stanza:
    """A name and the lines that belong to it."""

    title: str
    source: str
    line: int
    said: list[Tagged] = field(default_factory=list)

    def values(self, tag: str) -> Iterator[str]:
        return (each.value for each in self.said if each.tag == tag)


def decoded(text: str | bytes, source: str) -> tuple[str, list[Problem]]:
    """The text of a file. Names in it may be in Latin-1, as they used to be; that is only worth a warning.
    Raises `DocumentError` for what is no text."""
    size = len(text)
    if size > LARGEST:
        raise DocumentError([Problem(source, 1, 1, f"larger than the {LARGEST} bytes that are allowed")])
    if isinstance(text, bytes):
        try:
            whole, problems = text.decode("utf-8-sig"), []
        except UnicodeDecodeError as error:
            whole = text.decode("latin-1")
            message = f"the byte 0x{text[error.start]:02x} is not valid UTF-8; the file is read as Latin-1"
            line = text.count(b"\n", 0, error.start) + 1
            problems = [Problem(source, line, 1, message, Severity.WARNING)]
    else:
        whole, problems = text, []
    if wrong := re.search("[\0-\x08\x0e-\x1a\x1c-\x1f]", whole):
        line = whole.count("\n", 0, wrong.start()) + 1
        raise DocumentError([Problem(source, line, 1, "holds control characters: this is not a text file")])
    return whole, problems


def read_stanzas(text: str, source: str, rules: Rules, place: int = 0) -> list[Stanza]:
    """The sections of a file, in its order; `place` is that of its first line. Raises `DocumentError` for
    more than anybody writes."""
    tagged = _ANY if rules.any_tag else _CAPITAL
    stanzas: list[Stanza] = []
    current: Stanza | None = None
    title, above, named = "", "", 0
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.rstrip("\r")
        if not line or line.isspace() or (rules.comments and line.lstrip()[0] == "#"):
            continue
        found = tagged.match(line) if line[1:2] == ":" else None
        if found is None:
            above, title, named = title, line.strip(), number
            current = None
            continue
        if current is None:
            # A ruler is under what it belongs to.
            name = title if any(map(str.isalnum, title)) else above
            current = Stanza(name[:LONGEST_NAME].strip() or "(no name)", source, named or number)
            stanzas.append(current)
        current.said.append(Tagged(found[1], found[2][:LONGEST_LINE], number, place + number))
        if len(stanzas) > MOST_SECTIONS or number > MOST_LINES:
            message = f"has more than {MOST_SECTIONS} sections or {MOST_LINES} lines, the most that a map may"
            raise DocumentError([Problem(source, number, 1, message)])
    return stanzas
