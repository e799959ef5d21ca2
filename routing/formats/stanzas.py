"""The grammar of MAINTAINERS: lines with a tag, lines without, and nothing else.

    XENSTORE                                    the last line without a tag is the name of the section
    M:  Alice Example <alice@example.org>       a tag is one capital, a colon, and what it says
                                                blank lines end nothing
    F:  tools/xenstored/

Everything before the first tag but the last line of it is prose. In some dialects any character can be a tag
(QEMU), or lines with `#` are passed over (Linux, U-Boot). A name that is a ruler, as under a heading, gives
way to the line above it. Imports of ours: documents, for saying where something is wrong, and how large a map
may be.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from knowledge.documents import DocumentError, Problem, Severity
from routing.formats.dialects import Rules
from routing.sections import MOST_SECTIONS

LARGEST = 16 << 20
"""Bytes of one file; Linux' has 0.8 million."""
MOST_LINES = 400_000
"""Of all files of a map together; Linux has 30,000."""
LONGEST_NAME = 200
LONGEST_LINE = 2000

_BINARY = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1f]")
_UNSEEN = re.compile("[\r\x1b\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What would steer a terminal, or turn the line around, where it is shown."""
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
    """The text of a file, its lines ending in `\\n`. Names in it may be in Latin-1, as they used to be; that
    is only worth a warning, as are characters that nobody sees: U+FFFD stands for them. Raises
    `DocumentError` for what is no text."""
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
    whole = whole.replace("\r\n", "\n").replace("\v", " ").replace("\f", " ")
    if wrong := _BINARY.search(whole):
        line = whole.count("\n", 0, wrong.start()) + 1
        raise DocumentError([Problem(source, line, 1, "holds control characters: this is not a text file")])
    if unseen := _UNSEEN.search(whole):
        line = whole.count("\n", 0, unseen.start()) + 1
        message = f"holds U+{ord(unseen[0]):04X}, which nobody sees and terminals obey; it is read as U+FFFD"
        problems.append(Problem(source, line, 1, message, Severity.WARNING))
        whole = _UNSEEN.sub("\ufffd", whole)
    return whole, problems


def read_stanzas(text: str, source: str, rules: Rules, place: int = 0) -> list[Stanza]:
    """The sections of a file, in its order; `place` is that of its first line. Raises `DocumentError` for
    more than anybody writes."""
    tagged = _ANY if rules.any_tag else _CAPITAL
    stanzas: list[Stanza] = []
    current: Stanza | None = None
    title, above, named = "", "", 0
    for number, line in enumerate(text.split("\n"), start=1):
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
        if len(stanzas) > MOST_SECTIONS or place + number > MOST_LINES:
            limits = f"{MOST_SECTIONS:,} sections or {MOST_LINES:,} lines"
            message = f"the map has more than {limits}, the most that one may"
            raise DocumentError([Problem(source, number, 1, message)])
    return stanzas
