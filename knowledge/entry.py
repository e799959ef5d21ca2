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
    """One article; `id` is lower-case kebab, as is its file's name; `section` is one of the map, or empty."""

    id: str
    phrasings: tuple[str, ...]
    answers: tuple[Answer, ...]
    section: str = ""
    verified: Verified | None = None
    review_after: timedelta | None = None
    see: tuple[str, ...] = ()
