"""Lines that nobody addressed to the desk: they are answered where it is surer than usual, and nothing is
offered."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.consult import consult, thresholds
from bot.desk.reference import Reference
from bot.desk.settings import DeskSettings
from knowledge.confidence import Band
from knowledge.entry import Answer, Entry
from knowledge.index import Index
from knowledge.library import Snapshot
from routing.sections import MaintainersMap

THINGS = ("bootloader", "hypervisor", "toolstack", "console", "firmware", "balloon")
ENTRIES = tuple(
    Entry(f"{verb}-{thing}", (f"How do I {verb} the {thing}?", f"{verb} {thing}"), (Answer("set it"),))
    for verb in ("compile", "disable", "rename", "sign")
    for thing in THINGS
)
INDEX = Index.build(ENTRIES)
WORDS = ("how", "compile", "disable", "sign", "our", "bootloader", "console", "weather", "balloon", "lunch")


def reference(enough: float = 0.0, **desk: float) -> Reference:
    index = INDEX.with_calibration(replace(INDEX.calibration, enough=enough))
    return Reference(Snapshot(ENTRIES, index), MaintainersMap(), DeskSettings(**desk))  # type: ignore[arg-type]


@given(
    st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join),
    st.floats(0.2, 1.0),
    st.floats(0.0, 1.0),
    st.sampled_from([0.0, 0.7, 0.95]),
)
@settings(max_examples=150, deadline=None)
def test_it_is_never_offered_anything_and_never_answered_sooner(
    text: str, answer_at: float, overheard_at: float, enough: float
) -> None:
    desk = reference(enough, answer_at=answer_at, overheard_at=overheard_at, offer_at=0.1)
    said, overheard = consult(text, None, desk), consult(text, None, desk, overheard=True)
    assert overheard.band in (Band.ANSWER, Band.ROUTE)
    if overheard.band is Band.ANSWER:
        assert said.band is Band.ANSWER
        assert overheard.matches[0].probability >= max(answer_at, overheard_at, enough)
    assert replace(overheard, band=said.band) == said


def test_what_is_answered_to_somebody_who_asks_may_be_too_unsure_for_others() -> None:
    text = "is there a way to rename our bootloader package"
    [first, *_] = consult(text, None, reference()).matches
    assert first.entry.id == "rename-bootloader"
    sure = first.probability
    low, high = (
        reference(answer_at=sure / 2, overheard_at=sure),
        reference(answer_at=sure / 2, overheard_at=1),
    )
    assert [consult(text, None, each).band for each in (low, high)] == [Band.ANSWER, Band.ANSWER]
    assert consult(text, None, low, overheard=True).band is Band.ANSWER
    assert consult(text, None, high, overheard=True).band is Band.ROUTE


@pytest.mark.parametrize(
    ("answer_at", "overheard_at", "enough", "addressed", "overheard"),
    [
        (0.6, 0.9, 0.0, 0.6, 0.9),
        (0.95, 0.9, 0.0, 0.95, 0.95),
        (0.6, 0.9, 0.7, 0.7, 0.9),
        (0.6, 0.8, 0.85, 0.85, 0.85),
    ],
)
def test_the_strictest_of_settings_and_base_holds(
    answer_at: float, overheard_at: float, enough: float, addressed: float, overheard: float
) -> None:
    desk = reference(enough, answer_at=answer_at, overheard_at=overheard_at)
    assert thresholds(desk).answer == addressed
    assert thresholds(desk, overheard=True).answer == overheard
