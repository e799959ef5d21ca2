"""The index: questions find entries, with the variant for the facets, a probability and reasons."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.confidence import PRIOR, Band, Calibration, Thresholds, band
from knowledge.entry import Answer, Entry
from knowledge.facets import FacetKind
from knowledge.index import Index
from knowledge.votes import Vote
from knowledge.words.text import Lexicon

DECLARED = (
    FacetKind("xen", words=("hypervisor",), bare=True),
    FacetKind("toolstack", choices={"xl": (), "libvirt": ("virsh",)}),
    FacetKind("distribution", choices={"mageia": (), "debian": ()}),
)


def entry(name: str, *phrasings: str, answers: tuple[Answer, ...] = (Answer("see the manual"),)) -> Entry:
    return Entry(name, phrasings, answers)


BASE = (
    entry(
        "system-qemu",
        "How do I build the tools without cloning QEMU?",
        "build offline with the system qemu",
        answers=(
            Answer(
                "Configure with `--with-system-qemu`", "No network is needed then.", "https://example.org/q"
            ),
        ),
    ),
    entry("efi-boot", "How do we boot Xen on UEFI machines?", "where is xen.efi installed"),
    entry(
        "toolstack",
        "is xm still supported",
        "which toolstack should we ship",
        answers=(
            Answer("ship xm", applies={"xen": ("<4.5",)}),
            Answer("ship xl", applies={"xen": (">=4.5",)}),
        ),
    ),
    entry("livepatch", "How do I apply a livepatch to the hypervisor?"),
    entry("support", "How long is a release supported with security fixes?"),
    entry(
        "libvirt-driver",
        "which libvirt driver is needed",
        answers=(Answer("the libxl driver", applies={"toolstack": ("libvirt",)}),),
    ),
)
INDEX = Index.build(BASE, DECLARED)


def best(text: str, index: Index = INDEX, **facets: str):
    matches = index.search(text, facets).matches
    return matches[0] if matches else None


def test_a_phrasing_finds_its_entry_and_is_answered():
    for each in BASE:
        for phrasing in each.phrasings:
            matches = INDEX.search(phrasing).matches
            assert matches[0].entry is each
            assert band(matches, Thresholds()) is Band.ANSWER


def test_other_words_for_the_same_find_it_too():
    assert best("can the build take our system's qemu, offline?").entry.id == "system-qemu"
    assert best("uefi: where does xen.efi go").entry.id == "efi-boot"
    assert best("applying livepatches").entry.id == "livepatch"


def test_words_of_the_answer_count():
    assert best("what does --with-system-qemu do").entry.id == "system-qemu"


def test_an_option_is_found_by_its_parts_and_without_its_dashes():
    assert best("with-system-qemu").entry.id == "system-qemu"


def test_words_written_apart_are_found_together():
    assert best("live patch").entry.id == "livepatch"


def test_misspelt_words_are_repaired_and_told():
    search = INDEX.search("biuld wihtout cloning qmeu")
    assert search.matches[0].entry.id == "system-qemu"
    assert ("qmeu", "qemu") in search.repairs
    assert "repaired qmeu → qemu" in search.matches[0].reasons
    assert search.matches[0].probability < best("build without cloning qemu").probability


def test_reasons_name_the_phrasing_and_the_words():
    reasons = best("build qemu offline on s390").reasons
    assert reasons[0] == 'phrasing "build offline with the system qemu" shares: build, qemu, offline'
    assert "the entry says nothing of: s390" in reasons
    assert "the entry also has: network" in best("build offline, no network").reasons


def test_a_question_about_something_else_is_not_answered():
    for text in ("the guest hangs after resume", "how do I pin a vcpu", "build fails in the shadow code"):
        matches = INDEX.search(text).matches
        assert band(matches, Thresholds()) is not Band.ANSWER


def test_one_shared_word_is_no_answer():
    assert band(INDEX.search("thanks, I will boot it now").matches, Thresholds()) is not Band.ANSWER


def test_a_greeting_is_empty():
    for text in ("hello", "hi, is anybody here?", "", "!!!", "thanks :)"):
        search = INDEX.search(text)
        assert search.empty
        assert search.matches == ()
    assert not INDEX.search("xyzzy").empty
    assert INDEX.search("xyzzy").matches == ()


def test_the_version_in_the_text_picks_the_variant():
    match = best("which toolstack should we ship with 4.4?")
    assert (match.answer.short, match.holds_for, match.contested) == ("ship xm", "xen < 4.5", False)
    match = best("which toolstack should we ship with xen-4.17.2-3.mga9?")
    assert (match.answer.short, match.holds_for, match.contested) == ("ship xl", "xen ≥ 4.5", False)


def test_without_a_version_the_newest_is_given_and_the_version_asked_for():
    match = best("which toolstack should we ship?")
    assert (match.answer.short, match.contested, match.ask_for) == ("ship xl", True, "xen")


def test_what_is_remembered_counts_where_the_text_says_nothing():
    assert best("which toolstack should we ship?", xen="4.4").answer.short == "ship xm"
    search = INDEX.search(
        "which toolstack should we ship with 4.17?", {"xen": "4.4", "distribution": "mageia"}
    )
    assert search.facets == {"xen": "4.17", "distribution": "mageia"}
    assert search.matches[0].answer.short == "ship xl"


def test_an_entry_that_cannot_hold_is_no_match():
    assert best("which libvirt driver is needed").entry.id == "libvirt-driver"
    ids = [match.entry.id for match in INDEX.search("which driver is needed", {"toolstack": "xl"}).matches]
    assert "libvirt-driver" not in ids


def test_naming_a_facet_costs_no_certainty():
    plain = best("which toolstack should we ship?")
    named = best("which toolstack should we ship on mageia with 4.17?")
    assert named.evidence.covered == named.evidence.overlap == 1.0
    assert named.probability == pytest.approx(plain.probability, abs=0.03)


def test_no_more_matches_than_asked_for_and_best_first():
    matches = INDEX.search("build boot livepatch supported release toolstack", limit=3).matches
    assert len(matches) == 3
    assert [match.score for match in matches] == sorted((match.score for match in matches), reverse=True)


def test_an_empty_base_finds_nothing():
    search = Index.build(()).search("how do I build qemu")
    assert search.matches == ()
    assert not search.empty


def test_another_calibration_needs_no_building():
    never = INDEX.with_calibration(Calibration(-30.0, (0.0,) * len(INDEX.calibration.weights)))
    assert best("How do I apply a livepatch to the hypervisor?", never).probability < 0.01
    assert best("How do I apply a livepatch to the hypervisor?").probability > 0.9


QUESTION = "which toolstack should we ship"


def votes(right: bool, *accounts: str, text: str = QUESTION, on: str = "toolstack") -> list[Vote]:
    return [Vote(text, on, account, right) for account in accounts]


def probability_with(ballots: list[Vote], text: str = QUESTION) -> float:
    matches = Index.build(BASE, DECLARED, ballots).search(text).matches
    return next(match.probability for match in matches if match.entry.id == "toolstack")


def test_confirmations_never_raise_the_probability():
    crowd = [f"user{number}" for number in range(500)]
    weak = "should the desk ship something"
    assert probability_with(votes(True, *crowd)) == probability_with([])
    assert probability_with(votes(True, *crowd, text=weak), weak) == probability_with([], weak)


def test_an_entry_that_cannot_hold_is_found_only_where_that_is_asked_for():
    text = "which driver is needed"
    assert "libvirt-driver" not in [each.entry.id for each in INDEX.search(text, {"toolstack": "xl"}).matches]
    found = INDEX.search(text, {"toolstack": "xl"}, regardless=True)
    assert found.matches[0].entry.id == "libvirt-driver"
    assert found.matches[0].holds_for == "libvirt"
    assert found.facets == {"toolstack": "xl"}


def test_confirmations_lift_an_entry_in_the_order():
    text = "system xen.efi"
    found = [match.entry.id for match in INDEX.search(text).matches[:2]]
    lifted = Index.build(BASE, DECLARED, votes(True, "a", "b", "c", text=text, on=found[1])).search(text)
    if lifted.matches[0].entry.id == found[1]:
        assert band(lifted.matches, Thresholds()) is not Band.ANSWER
    assert (
        next(match for match in lifted.matches if match.entry.id == found[1]).score
        > INDEX.search(text).matches[1].score
    )


def test_refusals_of_several_accounts_take_the_certainty():
    alone, two = probability_with(votes(False, "a")), probability_with(votes(False, "a", "b"))
    assert probability_with([]) == alone > two


def test_an_account_has_one_vote_and_the_last_counts():
    assert probability_with(votes(False, "a", "a", "a", "a")) == probability_with(votes(False, "a"))
    assert probability_with(votes(False, "a") + votes(True, "a")) == probability_with([])


def test_votes_on_other_questions_do_not_count():
    assert probability_with(votes(False, "a", "b", text="is the moon made of cheese")) == probability_with([])


def test_votes_are_among_the_reasons():
    matches = Index.build(BASE, DECLARED, votes(False, "a", "b")).search(QUESTION).matches
    assert "refused for questions like this (2 more than confirmed)" in matches[0].reasons


@settings(deadline=None)
@given(st.text(max_size=500))
def test_any_text_may_be_asked(text):
    for match in INDEX.search(text).matches:
        assert 0 <= match.probability <= 1
        assert match.reasons
        assert all(0 <= share <= 1 for share in match.evidence.vector()[:4])


@pytest.mark.parametrize("text", ["qemu " * 20_000, "q" * 65_000, "e" + "\u0301" * 65_000, "qmeu " * 20_000])
def test_a_very_long_text_is_cut(text):
    assert len(INDEX.search(text).text) <= 400


def test_whether_it_is_prepared_changes_nothing_but_when_the_work_is_done():
    fresh, prepared = Index.build(BASE, DECLARED), Index.build(BASE, DECLARED)
    prepared.prepare()
    assert fresh.search(QUESTION) == prepared.search(QUESTION)
    assert prepared.prepare() is prepared.with_calibration(PRIOR).prepare()


def test_several_indexes_may_read_their_words_with_one_lexicon():
    lexicon = Lexicon()
    for entries in (BASE, BASE[1:], BASE):
        shared = Index.build(entries, DECLARED, lexicon=lexicon).search(QUESTION)
        assert shared == Index.build(entries, DECLARED).search(QUESTION)
