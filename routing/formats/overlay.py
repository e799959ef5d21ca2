"""What is laid over a map: who the people of its sources are in chat, and the words and channels of sections.

A MAINTAINERS file knows people by their addresses and sections by their paths. What it does not say stands in
a file of our own, which is YAML:

    people:
      alice@example.org:                      # an address that a source has, in whichever case, or `@alice`
                                              # of a CODEOWNERS file, or an id
        id: alice                             # what `not me -> alice` means; else made from the address
        name: Alice Example
        also: [alice@home.example.net]        # how sources call her, too: they are one person
        accounts:                             # network: services account, or full user id on Matrix
          libera: alice
          matrix: "@alice:example.org"
        hours: mon-fri 9-18 Europe/London
        budget: 3                             # pings in 24 hours
        reads_back: yes
        pings: private                        # or public, or off
      dave@example.org: {name: Dave Example}  # whom no source has: with a name they are added
    sections:
      XENSTORE:                               # a section that a source has
        keywords: [xenbus]                    # these four are added to what the sources say
        aliases: [store daemon]
        channels: ["libera #xen-devel"]       # where it is talked about
        triagers: [dave@example.org]          # who directs what nothing else decides: ids or addresses
        inside: TOOLSTACK                     # these three take the place of what the sources say
        status: Maintained
        mail: xenstore@lists.example.org
    rest: THE REST                            # the section that owns what no other does
    triagers: [alice]
    mail: devel@lists.example.org             # where questions go when nobody is left

Everything may be left out, and says nothing then. Where several overlays say something of the same, the last
one has its way. What they say is put in its place by `routing.combining`, which also finds what leads
nowhere.

Errors are `DocumentError`s that point at the line. Imports of ours: what single fields hold, and documents.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from knowledge.documents import Document, DocumentError, Location, Problem, in_order, read, read_file
from knowledge.salvage import salvage
from routing.formats.fields import Address, Budget, Channel, Line, Phrase, Strict, Word, WrittenHours
from routing.people import Pings


class PersonOverlay(Strict):
    """What is said of one person. None: nothing."""

    id: Word | None = None
    name: Line | None = None
    also: tuple[Word, ...] = ()
    accounts: dict[Word, Word] = Field(default_factory=dict)
    hours: WrittenHours | None = None
    budget: Budget | None = None
    reads_back: bool | None = None
    pings: Pings | None = None


class SectionOverlay(Strict):
    """What is said of one section. None: nothing."""

    keywords: tuple[Phrase, ...] = ()
    aliases: tuple[Phrase, ...] = ()
    channels: tuple[Channel, ...] = ()
    triagers: tuple[str, ...] = ()
    inside: str | None = None
    status: Line | None = None
    mail: Address | None = None


class WrittenOverlay(Strict):
    """All that an overlay says."""

    people: dict[Word, PersonOverlay] = Field(default_factory=dict)
    sections: dict[str, SectionOverlay] = Field(default_factory=dict)
    rest: str | None = None
    triagers: tuple[str, ...] = ()
    mail: Address | None = None


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay as it is written, and all that is wrong with it by itself. Where there are `problems` it is
    what could be read, for looking at; `left_out` are the places of what is not taken over."""

    document: Document
    written: WrittenOverlay
    problems: tuple[Problem, ...] = ()
    left_out: frozenset[Location] = frozenset()


def parse(text: str | bytes, source: str) -> Overlay:
    """The overlay in `text`; `source` is the name that errors carry. Raises `DocumentError` only where
    nothing of one can be read."""
    return _examined(read(text, source))


def examine(path: Path) -> Overlay:
    """The overlay in a file. Raises `DocumentError` only where nothing of one can be read."""
    return _examined(read_file(path))


def _examined(document: Document) -> Overlay:
    found = salvage(document, WrittenOverlay)
    if not isinstance(document.value, dict):
        raise DocumentError(found.problems)
    return Overlay(document, found.model, tuple(in_order([*found.problems])), found.left_out)
