"""Bands, probability, and learning what probability means on a base."""

from dataclasses import dataclass, fields, replace

import pytest

from knowledge.calibration import FEWEST, calibrated
from knowledge.confidence import (
    AGAINST,
    PRIOR,
    PRIOR_WITH_MODEL,
    Band,
    Calibration,
    Evidence,
    Thresholds,
    band,
    fitted,
)
from knowledge.entry import Answer, Entry
from knowledge.index import Index

STRONG = Evidence(
    overlap=0.9,
    covered=1.0,
    phrased=1.0,
    score=0.7,
    margin=0.6,
    repaired=0.0,
    substance=0.8,
    corroborated=0.7,
)
WEAK = Evidence(
    overlap=0.2,
    covered=0.3,
    phrased=0.2,
    score=0.2,
    margin=0.1,
    repaired=0.0,
    substance=0.4,
    corroborated=0.1,
)


@dataclass
class Sure:
    probability: float


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ([], Band.ROUTE),
        ([0.1], Band.ROUTE),
        ([0.29, 0.28], Band.ROUTE),
        ([0.5], Band.OFFER),
        ([0.95], Band.ANSWER),
        ([0.95, 0.5], Band.ANSWER),
        ([0.95, 0.9], Band.OFFER),
        ([0.8, 0.6, 0.79], Band.OFFER),
        ([0.85, 0.95], Band.OFFER),  # votes put the less probable one first
    ],
)
def test_bands(probabilities, expected):
    thresholds = Thresholds(answer=0.8, offer=0.3, gap=0.15)
    assert band([Sure(each) for each in probabilities], thresholds) is expected


def test_thresholds_move_the_bands():
    assert band([Sure(0.6)], Thresholds(answer=0.5, offer=0.2, gap=0.1)) is Band.ANSWER
    assert band([Sure(0.6)], Thresholds(answer=0.9, offer=0.7, gap=0.1)) is Band.ROUTE


def test_bands_are_words():
    assert [str(each) for each in Band] == ["answer", "offer", "route"]


def test_the_prior_tells_strong_evidence_from_weak():
    assert PRIOR.probability(STRONG) > 0.95
    assert PRIOR.probability(WEAK) < 0.05


@pytest.mark.parametrize("measure", sorted({field.name for field in fields(Evidence)} - AGAINST))
def test_more_evidence_is_never_less_probable(measure):
    for prior in (PRIOR, PRIOR_WITH_MODEL):
        assert prior.probability(replace(WEAK, **{measure: 0.9})) >= prior.probability(WEAK)


@pytest.mark.parametrize("measure", sorted(AGAINST))
def test_repairs_and_unexplained_symptoms_make_less_sure(measure):
    for prior in (PRIOR, PRIOR_WITH_MODEL):
        assert prior.probability(replace(STRONG, **{measure: 0.5})) < prior.probability(STRONG)


def test_extreme_evidence_is_still_a_probability():
    wild = Calibration(0.0, (1000.0,) * len(PRIOR.weights))
    assert wild.probability(STRONG) <= 1.0
    assert Calibration(0.0, (-1000.0,) * len(PRIOR.weights)).probability(STRONG) >= 0.0


def test_without_samples_the_prior_stays():
    assert fitted([]) == PRIOR


MIDDLE = Evidence(
    overlap=0.6,
    covered=0.8,
    phrased=0.7,
    score=0.4,
    margin=0.4,
    repaired=0.0,
    substance=0.6,
    corroborated=0.4,
)


def test_a_base_where_middling_matches_are_wrong_makes_less_sure():
    samples = [(MIDDLE, False)] * 60 + [(STRONG, True)] * 60 + [(WEAK, False)] * 60
    learned = fitted(samples)
    assert learned.probability(MIDDLE) < PRIOR.probability(MIDDLE)
    assert learned.probability(STRONG) > 0.9


def test_a_base_where_middling_matches_are_right_makes_surer():
    samples = [(MIDDLE, True)] * 60 + [(STRONG, True)] * 60 + [(WEAK, False)] * 60
    assert fitted(samples).probability(MIDDLE) > PRIOR.probability(MIDDLE)


def test_a_few_surprises_do_not_turn_the_prior_over():
    assert fitted([(STRONG, False)]).probability(STRONG) > 0.5
    assert fitted([(STRONG, False)] * 200).probability(STRONG) < 0.2


def test_learning_keeps_the_order_of_evidence():
    upside_down = [(STRONG, False)] * 200 + [(WEAK, True)] * 200
    learned = fitted(upside_down)
    assert learned.probability(STRONG) >= learned.probability(WEAK)


WHAT = "kernel firmware bridge console memory disk serial balloon migration snapshot".split()  # noqa: SIM905
WAYS = (
    "how do I configure the {}",
    "{} settings of a guest",
    "where is the {} documented",
    "changing {} later",
)


def base(ways=WAYS) -> list[Entry]:
    names = [f"{first} {second}" for first in WHAT for second in WHAT[:3] if first != second]
    return [
        Entry(f"e{n}", tuple(way.format(name) for way in ways), (Answer(name),))
        for n, name in enumerate(names)
    ]


def learned(entries: list[Entry]):
    return calibrated(Index.build(entries))


def test_calibration_learns_from_the_phrasings_of_the_base():
    """Where the answer to a question is often elsewhere, though an entry says the same, less is sure."""
    twins = [twin for each in base() for twin in (each, replace(each, id=each.id + "-twin"))]
    assert sum(len(each.phrasings) for each in twins) >= FEWEST
    less, more = learned(twins), learned(base())
    assert less.probability(MIDDLE) < more.probability(MIDDLE)
    assert less.probability(STRONG) < more.probability(STRONG)


def test_calibration_is_deterministic():
    assert learned(base()) == learned(base())


def test_a_base_with_too_few_phrasings_keeps_the_prior():
    assert learned(base()[:5]) == PRIOR
    assert learned(base(WAYS[:1])) == PRIOR
    assert learned([]) == PRIOR
