"""How sure a match is, and what to do with it.

What speaks for a match is measured as `Evidence`; a `Calibration`, a logistic regression over it, turns it
into the probability that the match is right. `PRIOR` is shipped; `fitted` moves it towards what the base at
hand shows. Three **bands** follow from the probability of the best match and its distance to the next:
answer it, offer two or three, or route the question to a person.

Pure, and knows nothing of indexes or entries.
"""

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from itertools import groupby
from typing import Protocol


class Band(StrEnum):
    """What to do with what was found."""

    ANSWER = "answer"
    OFFER = "offer"
    ROUTE = "route"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where the bands begin: probabilities of the best match, and its `gap` to the next that an answer
    needs."""

    answer: float = 0.6
    offer: float = 0.15
    gap: float = 0.1


class Probable(Protocol):
    """Anything with a probability."""

    @property
    def probability(self) -> float: ...


def band(matches: Sequence[Probable], thresholds: Thresholds = Thresholds()) -> Band:
    """The band of matches that are in their order."""
    if not matches or matches[0].probability < thresholds.offer:
        return Band.ROUTE
    first = matches[0].probability
    second = max((match.probability for match in matches[1:]), default=0.0)
    if first >= thresholds.answer and first - second >= thresholds.gap:
        return Band.ANSWER
    return Band.OFFER


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for one match, each measure from -1 or 0 to about 1.

    Shares are of what words say (their idf), not of their number.
    """

    overlap: float
    """Words that question and nearest phrasing share, as a share of all in either (Dice)."""
    covered: float
    """Share of the question's words that the entry has anywhere."""
    phrased: float
    """Share of the question's words that the entry's phrasings have."""
    score: float
    """BM25 score as a share of the most that the question could reach."""
    margin: float
    """How far the score is above the best other one (below it: negative), as a share of the higher."""
    repaired: float
    """Share of the question's words that had to be repaired."""
    substance: float
    """How much the shared words say: 0 for nothing, 0.5 for one rare word, 0.9 for some four."""
    corroborated: float = 0.0
    """How much the shared words say besides the strongest of them, in the same way: a single word that both
    have, however rare, is easily a coincidence."""
    unexplained: float = 0.0
    """How many symptoms the question names that the entry says nothing of: 0 for none, 0.5 for one, 0.75 for
    two."""
    clear: float = 0.0
    """How far the score is above the mean of all other candidates, as a share of it."""
    alike: float = 0.0
    """Cosine between question and nearest phrasing."""
    unusual: float = 0.0
    """How much more alike question and nearest phrasing mean than entries of this base are to others, in
    deviations from that; this and what follows is 0 without a sentence model."""
    told: float = 0.0
    """Cosine between question and answer."""
    lead: float = 0.0
    """How far the whole score is above the best other one (below it: negative)."""

    def vector(self) -> tuple[float, ...]:
        """The measures in their order."""
        measures: tuple[float, ...] = _vector(self)
        return measures


MEASURES = tuple(field.name for field in fields(Evidence))
"""The names of the measures, in their order."""

_vector = operator.attrgetter(*MEASURES)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic regression: `bias`, and one weight for each measure of `Evidence`.

    `enough`: the probability from which on `PRECISION` of the answers are right on the base at hand, as far
    as that is known. Where many questions have no answer, or a wrong entry says nearly the same, the least
    sure of the answers drag the others down.
    """

    bias: float
    weights: tuple[float, ...]
    enough: float = 0.0

    def strictly(self, thresholds: Thresholds) -> Thresholds:
        """The thresholds, the one for answers raised to what is enough here."""
        if self.enough <= thresholds.answer:
            return thresholds
        return replace(thresholds, answer=self.enough, offer=min(thresholds.offer, self.enough))

    def probability(self, evidence: Evidence) -> float:
        """The probability, between 0 and 1, that a match with this evidence is right."""
        return _logistic(self.logit(evidence))

    def logit(self, evidence: Evidence) -> float:
        """The logarithm of the odds that a match with this evidence is right."""
        told: float = sum(map(operator.mul, self.weights, evidence.vector()))
        return self.bias + told


UNEXPLAINED = -4.0
"""Set by hand: the public sets hardly name any symptom, so there is nothing to learn it from. One that is not
explained takes a sure match (0.9) to 0.55."""

REPAIRED = -0.5
"""Set by hand: on the public sets a repaired word is as good as any, but these hold hardly any names of
programs, for which a word may be mistaken."""

PRIOR = Calibration(
    -5.89, (2.81, 0.0, 0.0, 3.41, 2.48, REPAIRED, 1.66, 3.18, UNEXPLAINED, 0.0, 0.0, 0.0, 0.0, 0.0)
)
"""What is shipped, for words alone: a regression over public sets with half of their entries removed, and
over lines of real channels, with weights held to their signs. `python -m benchmarks.prior` makes it again."""

PRIOR_WITH_MODEL = Calibration(
    -5.11, (0.0, 0.0, 0.0, 0.55, 0.0, REPAIRED, 0.74, 1.38, UNEXPLAINED, 2.0, 2.62, 0.58, 0.43, 8.75)
)
"""The same where there is a sentence model."""

STRENGTH = 1.0
"""How firmly `fitted` holds to the given calibration: each weight as if it were measured with a variance of 1
by it."""

PRECISION = 0.9
"""The share of answers that must be right."""

MOST_STRICT = 0.9
"""However much a base is in doubt of itself, what is as probable as this is answered."""

SURE = 20
"""Answers, `PRECISION` of them right, that are assumed beside the samples: a few samples decide nothing."""

STEPS = 300
"""Of the fit: enough for what is left to matter to no probability."""

AGAINST = frozenset({"repaired", "unexplained"})
"""Measures of which more is never more sure; of every other one more is never less sure."""


def fitted(samples: Sequence[tuple[Evidence, bool]], prior: Calibration = PRIOR) -> Calibration:
    """The calibration that is the likeliest after samples of (evidence, whether the match was right).

    Logistic regression with a normal prior around the given weights (maximum a posteriori), each weight held
    to its sign: few samples move little, and however a base surprises, more evidence does not come to mean
    less. Accelerated projected gradient descent (Y. Nesterov, 1983); deterministic. Without samples it is the
    prior. Some 0.6 ms for each sample.
    """
    rows = [(1.0, *evidence.vector()) for evidence, _ in samples]
    right = [float(each) for _, each in samples]
    start = (prior.bias, *prior.weights)
    # The curvature of the loss is at most a quarter of the sum of squares (Lipschitz constant of its slope).
    rate = 1 / (STRENGTH + sum(sum(x * x for x in row) for row in rows) / 4)
    weights = ahead = start
    momentum = 1.0
    for _ in range(STEPS if rows else 0):
        slope = [STRENGTH * (w - w0) for w, w0 in zip(ahead, start, strict=True)]
        for row, y in zip(rows, right, strict=True):
            error = _logistic(sum(map(operator.mul, ahead, row))) - y
            slope = [s + error * x for s, x in zip(slope, row, strict=True)]
        stepped = [w - rate * s for w, s in zip(ahead, slope, strict=True)]
        new = (stepped[0], *map(_held, MEASURES, stepped[1:]))
        following = (1 + math.sqrt(1 + 4 * momentum * momentum)) / 2
        beyond = (momentum - 1) / following
        ahead = tuple(n + beyond * (n - w) for n, w in zip(new, weights, strict=True))
        weights, momentum = new, following
    learned = Calibration(weights[0], weights[1:])
    return replace(learned, enough=_enough(samples, learned))


def _enough(samples: Sequence[tuple[Evidence, bool]], learned: Calibration) -> float:
    """The lowest probability from which on samples are right often enough, as often as their probabilities
    say; 0 where there are none."""
    probabilities = sorted((learned.probability(evidence) for evidence, _ in samples), reverse=True)
    enough = MOST_STRICT if probabilities else 0.0
    told, good = float(SURE), SURE * PRECISION
    for probability, alike in groupby(probabilities):  # what is equally probable is told or not as one
        count = len(list(alike))
        told, good = told + count, good + count * probability
        if good >= PRECISION * told:
            enough = min(enough, probability)
    return enough


def _held(measure: str, weight: float) -> float:
    return min(0.0, weight) if measure in AGAINST else max(0.0, weight)


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, x))))
