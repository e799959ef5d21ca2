"""What a draft resembles: entries of the base, and other new entries that wait.

Entries are found by the matcher, which looks the draft's headline up before. Two drafts resemble each other
where they ask in much the same words, or answer the same: two people ask one thing in one day, and neither
draft is in the base yet. They are shown beside each other, and never made one: that is for an editor.

How much of what two phrasings say they have in common is their Dice coefficient, each term weighed by how
much it says in the base (idf). Of 55 entries with several phrasings 55 % of the pairs of one entry reach
`ALIKE`, and 2.3 in 1,000 pairs of two.
"""

from collections.abc import Callable, Iterable

from bot.desk.case import Case
from bot.desk.summary import entry_in
from knowledge.drafts import LIVE, Draft
from knowledge.entry import Entry
from knowledge.votes import plain_terms

ALIKE = 0.35
"""Share of what they say from which on two phrasings ask much the same."""

COMPARED = 100
"""Drafts that one is compared with, the newest."""

PHRASINGS = 10
"""Phrasings of one draft that are compared."""

Says = Callable[[str], float]
"""How much a term says."""


def alike(case: Case, entry: str) -> list[tuple[str, float]]:
    """The entries that what was looked up resembles, but for `entry` itself, with how probable it is that
    they answer the same; the likeliest first."""
    found = case.finding.matches if case.finding is not None else ()
    least = case.settings.offer_at
    return [
        (match.entry.id, match.probability)
        for match in found
        if match.entry.id != entry and match.probability >= least
    ]


def beside(case: Case, draft: Draft) -> list[Draft]:
    """The other drafts of new entries that a draft of one resembles, the most alike first."""
    entry = entry_in(draft.now) if draft.is_new else None
    if entry is None:
        return []
    says = case.reference.knowledge.index.prepare().bm25.idf
    asked = _asked(entry)
    waiting = [each for each in case.facts.drafts.values() if each.state in LIVE and each.is_new]
    found: list[tuple[float, int, Draft]] = []
    for each in sorted(waiting, key=lambda one: -one.number)[:COMPARED]:
        other = entry_in(each.now) if each.number != draft.number else None
        if other is None:
            continue
        share = max((_share(one, two, says) for one in asked for two in _asked(other)), default=0.0)
        if share >= ALIKE or _answer(entry) == _answer(other):
            found.append((-share, each.number, each))
    return [each for _, _, each in sorted(found, key=lambda one: one[:2])]


def _asked(entry: Entry) -> list[frozenset[str]]:
    return [plain_terms(phrasing) for phrasing in entry.phrasings[:PHRASINGS]]


def _answer(entry: Entry) -> str:
    return " ".join(entry.answers[0].short.casefold().split())


def _share(one: frozenset[str], other: frozenset[str], says: Says) -> float:
    whole = _weight(one, says) + _weight(other, says)
    return 2 * _weight(one & other, says) / whole if whole else 0.0


def _weight(terms: Iterable[str], says: Says) -> float:
    return sum(map(says, terms))
