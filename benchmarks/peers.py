"""Ways to find the entry for a question: ours, and those that others would reach for first.

Each is made from entries and asked with a text; it gives the ids of the best three, best first. Every one
gets what it can make use of: ours and SQLite's full-text search read phrasings and answers (with the same
weights), rapidfuzz compares with the phrasings alone, normalised beforehand, for whole answers only drown
them.
"""

import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process, utils

from benchmarks import bases
from bot.consult import consult
from knowledge.entry import Entry
from knowledge.shelf import ANSWERS

BEST = 3
_LOOKED_AT = 12  # phrasings of which several may belong to one entry

Find = Callable[[str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Peer:
    """`most`: how many pairs of question and entry it can be asked about in bounded time."""

    name: str
    make: Callable[[Sequence[Entry]], Find]
    most: int


def pkgdesk(entries: Sequence[Entry]) -> Find:
    """`bot.consult`, which also asks the map: what the desk itself does."""
    reference = bases.reference(entries)
    return lambda text: tuple(match.entry.id for match in consult(text, None, reference).matches[:BEST])


def fts5(entries: Sequence[Entry]) -> Find:
    """SQLite's FTS5 with its Porter stemmer, in memory; any of the words may match."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE base USING fts5(phrasings, answers, tokenize = 'porter unicode61')")
    base.executemany(
        "INSERT INTO base (rowid, phrasings, answers) VALUES (?, ?, ?)",
        ((row, "\n".join(entry.phrasings), _answers(entry)) for row, entry in enumerate(entries)),
    )
    query = f"SELECT rowid FROM base WHERE base MATCH ? ORDER BY bm25(base, 1.0, {ANSWERS}) LIMIT {BEST}"

    def find(text: str) -> tuple[str, ...]:
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", text.lower()))
        return tuple(entries[row].id for (row,) in base.execute(query, (words,))) if words else ()

    return find


def fuzzy(scorer: Callable[..., float]) -> Callable[[Sequence[Entry]], Find]:
    """rapidfuzz over whole sentences."""

    def make(entries: Sequence[Entry]) -> Find:
        owners = [entry.id for entry in entries for _ in entry.phrasings]
        choices = [utils.default_process(text) for entry in entries for text in entry.phrasings]

        def find(text: str) -> tuple[str, ...]:
            found: list[tuple[Any, float, int]] = process.extract(
                utils.default_process(text), choices, scorer=scorer, limit=_LOOKED_AT
            )
            return _several(owners[position] for _, _, position in found)

        return find

    return make


PEERS = (
    Peer("pkgdesk", pkgdesk, most=5_000_000),
    Peer("SQLite FTS5 (porter)", fts5, most=5_000_000),
    Peer("rapidfuzz token_set_ratio", fuzzy(fuzz.token_set_ratio), most=1_500_000),
    Peer("rapidfuzz WRatio", fuzzy(fuzz.WRatio), most=600_000),
)


def _answers(entry: Entry) -> str:
    return "\n".join(part for answer in entry.answers for part in (answer.short, answer.text))


def _several(ids: Iterable[str]) -> tuple[str, ...]:
    """The first three different ones."""
    return tuple(dict.fromkeys(ids))[:BEST]
