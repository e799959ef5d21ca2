"""What the outcomes of many questions come to: shares with their uncertainty, ranks, and what a threshold on
the probability gives.

Four kinds of measures, over outcomes (`Outcome`) of questions that are *answerable*, the base holding what
is asked for, or not:

* whether the right entry is **found**: recall at k and the mean reciprocal rank, over answerable questions;
* whether the probability **tells** right from wrong: the area under the ROC curve of the first match's
  probability, for whether the first match is right, over all questions;
* what comes of **answering** from a threshold on: *coverage*, the right answers as a share of the answerable
  questions; *precision*, the right answers as a share of those given. The desk's own threshold is judged by
  what it answered, the oracle's is the best that any threshold could have done, knowing the outcomes;
* whether the probability is **true**: how often the first match is right where it is said to be so probable.

Pure; imports nothing of the house.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

PRECISION = Fraction(9, 10)
"""The precision that coverage is stated at."""

BINS = 10
"""Of probability, to compare what was said with what was true."""

NORMAL_95 = 1.959964
"""How many standard errors to either side hold 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one question came to. `rank`: at which place (from 1) the first entry stands that answers it, None
    where none of them was found; `probability`: that of the first match, None where nothing matched;
    `answered`: the desk would have told the first match as the answer."""

    answerable: bool
    rank: int | None
    probability: float | None
    answered: bool

    @property
    def right(self) -> bool:
        """Whether the first match answers the question."""
        return self.rank == 1


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """Between 0 and 1; None of nothing."""
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % score interval, which holds for small numbers and for shares near 0 and 1, too (E. B.
        Wilson, Probable Inference, 1927); None of nothing."""
        if not self.whole:
            return None
        n, z2 = self.whole, NORMAL_95**2
        share = self.part / n
        middle = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = NORMAL_95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
        low = 0.0 if self.part == 0 else max(0.0, middle - half)
        high = 1.0 if self.part == n else min(1.0, middle + half)
        return low, high


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure from `n` questions with its standard error; both None where the questions do not tell it."""

    value: float | None
    error: float | None
    n: int

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 %, by the normal distribution, held between 0 and 1; None where nothing tells how much the
        figure might differ, as where all questions came to the same."""
        if self.value is None or not self.error:
            return None
        half = NORMAL_95 * self.error
        return max(0.0, self.value - half), min(1.0, self.value + half)


@dataclass(frozen=True, slots=True)
class Answering:
    """What comes of answering some of the questions: `coverage` of the answerable ones, `precision` of the
    answers, `answered` of all questions, and `false_answers`, those to questions that have none, of the
    questions that have none. `threshold`: the probability from which on it was answered, None where that
    alone did not decide, or where nothing was answered."""

    coverage: Share
    precision: Share
    answered: Share
    false_answers: Share
    threshold: float | None = None


def recall(outcomes: Iterable[Outcome], among: int) -> Share:
    """How many answerable questions have an answer among the first matches."""
    ranks = [each.rank for each in outcomes if each.answerable]
    return Share(sum(rank is not None and rank <= among for rank in ranks), len(ranks))


def reciprocal_rank(outcomes: Iterable[Outcome]) -> Estimate:
    """The mean over answerable questions of one by the rank of the first answer, which is 0 where there was
    none."""
    return _mean([1 / each.rank if each.rank is not None else 0.0 for each in outcomes if each.answerable])


def auroc(outcomes: Iterable[Outcome]) -> Estimate:
    """How probable it is that of two questions, the first match of one being right and of the other wrong,
    the right one has the higher probability; equal ones count half. A question that nothing matched has the
    lowest of all. The standard error is that of J. Hanley and B. McNeil (The Meaning and Use of the Area
    under a ROC Curve, 1982)."""
    scored = sorted(_scores(outcomes), key=lambda pair: pair[0])
    right = sum(is_right for _, is_right in scored)
    wrong = len(scored) - right
    if not right or not wrong:
        return Estimate(None, None, len(scored))
    below, halves = 0, 0  # wrong ones so far; pairs in their right order, each counted twice
    for _, group in groupby(scored, key=lambda pair: pair[0]):
        flags = [is_right for _, is_right in group]
        tied = len(flags) - sum(flags)
        halves += sum(flags) * (2 * below + tied)
        below += tied
    area = halves / (2 * right * wrong)
    both_right, both_wrong = area / (2 - area), 2 * area * area / (1 + area)
    variance = area * (1 - area) + (right - 1) * (both_right - area**2) + (wrong - 1) * (both_wrong - area**2)
    return Estimate(area, math.sqrt(max(0.0, variance) / (right * wrong)), len(scored))


def own(outcomes: Sequence[Outcome]) -> Answering:
    """What came of the answers that the desk gave."""
    return _answering(outcomes, [each for each in outcomes if each.answered])


def oracle(outcomes: Sequence[Outcome], precision: Fraction = PRECISION) -> Answering:
    """What comes of the threshold on the probability that gives the most right answers with at least this
    precision. Questions of equal probability are answered together or not at all; of thresholds that give
    equally many right answers the highest is taken. Where none is so precise, nothing is answered."""
    matched = [each for each in outcomes if each.probability is not None]
    matched.sort(key=lambda each: -(each.probability or 0.0))
    best, most, right, answered = 0, 0, 0, 0
    for _, group in groupby(matched, key=lambda each: each.probability):
        for each in group:
            answered += 1
            right += each.right
        if right > most and right >= precision * answered:
            best, most = answered, right
    return _answering(outcomes, matched[:best], matched[best - 1].probability if best else None)


def at_coverage(outcomes: Sequence[Outcome], share: Fraction) -> Share:
    """How often the first match is right where only this share of all questions (0 to 1) is acted upon, those
    with the highest probability; of equal ones those that come first. One that nothing matched comes last,
    and is wrong."""
    ordered = sorted(outcomes, key=lambda each: math.inf if each.probability is None else -each.probability)
    acted_upon = ordered[: math.ceil(share * len(ordered))]
    return Share(sum(each.right for each in acted_upon), len(acted_upon))


def brier(outcomes: Iterable[Outcome]) -> Estimate:
    """The mean squared difference between the first match's probability and what was true, 0 or 1, over the
    questions that anything matched (G. Brier, Verification of Forecasts Expressed in Terms of Probability,
    1950). 0 is perfect; whoever always says ½ gets ¼."""
    return _mean([(said - right) ** 2 for said, right in _said(outcomes)])


def calibration_error(outcomes: Iterable[Outcome]) -> float | None:
    """By how much the first match's probability differs from how often it is right: the mean over `BINS`
    bins of probability, equally wide and weighted by their questions (M. Naeini, G. Cooper, M. Hauskrecht,
    Obtaining Well Calibrated Probabilities Using Bayesian Binning, 2015). None of none."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for said, right in _said(outcomes):
        bins.setdefault(min(BINS - 1, int(said * BINS)), []).append((said, right))
    count = sum(map(len, bins.values()))
    gaps = (abs(math.fsum(said - right for said, right in each)) for each in bins.values())
    return math.fsum(gaps) / count if count else None


def percentile(values: Iterable[float], share: float) -> float | None:
    """The value that `share` of all (0 to 1) do not exceed (nearest rank); None of none."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _mean(values: Sequence[float]) -> Estimate:
    if not values:
        return Estimate(None, None, 0)
    mean = math.fsum(values) / len(values)
    if len(values) == 1:
        return Estimate(mean, None, 1)
    spread = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return Estimate(mean, math.sqrt(spread / len(values)), len(values))


def _answering(
    outcomes: Sequence[Outcome], answered: Sequence[Outcome], threshold: float | None = None
) -> Answering:
    right = sum(each.right for each in answered)
    answerable = sum(each.answerable for each in outcomes)
    false = sum(not each.answerable for each in answered)
    return Answering(
        coverage=Share(right, answerable),
        precision=Share(right, len(answered)),
        answered=Share(len(answered), len(outcomes)),
        false_answers=Share(false, len(outcomes) - answerable),
        threshold=threshold,
    )


def _scores(outcomes: Iterable[Outcome]) -> Iterator[tuple[float, bool]]:
    for each in outcomes:
        yield (-math.inf if each.probability is None else each.probability), each.right


def _said(outcomes: Iterable[Outcome]) -> list[tuple[float, bool]]:
    return [(each.probability, each.right) for each in outcomes if each.probability is not None]
