"""The measures: each by an example counted by hand, and by what must hold whatever the outcomes."""

import math
import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluating import measures
from bot.evaluating.measures import Answering, Estimate, Outcome, Share


def hit(rank: int | None, probability: float | None, answered: bool = False) -> Outcome:
    """A question that the base answers."""
    return Outcome(answerable=True, rank=rank, probability=probability, answered=answered)


def no_answer(probability: float | None, answered: bool = False) -> Outcome:
    """A question that the base does not answer."""
    return Outcome(answerable=False, rank=None, probability=probability, answered=answered)


TEN = [
    hit(1, 0.95, answered=True),
    hit(1, 0.90, answered=True),
    hit(1, 0.60),
    hit(1, 0.40),
    hit(2, 0.80, answered=True),
    hit(3, 0.30),
    hit(None, 0.20),
    hit(None, None),
    no_answer(0.40),
    no_answer(0.10),
]
"""Eight questions that the base answers and two that it does not; three were answered, one wrongly."""


# --- by hand ------------------------------------------------------------------------------------------


def test_recall_is_over_answerable_questions() -> None:
    assert measures.recall(TEN, 1) == Share(4, 8)
    assert measures.recall(TEN, 2) == Share(5, 8)
    assert measures.recall(TEN, 3) == Share(6, 8)


def test_reciprocal_rank_counts_what_is_not_found_as_none() -> None:
    found = measures.reciprocal_rank(TEN)
    assert found.value == pytest.approx((4 * 1 + 1 / 2 + 1 / 3) / 8)
    assert found.n == 8
    assert measures.reciprocal_rank([hit(1, 0.5), hit(2, 0.5)]) == Estimate(0.75, 0.25, 2)


def test_auroc_is_the_share_of_pairs_in_their_order() -> None:
    # right: .95 .90 .60 .40; wrong: .80 .30 .20 none .40 .10. Of 24 pairs .60 and .40 lose against .80, and
    # .40 and .40 are a tie.
    assert measures.auroc(TEN).value == pytest.approx((24 - 2 - 0.5) / 24)
    assert measures.auroc(TEN).n == 10


def test_the_error_of_auroc_is_that_of_hanley_and_mcneil() -> None:
    # One of each: the variance is A (1 - A), whatever else.
    assert measures.auroc([hit(1, 0.5), hit(2, 0.5)]) == Estimate(0.5, 0.5, 2)
    # Two of each with A = 3/4: (A (1-A) + (A/(2-A) - A²) + (2A²/(1+A) - A²)) / 4 = 0.30535… / 4
    four = measures.auroc([hit(1, 0.9), hit(1, 0.4), hit(2, 0.5), hit(2, 0.1)])
    a = 3 / 4
    expected = math.sqrt((a * (1 - a) + a / (2 - a) + 2 * a * a / (1 + a) - 2 * a * a) / 4)
    assert four.value == a
    assert four.error == pytest.approx(expected)


def test_the_own_threshold_is_what_the_desk_did() -> None:
    assert measures.own(TEN) == Answering(
        coverage=Share(2, 8), precision=Share(2, 3), answered=Share(3, 10), false_answers=Share(0, 2)
    )
    assert measures.own([*TEN, no_answer(0.99, answered=True)]).false_answers == Share(1, 3)


def test_the_oracle_takes_the_threshold_that_answers_the_most_rightly() -> None:
    # From .90 on 2 of 2 are right, from .80 on 2 of 3, from .60 on 3 of 4, from .40 on 4 of 6.
    assert measures.oracle(TEN).threshold == 0.90
    assert measures.oracle(TEN).coverage == Share(2, 8)
    assert measures.oracle(TEN, Fraction(3, 4)).threshold == 0.60
    # The two at .40 come together or not at all: 4 of 5 would be precise enough, 4 of 6 are not.
    assert measures.oracle(TEN, Fraction(4, 5)).coverage == Share(2, 8)
    assert measures.oracle(TEN, Fraction(2, 3)) == Answering(
        coverage=Share(4, 8),
        precision=Share(4, 6),
        answered=Share(6, 10),
        false_answers=Share(1, 2),
        threshold=0.40,
    )


def test_nine_of_ten_are_ninety_percent() -> None:
    outcomes = [*[hit(1, 0.9)] * 9, hit(2, 0.9)]
    assert measures.oracle(outcomes).coverage == Share(9, 10)
    assert measures.oracle([*outcomes, hit(2, 0.9)]).threshold is None


def test_wilson_s_interval() -> None:
    low, high = Share(9, 10).interval or (0, 0)
    # (0.9 + 1.92073/10 ∓ 1.95996 · sqrt(0.09/10 + 3.84146/400)) / (1 + 3.84146/10)
    assert (low, high) == (pytest.approx(0.5958, abs=1e-4), pytest.approx(0.9821, abs=1e-4))
    assert (Share(0, 10).interval or (1,))[0] == 0.0
    assert (Share(10, 10).interval or (0, 0))[1] == 1.0


def test_percentiles_are_values_that_were_measured() -> None:
    assert measures.percentile([4, 1, 3, 2], 0.5) == 2
    assert measures.percentile(range(1, 101), 0.99) == 99
    assert measures.percentile([7], 0.99) == 7
    assert measures.percentile([], 0.5) is None


def test_nothing_can_be_said_of_nothing() -> None:
    assert measures.recall([], 1).value is None
    assert measures.recall([no_answer(0.5)], 1).interval is None
    assert measures.reciprocal_rank([]).value is None
    assert measures.auroc([]).interval is None
    assert measures.auroc([hit(1, 0.5)]).value is None
    nothing = measures.oracle([])
    assert (nothing.coverage.value, nothing.threshold) == (None, None)
    assert measures.own([]).precision.value is None


# --- whatever the outcomes ----------------------------------------------------------------------------

probabilities = st.one_of(st.none(), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]), st.floats(0, 1))


@st.composite
def outcome(draw: st.DrawFn) -> Outcome:
    probability = draw(probabilities)
    answerable = draw(st.booleans())
    ranks = st.one_of(st.none(), st.integers(1, 10)) if answerable and probability is not None else st.none()
    return Outcome(answerable, draw(ranks), probability, probability is not None and draw(st.booleans()))


outcomes = st.lists(outcome(), max_size=40)


def from_threshold(found: list[Outcome], threshold: float) -> list[Outcome]:
    """The outcomes of a desk that answers from this probability on."""
    return [
        Outcome(
            each.answerable,
            each.rank,
            each.probability,
            each.probability is not None and each.probability >= threshold,
        )
        for each in found
    ]


@given(outcomes)
def test_auroc_counts_pairs(found: list[Outcome]) -> None:
    scored = [(-1.0 if each.probability is None else each.probability, each.right) for each in found]
    right = [score for score, is_right in scored if is_right]
    wrong = [score for score, is_right in scored if not is_right]
    counted = measures.auroc(found).value
    if right and wrong:
        pairs = sum((r > w) + (r == w) / 2 for r in right for w in wrong)
        assert counted == pytest.approx(pairs / (len(right) * len(wrong)))
    else:
        assert counted is None


@given(outcomes, st.floats(0, 1))
def test_no_threshold_of_the_same_precision_answers_more_rightly_than_the_oracle(
    found: list[Outcome], threshold: float
) -> None:
    mine = measures.own(from_threshold(found, threshold))
    if mine.precision.whole:
        precision = Fraction(mine.precision.part, mine.precision.whole)
        assert measures.oracle(found, precision).coverage.part >= mine.coverage.part


@given(outcomes)
def test_the_oracle_s_threshold_gives_what_it_says(found: list[Outcome]) -> None:
    best = measures.oracle(found)
    if best.threshold is None:
        assert best.answered.part == 0
    else:
        again = measures.own(from_threshold(found, best.threshold))
        assert (again.coverage, again.precision, again.answered) == (
            best.coverage,
            best.precision,
            best.answered,
        )
        assert 10 * best.precision.part >= 9 * best.precision.whole


@given(outcomes, st.randoms(use_true_random=False))
def test_the_order_of_the_questions_makes_no_difference(found: list[Outcome], rng: random.Random) -> None:
    other = list(found)
    rng.shuffle(other)
    assert measures.recall(other, 3) == measures.recall(found, 3)
    assert measures.reciprocal_rank(other) == measures.reciprocal_rank(found)
    assert measures.auroc(other) == measures.auroc(found)
    assert measures.own(other) == measures.own(found)
    assert measures.oracle(other) == measures.oracle(found)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share(pair: tuple[int, int]) -> None:
    share = Share(*pair)
    assert share.interval is not None
    low, high = share.interval
    assert 0 <= low <= (share.value or 0) <= high <= 1
