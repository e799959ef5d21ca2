"""What askers confirmed or refused, as values that enter the next build of an index.

A vote says that for a question an entry was right, or was not. An account has one vote per entry, the latest.
Votes count only for questions like the one they were given for, and there the balance of confirmations and
refusals counts:

    confirmed   the entry is lifted in the order of candidates, and nothing else: the probability stays that
                of the evidence
    refused     it is put down in that order; where two more accounts refused it than confirmed it, it is
                *doubted*: less probable, and not answered, however sure the evidence

What may be *answered* follows from the evidence alone (`settled`): no number of votes, neither for an entry
nor against its rivals, brings it into that band, and the refusal of one account takes none out.

Votes outlast their entries: one that was removed or renamed may come back (`gone`).

Pure; imports `knowledge.confidence`, `knowledge.entry` and `knowledge.words`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, TypeVar

from knowledge.confidence import Band, Thresholds, band
from knowledge.entry import Entry
from knowledge.words.text import clip, terms, tokens

ALIKE = 0.6
"""Dice coefficient of the terms of two questions from which on they count as the same."""

COUNTED = 100
"""Votes on one entry that count, the newest: each is looked at by every search that finds the entry, and more
would not say more."""

LIFT, MOST_LIFT = 0.1, 0.3
"""Share of its score by which one confirmation lifts an entry, and all of them together."""

DOUBT, DOUBTED_BY = 0.7, 2
"""What each refusal multiplies the probability with, and from how many on: some seven make it too unlikely to
be offered."""


@dataclass(frozen=True, slots=True)
class Vote:
    """An account found that for a question the entry with an id was right, or was not.

    `account`: any name that no two accounts share.
    """

    question: str
    entry: str
    account: str
    right: bool


@dataclass(frozen=True, slots=True)
class Sway:
    """What votes do to a match: the factors for its score and its probability."""

    score: float = 1.0
    probability: float = 1.0
    reasons: tuple[str, ...] = ()


NO_SWAY = Sway()
"""Of an entry on which there are no votes for such questions."""


def plain_terms(text: str) -> frozenset[str]:
    """What a question is compared by, where nothing of the base is known."""
    return frozenset(terms(tokens(clip(text))))


class Ballot:
    """The votes on all entries, by entry. Immutable.

    Making one only sorts votes; the questions of those on an entry are read when it is first asked for.
    (Where two threads ask first, both read them, and what they read is the same.)
    """

    __slots__ = ("_read", "_votes")

    def __init__(self, votes: Iterable[Vote], before: "Ballot | None" = None) -> None:
        """`votes`: the oldest first. `before`: one whose questions were read in the same way, so that what it
        read of entries on which nobody voted since is taken over."""
        latest: dict[tuple[str, str], Vote] = {}
        for vote in votes:
            key = vote.entry, vote.account
            latest.pop(key, None)
            latest[key] = vote
        self._votes: dict[str, list[Vote]] = {}
        for vote in latest.values():
            self._votes.setdefault(vote.entry, []).append(vote)
        self._read: dict[str, tuple[tuple[frozenset[str], int], ...]] = {}
        if before is not None:
            known = before._read.copy().items()
            self._read = {name: read for name, read in known if before._votes[name] == self._votes.get(name)}

    def unread(self) -> "Ballot":
        """The same votes, for who reads questions in another way."""
        return Ballot(chain.from_iterable(self._votes.values()))

    def sway(
        self, entry: str, asked: frozenset[str], read: Callable[[str], frozenset[str]] = plain_terms
    ) -> Sway:
        """What the votes on an entry say for a question with these terms. `read`: how terms were made of it,
        always the same for one ballot."""
        if entry not in self._votes:
            return NO_SWAY
        said = self._read.get(entry)
        if said is None:
            said = self._read[entry] = _read(self._votes[entry][-COUNTED:], read)
        balance = 0
        for asked_then, votes in said:
            if 2 * len(asked_then & asked) >= ALIKE * (len(asked_then) + len(asked)):
                balance += votes
        if balance > 0:
            why = f"confirmed for questions like this ({balance} more than refused)"
            return Sway(1 + min(MOST_LIFT, LIFT * balance), 1.0, (why,))
        if balance < 0:
            why = f"refused for questions like this ({-balance} more than confirmed)"
            doubt = DOUBT**-balance if -balance >= DOUBTED_BY else 1.0
            return Sway(1 - min(MOST_LIFT, -LIFT * balance), doubt, (why,))
        return NO_SWAY


def _read(
    votes: Iterable[Vote], read: Callable[[str], frozenset[str]]
) -> tuple[tuple[frozenset[str], int], ...]:
    """Confirmations less refusals, by the terms of the questions that they were given for."""
    balance: Counter[frozenset[str]] = Counter()
    for vote in votes:
        balance[read(vote.question)] += 1 if vote.right else -1
    return tuple((asked, votes) for asked, votes in balance.items() if asked and votes)


class Rated(Protocol):
    """An entry with the probability of being right."""

    @property
    def entry(self) -> Entry: ...

    @property
    def probability(self) -> float: ...


M = TypeVar("M", bound=Rated)


def settled(matches: Sequence[M], evident: Sequence[M], thresholds: Thresholds) -> tuple[Band, tuple[M, ...]]:
    """The band of `matches`, and the order that belongs to it: where one is answered it is the first.

    `matches`: in the order, and with the probabilities, that votes gave them; the first of `evident` is among
    them, unless it was put down below all that are shown. `evident`: the same search as it comes out without
    any vote.

    Answered is what would be answered without votes, and only that, unless it is doubted itself. Others that
    were confirmed, and rivals that were refused, change nothing about it.
    """
    without = band(evident, thresholds)
    if without is Band.ANSWER:
        first = evident[0]
        best = next((match for match in matches if match.entry.id == first.entry.id), None)
        if best is not None and best.probability >= first.probability:
            return Band.ANSWER, (best, *(match for match in matches if match is not best))
    # One that is unlikely, and was lifted before the others, does not keep these from being offered.
    rated = matches[:1] if without is Band.ROUTE else matches
    likely = any(match.probability >= thresholds.offer for match in rated)
    return Band.OFFER if likely else Band.ROUTE, tuple(matches)


def gone(votes: Iterable[Vote], by_id: Callable[[str], Entry | None]) -> dict[str, int]:
    """How many votes there are on each id that there is no entry of, in the order of ids."""
    voted = Counter(vote.entry for vote in votes)
    return {name: voted[name] for name in sorted(voted) if by_id(name) is None}
