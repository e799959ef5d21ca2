"""How sure a match is, and what to do with it.

What speaks for a match is measured as `Evidence`; a `Calibration`, a logistic regression over it, turns it
into the probability that the match is right. `PRIOR` is shipped; `fitted` moves it towards what the base at
hand shows. Three **bands** follow from the probability of the best match and its distance to the next:
answer it, offer two or three, or route the question to a person.

Pure, and knows nothing of indexes or entries.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
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

    answer: float = 0.8
    offer: float = 0.3
    gap: float = 0.15


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

    def vector(self) -> tuple[float, ...]:
        """The measures in their order."""
        return tuple(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic regression: `bias`, and one weight for each measure of `Evidence`."""

    bias: float
    weights: tuple[float, ...]

    def probability(self, evidence: Evidence) -> float:
        """The probability, between 0 and 1, that a match with this evidence is right."""
        return _logistic(self.logit(evidence))

    def logit(self, evidence: Evidence) -> float:
        """The logarithm of the odds that a match with this evidence is right."""
        return self.bias + sum(
            weight * each for weight, each in zip(self.weights, evidence.vector(), strict=True)
        )


PRIOR = Calibration(-7.5, (5.5, 0.3, 0.3, 2.5, 2.0, -0.5, 5.3))
"""What is shipped: a regression over StackFAQ with half of its entries removed, alone and among 900 entries
of NL2Bash, as typed and with typing errors; CLINC150 with its unanswerable queries; and lines of real
channels; with weights held to their signs and rounded."""

STRENGTH = 8.0
"""How firmly `fitted` holds to the given calibration: as much as about so many surprising samples."""


LEAST_SLOPE = 0.1
"""However a base surprises, more evidence does not come to mean less."""


def fitted(samples: Sequence[tuple[Evidence, bool]], prior: Calibration = PRIOR) -> Calibration:
    """`prior`, scaled and shifted to samples of (evidence, whether the match was right).

    Platt scaling (J. Platt, Probabilistic Outputs for Support Vector Machines, 1999): of the logit only a
    slope and an offset are fitted, which a few dozen samples can bear; both are drawn towards 1 and 0.
    Without samples it is the prior. Deterministic; at most 50 steps of Newton's method.
    """
    logits = [(prior.logit(evidence), right) for evidence, right in samples]
    slope, offset = 1.0, 0.0
    for _ in range(50):
        step_s, step_o = _step(logits, slope, offset)
        cost = _cost(logits, slope, offset)
        share = 1.0
        # Far from the samples the curvature is nearly none and a whole step leads anywhere.
        while (
            share > 1e-6
            and _cost(logits, max(LEAST_SLOPE, slope - share * step_s), offset - share * step_o) > cost
        ):
            share /= 2
        slope, offset = max(LEAST_SLOPE, slope - share * step_s), offset - share * step_o
        if share * (abs(step_s) + abs(step_o)) < 1e-6:
            break
    return Calibration(slope * prior.bias + offset, tuple(slope * weight for weight in prior.weights))


def _step(logits: Sequence[tuple[float, bool]], slope: float, offset: float) -> tuple[float, float]:
    """Newton's step for slope and offset."""
    gradient_s, gradient_o = STRENGTH * (slope - 1), STRENGTH / 4 * offset
    curve_ss, curve_so, curve_oo = STRENGTH, 0.0, STRENGTH / 4
    for z, right in logits:
        p = _logistic(slope * z + offset)
        gradient_s += (p - right) * z
        gradient_o += p - right
        spread = p * (1 - p)
        curve_ss += spread * z * z
        curve_so += spread * z
        curve_oo += spread
    determinant = curve_ss * curve_oo - curve_so * curve_so
    return (
        (curve_oo * gradient_s - curve_so * gradient_o) / determinant,
        (curve_ss * gradient_o - curve_so * gradient_s) / determinant,
    )


def _cost(logits: Sequence[tuple[float, bool]], slope: float, offset: float) -> float:
    """What is made as small as can be: the surprise at the samples, and the distance from the prior."""
    surprise = 0.0
    for z, right in logits:
        p = _logistic(slope * z + offset)
        surprise -= math.log(p if right else 1 - p)
    return surprise + STRENGTH / 2 * ((slope - 1) ** 2 + offset**2 / 4)


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, x))))
