"""What is known, as values: an entry, its answers, and who verified it when.

An entry is one article. Its **phrasings** are ways in which people ask for it; its **answers** are variants
of what to say, each with the facets that it applies to. How entries are written down is `knowledge.files`;
what "applies" means is `knowledge.facets`. Imports nothing of the house.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

SHORT_LIMIT = 300
"""Bytes of UTF-8 that a `short` may have: with nick and source it has to fit an IRC line of 512 bytes."""

TITLE_LIMIT = 100
"""Characters that a `title` may have: an offer shows three of them on one line."""

TAG_LIMIT = 40
"""Characters that a tag may have: it is a word."""

MOST_TAGS = 20
"""Tags that an entry may have; one that is about more things than that is about none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One variant: a `short` for the channel, the full `text`, and the `source` to check it against.

    `applies` maps facets to what they may be: for a version, constraints like `>=4.4` or `>=4.4,<4.9`; for
    others, values. Several of one facet are alternatives; several facets must all hold; none at all means
    always.
    """

    short: str
    text: str = ""
    source: str = ""
    applies: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Verified:
    """Somebody checked the entry: when, who, and with which version (empty when unsaid)."""

    on: date
    by: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One article; `id` is lower-case kebab, as is its file's name; `section` is one of the map, or empty.

    `title` says in one line what it is about, where no phrasing does so well. `tags` are words that it is
    found by besides those that it holds, each different from the others in whichever case.
    """

    id: str
    phrasings: tuple[str, ...]
    answers: tuple[Answer, ...]
    section: str = ""
    verified: Verified | None = None
    review_after: timedelta | None = None
    see: tuple[str, ...] = ()
    title: str = ""
    tags: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """What the entry is called where it is offered or listed: its title, else its first phrasing."""
        return self.title or self.phrasings[0]

    @property
    def asking(self) -> tuple[str, ...]:
        """All ways to ask for it: its phrasings, and its title where it has one."""
        return (*self.phrasings, self.title) if self.title else self.phrasings
