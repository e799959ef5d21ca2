"""What askers confirmed or refused, as values that enter the next build of an index.

A vote says that for a question an entry was right or was not. An account has one vote per entry, the
latest. Votes touch only questions like the one they were given for. Confirmations lift an entry in the
order of matches and nothing else: the probability stays that of the evidence, so that no number of votes
brings an entry into the band that answers. Refusals, where they outnumber confirmations, lower the
probability.

Pure; imports `knowledge.words`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.words.text import clip, terms, tokens

ALIKE = 0.6
"""Dice coefficient of the terms of two questions from which on they count as the same."""

LIFT, MOST_LIFT = 0.1, 0.3
"""Share of its score by which one confirmation lifts an entry, and all of them together."""

DOUBT = 0.85
"""What one refusal multiplies the probability with: one person's refusal leaves a sure match sure, two do
not."""


@dataclass(frozen=True, slots=True)
class Vote:
    """An account found that for a question the entry was right, or was not."""

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


class Ballot:
    """The votes on all entries, by entry. Immutable."""

    __slots__ = ("_votes",)

    def __init__(self, votes: Iterable[Vote]) -> None:
        latest = {(vote.entry, vote.account): vote for vote in votes}
        self._votes: dict[str, list[tuple[frozenset[str], bool]]] = {}
        for vote in latest.values():
            asked = frozenset(terms(tokens(clip(vote.question))))
            self._votes.setdefault(vote.entry, []).append((asked, vote.right))

    def sway(self, entry: str, asked: frozenset[str]) -> Sway:
        """What the votes on an entry say for a question with these terms."""
        votes = [right for terms_, right in self._votes.get(entry, ()) if _alike(terms_, asked)]
        balance = 2 * sum(votes) - len(votes)
        if balance > 0:
            said = f"confirmed for questions like this ({balance} more than refused)"
            return Sway(1 + min(MOST_LIFT, LIFT * balance), 1.0, (said,))
        if balance < 0:
            said = f"refused for questions like this ({-balance} more than confirmed)"
            return Sway(1 - min(MOST_LIFT, -LIFT * balance), DOUBT**-balance, (said,))
        return Sway()


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one) and 2 * len(one & other) >= ALIKE * (len(one) + len(other))
