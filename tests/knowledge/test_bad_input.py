"""Questions of any content, and bases of any: each has a defined outcome, by words alone and with a sentence
model, and costs no more work than a question that makes sense."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.consult import consult, for_others
from bot.desk.reference import Reference
from bot.desk.settings import DeskSettings
from knowledge.calibration import calibrated
from knowledge.confidence import Band
from knowledge.entry import Answer, Entry
from knowledge.facets import FacetKind
from knowledge.index import Index, Search
from knowledge.library import Snapshot
from knowledge.meaning import Meaning
from knowledge.semantic import SentenceModel
from knowledge.votes import Vote
from knowledge.words.text import QUERY_LIMIT, clip
from routing.sections import MaintainersMap

ANSWER = (Answer("see the manual"),)
FACETS = (FacetKind("xen", words=("hypervisor",), bare=True), FacetKind("toolstack", choices={"xl": ()}))
BASE = (
    Entry("qemu", ("How do I build the tools without cloning QEMU?", "build offline"), ANSWER),
    Entry("xenstore", ("xenstored hangs at boot", "is xenstored stuck"), ANSWER),
    Entry("old", ("is xm supported",), (Answer("use xl", applies={"xen": (">=4.5",)}),)),
    Entry("cpp", ("which c++ compiler", "日本語 の 入力"), ANSWER),
)
VOTES = (
    Vote("build qemu offline", "qemu", "alice", True),
    Vote("\0\ud800\ufdfa", "qemu", "bob", False),
    Vote("", "xenstore", "carol", False),
    Vote("xenstored", "gone", "carol", True),
)

EMPTY = {
    "nothing": "",
    "blanks": " \t\n\u00a0\u2003 ",
    "65,000 blanks": " " * 65_000,
    "stop words": "How do I get the one that you have?",
    "punctuation": "?!… --- *** ~~ ^^ \"\" '' () [] {} <> | / \\",
    "controls": "\0\x01\x07\x1b\x7f\x80\x9f",
    "lone surrogates": "\ud800\udfff\udc80",
    "bidirectional": "\u202e\u202d\u2066\u2069\u200f",
    "zero width": "\u200b\u200d\ufeff\u2060",
    "private and unassigned": "\ue000\U0010ffff\uffff\u0378",
    "emoji": "🔥👩\u200d👩\u200d👧\u200d👦🏴\U000e0067 ☹️",
    "a face": ":O",
    "underscores": "_" * 300,
}
"""What holds no word."""

UNKNOWN = {
    "one letter 65,000 times": "q" * 65_000,
    "Cyrillic": "как собрать инструменты",
    "CJK without blanks": "如何在没有网络的情况下构建工具" * 20,
    "Arabic": "كيف أبني الأدوات",
    "marks": "z" + "\u0301" * 5_000,
    "a sentence in a character": "\ufdfa" * 400,
    "a word of 10,000 letters": "zymurgy" * 1_500,
    "a path without end": "/zz" * 300,
    "digits": "9" * 10_000,
    "fractions": "½" * 500,
    "an expression": r"(.*zz+)+$ [[:zz:]] \d{1000}",
}
"""What holds words, of which the base knows none."""

FOUND = {
    "one word": "xenstored",
    "the same word again and again": "xenstored " * 6_500,
    "in between controls": "xen\u200bstored\0 \x1b[31mhangs\x07",
    "in between surrogates": "\ud800xenstored\udfff",
    "from right to left": "\u202exenstored hangs\u202c",
    "other widths": "ｘｅｎｓｔｏｒｅｄ",
    "syntax of queries": 'AND OR NOT "xenstored hangs" field0:zz +boot -boot zz* zz~2 ^3 [a TO b] {',
    "what is sought comes first": "xenstored hangs " + "zz " * 30_000,
    "lines": "xenstored\u2028hangs\r\nat\u2029boot",
}
"""What the entry on xenstore answers."""

ANYTHING = st.one_of(
    st.text(max_size=80),
    st.text("abqQ .-/'\"*:~^+0149\0\u0301\u202e\ud800\ufdfa日", max_size=60),
    st.lists(
        st.sampled_from(
            [*EMPTY.values(), *UNKNOWN.values(), *FOUND.values(), "xen 4.17", "qemu", "biuld", "my"]
        ),
        max_size=4,
    ).map(" ".join),
)
"""Text of any content: lone surrogates and controls are among it."""


def index_of(*entries: Entry, model: SentenceModel | None = None, votes: Sequence[Vote] = ()) -> Index:
    meaning = Meaning.of(model, entries) if model is not None else None
    return Index.build(entries, FACETS, votes, meaning=meaning)


@cache
def index(model: SentenceModel | None = None, votes: Sequence[Vote] = ()) -> Index:
    return index_of(*BASE, model=model, votes=votes)


@pytest.fixture(params=["words", "model"], scope="module")
def found_by(request: pytest.FixtureRequest) -> SentenceModel | None:
    """Words alone, or a model."""
    return request.getfixturevalue("tiny") if request.param == "model" else None


def reference(of: Index) -> Reference:
    return Reference(Snapshot(of.entries, of), MaintainersMap(), DeskSettings(), FACETS)


# --- defined outcomes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", EMPTY.values(), ids=EMPTY)
def test_what_holds_no_word_is_empty(text: str, found_by: SentenceModel | None) -> None:
    for votes in ((), VOTES):
        found = index(found_by, votes).search(text)
        assert (found.empty, found.matches, found.evident, found.repairs) == (True, (), (), ())
        told = consult(text, None, reference(index(found_by, votes)))
        assert (told.band, told.empty, told.matches) == (Band.ROUTE, True, ())


@pytest.mark.parametrize("text", UNKNOWN.values(), ids=UNKNOWN)
def test_what_the_base_knows_no_word_of_is_nobody_s(text: str) -> None:
    found = index().search(text)
    assert (found.empty, found.matches) == (False, ())
    assert consult(text, None, reference(index())).band is Band.ROUTE


@pytest.mark.parametrize("text", UNKNOWN.values(), ids=UNKNOWN)
def test_with_a_model_it_is_no_more_than_improbable(text: str, tiny: SentenceModel) -> None:
    sound(index(tiny).search(text))


@pytest.mark.parametrize("text", FOUND.values(), ids=FOUND)
def test_what_is_around_a_question_hides_nothing(text: str) -> None:
    assert index().search(text).matches[0].entry.id == "xenstore"


def test_what_cannot_be_seen_changes_nothing(tiny: SentenceModel) -> None:
    plain, hidden = "xenstored hangs", "\ufeffxen\u200bstored \x00\u202ehangs\x1b\ud800"
    for each in (index(), index(tiny)):
        assert each.search(hidden).matches == each.search(plain).matches


# --- bases --------------------------------------------------------------------------------------------

BASES: dict[str, tuple[Entry, ...]] = {
    "none": (),
    "one": BASE[:1],
    "two alike": (BASE[0], replace(BASE[0], id="twin")),
    "the same twice": (BASE[0], BASE[0]),
    "only stop words": (Entry("s", ("how do i", "the"), ANSWER),),
    "only punctuation": (Entry("p", ("???", "!!"), ANSWER), Entry("q", ("…",), ANSWER)),
    "nothing at all": (Entry("n", ("",), (Answer(""),)),),
    "invisible": (Entry("i", ("\u200b\0", "\ud800"), (Answer("\udfff", "\x1b" * 99),)),),
    "one long word": (Entry("l", ("x" * 10_000,), (Answer("y" * 65_000),)),),
    "some of each": (*BASE, Entry("s", ("how do i",), ANSWER), Entry("p", ("?",), ANSWER)),
}
ASKED = ("qemu", "how do i", "", "???", BASE[0].phrasings[0], "x" * 10_000, "\0", "the qemu? 4.17")


@pytest.mark.parametrize("entries", BASES.values(), ids=BASES)
@pytest.mark.parametrize("votes", [(), VOTES], ids=["without votes", "with votes"])
def test_a_base_of_any_content_can_be_asked(
    entries: tuple[Entry, ...], votes: Sequence[Vote], found_by: SentenceModel | None
) -> None:
    made = index_of(*entries, model=found_by, votes=votes)
    made = made.with_calibration(calibrated(made))
    for text in ASKED:
        sound(made.search(text))
        told = consult(text, {"xen": "4.17"}, reference(made))
        assert told.band is not Band.ANSWER or told.matches
        for_others(told, reference(made))


def test_a_base_of_nothing_answers_nothing() -> None:
    for text in ASKED:
        assert index_of().search(text).matches == ()
        assert consult(text, None, reference(index_of())).band is Band.ROUTE


def test_the_only_entry_is_found_and_no_other_is_missed(found_by: SentenceModel | None) -> None:
    [match] = index_of(BASE[0], model=found_by).search(BASE[0].phrasings[0]).matches
    assert match.entry is BASE[0]


def test_of_two_that_say_the_same_neither_is_answered(found_by: SentenceModel | None) -> None:
    made = index_of(*BASES["two alike"], *BASE[1:], model=found_by)
    told = consult(BASE[0].phrasings[0], None, reference(made))
    assert told.band is Band.OFFER
    assert {match.entry.id for match in told.matches[:2]} == {"qemu", "twin"}
    assert told.matches[0].probability == told.matches[1].probability


# --- work ---------------------------------------------------------------------------------------------


@dataclass
class Listening:
    """A sentence model that remembers what it was asked."""

    model: SentenceModel
    heard: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def words(self) -> frozenset[str]:
        return frozenset(self.model.words)

    def embed(self, texts: Sequence[str]) -> Any:
        self.heard += texts
        return self.model.embed(texts)


@pytest.mark.parametrize("text", [*UNKNOWN.values(), *FOUND.values(), "biuld " * 9_000], ids=len)
def test_the_model_reads_one_short_text_for_a_question(text: str, tiny: SentenceModel) -> None:
    listening = Listening(tiny)
    made = Index.build(BASE, FACETS, meaning=Meaning.of(listening, BASE))
    listening.heard.clear()
    consult(text, None, reference(made))
    [heard] = listening.heard
    assert len(heard) <= QUERY_LIMIT


@given(ANYTHING, st.sampled_from(["", " qemu", "qemu", "\n", "\ufdfa", " 4.17 "]), st.integers(0, 200))
@settings(max_examples=150, deadline=None)
def test_only_the_beginning_of_a_question_is_read(text: str, more: str, times: int) -> None:
    long = text + more * times
    desk = reference(index(votes=VOTES))
    told, short = consult(long, None, desk), consult(clip(long), None, desk)
    assert (told.matches, told.repairs, told.facets) == (short.matches, short.repairs, short.facets)
    assert (told.band, told.empty) == (short.band, short.empty)
    for match in told.matches:
        assert len(match.grounds.question.text) <= QUERY_LIMIT
        assert sum(len(word.text) for word in match.grounds.question.words) <= 2 * QUERY_LIMIT


# --- whatever is asked --------------------------------------------------------------------------------


def sound(found: Search) -> None:
    """What holds of every search."""
    for matches in (found.matches, found.evident):
        scores = [match.score for match in matches]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= match.probability <= 1 for match in matches)
        assert len({match.grounds.candidate.position for match in matches}) == len(matches) <= 5
        assert all(match.reasons or match.evidence.covered == 0 for match in matches)
    if found.empty:
        assert not found.matches


@given(ANYTHING, st.booleans())
@settings(max_examples=200, deadline=None)
def test_no_text_makes_a_search_fail(text: str, voted: bool) -> None:
    sound(index(votes=VOTES if voted else ()).search(text))


@given(text=ANYTHING)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nor_with_a_model(tiny: SentenceModel, text: str) -> None:
    sound(index(tiny, VOTES).search(text))


@given(text=ANYTHING)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_two_threads_at_once_find_the_same(found_by: SentenceModel | None, text: str) -> None:
    """Not even those that come first, before the index has made what it looks into."""
    made, together = index_of(*BASE, model=found_by, votes=VOTES), Barrier(2)

    def search(text: str) -> Search:
        together.wait(10)
        return made.search(text)

    with ThreadPoolExecutor(2) as threads:
        one, other = threads.map(search, [text, text])
    assert one == other == made.search(text)
