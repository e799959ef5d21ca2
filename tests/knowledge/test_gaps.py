"""Questions that ask the same become one gap, whoever asks them in whichever order."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge import gaps as module
from knowledge.gaps import Asked, ByMeaning, ByWords, Gap, clusters, gaps

NOON = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
DIES = "xenstored dies with EINVAL when a guest starts"
DIES_TOO = "why does xenstored die with EINVAL"
MUSL = "does the overlay compile with musl"


def asked(number: int, text: str, person: str = "", public: bool = True) -> Asked:
    return Asked(number, text, person or f"p{number}", NOON + timedelta(hours=number), public)


WORDS = ("xenstored", "dies", "EINVAL", "guest", "musl", "overlay", "compile", "how", "the", "pvh", "")
QUESTIONS = st.lists(
    st.builds(
        asked,
        st.integers(1, 60),
        st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join),
        st.sampled_from(["alice", "bob", "carol"]),
        public=st.booleans(),
    ),
    max_size=25,
    unique_by=lambda each: each.number,
)


def said(found: Sequence[Gap]) -> list[tuple[int, ...]]:
    return [gap.questions for gap in found]


class Fixed:
    """By meaning nothing depends on who else is there."""

    threshold = 0.5

    def __init__(self, texts: Sequence[str]) -> None:
        self._words = [set(text.split()) for text in texts]

    def to(self, one: int, others: Sequence[int]) -> Sequence[float]:
        mine = self._words[one]
        return [len(mine & self._words[o]) / max(1, len(mine | self._words[o])) for o in others]


def test_those_that_most_different_people_asked_come_first_then_the_latest() -> None:
    found = gaps(
        [
            asked(1, DIES, "alice"),
            asked(2, MUSL, "bob"),
            asked(3, MUSL, "bob"),
            asked(4, MUSL + "?", "bob"),
            asked(5, DIES_TOO, "carol"),
            asked(6, "who signs the tarballs", "alice"),
        ]
    )
    assert said(found) == [(1, 5), (6,), (2, 3, 4)]
    assert [gap.people for gap in found] == [2, 1, 1]
    assert (found[0].first, found[0].last) == (NOON + timedelta(hours=1), NOON + timedelta(hours=5))


def test_a_gap_is_told_by_what_is_public_and_named_after_the_oldest_of_that() -> None:
    found = gaps([asked(1, DIES, public=False), asked(2, DIES_TOO), asked(3, MUSL, public=False)])
    assert said(found) == [(1, 2)]
    assert (found[0].number, found[0].public, found[0].texts) == (2, (2,), (DIES_TOO,))


def test_the_text_that_is_most_like_the_others_stands_for_all() -> None:
    texts = ["xenstored EINVAL socket", "xenstored dies EINVAL", "xenstored dies EINVAL guest"]
    [gap] = gaps([asked(number, text) for number, text in enumerate(texts, 1)], Fixed)
    assert gap.headline == "xenstored dies EINVAL"
    assert gap.number == 1


class Chain:
    """Each is like its neighbours, and like nobody else."""

    threshold = 0.5

    def to(self, one: int, others: Sequence[int]) -> Sequence[float]:
        return [0.9 if abs(one - other) <= 1 else 0.0 for other in others]


def test_unlike_things_are_not_chained_by_what_lies_between_them() -> None:
    assert clusters(6, Chain()) == [[0, 1], [2, 3], [4, 5]]


@settings(max_examples=25)  # each makes two indexes
@given(QUESTIONS, st.randoms(use_true_random=False))
def test_in_whichever_order_they_come_the_gaps_are_the_same(questions: list[Asked], chance: Random) -> None:
    mixed = [*questions]
    chance.shuffle(mixed)
    assert gaps(mixed) == gaps(questions)


@settings(max_examples=25)
@given(QUESTIONS)
def test_every_public_question_is_in_exactly_one_gap_and_no_other_text_is_in_any(
    questions: list[Asked],
) -> None:
    found = gaps(questions)
    public = {each.number: each.text for each in questions if each.public}
    assert sorted(number for gap in found for number in gap.public) == sorted(public)
    assert all(gap.texts == tuple(public[number] for number in gap.public) for gap in found)
    counted = [number for gap in found for number in gap.questions]
    assert len(counted) == len(set(counted))
    assert {*counted} <= {each.number for each in questions}
    assert all(gap.number in gap.public and gap.people <= len(gap.questions) for gap in found)


@given(QUESTIONS, st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join))
def test_a_new_question_joins_a_gap_or_begins_one_and_no_other_moves(
    questions: list[Asked], text: str
) -> None:
    before = gaps(questions, Fixed)
    after = gaps([*questions, asked(61, text)], Fixed)
    left = {tuple(number for number in gap.questions if number != 61) for gap in after} - {()}
    assert {gap.questions for gap in before} <= left


def test_only_the_newest_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    found = gaps([asked(number, f"thing{number}") for number in range(1, 9)])
    assert sorted(said(found)) == [(6,), (7,), (8,)]


def test_a_flood_of_the_same_words_is_one_gap() -> None:
    [gap] = gaps([asked(number, DIES, "mallory") for number in range(1, 501)])
    assert (gap.people, len(gap.questions)) == (1, 500)


def test_what_says_nothing_is_like_nothing() -> None:
    alike = ByWords(["", "how is the", "xenstored"])
    assert list(alike.to(2, [0, 1])) == [0.0, 0.0]


def test_how_alike_must_be_what_asks_the_same_is_a_matter_of_the_base() -> None:
    numpy = pytest.importorskip("numpy")
    rows = numpy.eye(2, dtype=numpy.float32)
    thresholds = [ByMeaning(rows, usual).threshold for usual in (None, 0.2, 0.6, 0.95)]
    assert thresholds == [pytest.approx(each) for each in (0.64, 0.5, 0.66, 0.85)]
