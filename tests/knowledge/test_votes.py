"""Votes: what counts for which question, and that none of it brings an entry into the band that answers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.confidence import Band, Thresholds, band
from knowledge.entry import Answer, Entry
from knowledge.facets import FacetKind
from knowledge.index import Index
from knowledge.votes import COUNTED, DOUBT, NO_SWAY, Ballot, Vote, gone, plain_terms, settled

DECLARED = (FacetKind("xen", words=("hypervisor",), bare=True),)
QUESTION = "which toolstack should we ship"
OTHER = "how do I boot on uefi machines"
ASKED = plain_terms(QUESTION)


def vote(
    account: str = "alice", *, right: bool = True, entry: str = "toolstack", text: str = QUESTION
) -> Vote:
    return Vote(text, entry, account, right)


def crowd(count: int, *, right: bool = True, entry: str = "toolstack", text: str = QUESTION) -> list[Vote]:
    return [vote(f"user{number}", right=right, entry=entry, text=text) for number in range(count)]


# --- a ballot -----------------------------------------------------------------------------------------------


def test_without_votes_nothing_is_swayed() -> None:
    assert Ballot([]).sway("toolstack", ASKED) is NO_SWAY
    assert Ballot(crowd(3)).sway("other", ASKED) is NO_SWAY
    assert Ballot(crowd(3)).sway("toolstack", plain_terms(OTHER)) is NO_SWAY


def test_confirmations_lift_the_score_and_leave_the_probability() -> None:
    one, many = (Ballot(crowd(count)).sway("toolstack", ASKED) for count in (1, 1000))
    assert 1 < one.score < many.score < 1.5
    assert one.probability == many.probability == 1
    assert one.reasons == ("confirmed for questions like this (1 more than refused)",)


def test_one_refusal_puts_down_the_score_and_two_the_probability() -> None:
    one, two, many = (Ballot(crowd(count, right=False)).sway("toolstack", ASKED) for count in (1, 2, 50))
    assert 1 > one.score > two.score > many.score > 0.5
    assert one.probability == 1 > two.probability > many.probability > 0
    assert two.probability == DOUBT**2
    assert two.reasons == ("refused for questions like this (2 more than confirmed)",)


def test_the_latest_vote_of_an_account_is_its_only_one() -> None:
    ballot = Ballot([*crowd(5, right=False), *crowd(5)])
    assert ballot.sway("toolstack", ASKED) == Ballot(crowd(5)).sway("toolstack", ASKED)
    again = Ballot([vote(right=False)] * 1000)
    assert again.sway("toolstack", ASKED) == Ballot([vote(right=False)]).sway("toolstack", ASKED)


def test_a_later_vote_on_the_same_entry_is_for_its_own_question() -> None:
    ballot = Ballot([vote(), vote(text=OTHER)])
    assert ballot.sway("toolstack", ASKED) is NO_SWAY
    assert ballot.sway("toolstack", plain_terms(OTHER)).score > 1


def test_as_many_confirmations_as_refusals_are_none() -> None:
    assert Ballot([vote("a"), vote("b", right=False)]).sway("toolstack", ASKED) is NO_SWAY


def test_questions_are_alike_that_share_most_of_their_words() -> None:
    ballot = Ballot([vote(text="livepatch build fails with gcc 13")])
    for alike in ("the livepatch build fails with gcc", "why does my livepatch build fail with gcc 13 here"):
        assert ballot.sway("toolstack", plain_terms(alike)).score > 1
    for other in ("livepatch", "build fails", "", "how do I build livepatch for debian stable kernels"):
        assert ballot.sway("toolstack", plain_terms(other)) is NO_SWAY


def test_a_question_without_words_counts_for_nothing() -> None:
    assert Ballot([vote(text="how do I?")]).sway("toolstack", frozenset()) is NO_SWAY


def test_of_the_votes_on_an_entry_the_newest_count() -> None:
    old, new = crowd(COUNTED + 1, right=False), [vote(f"late{n}") for n in range(COUNTED)]
    assert Ballot([*old, *new]).sway("toolstack", ASKED) == Ballot(new).sway("toolstack", ASKED)
    # Who votes anew is among the newest, whenever they voted first.
    anew = [vote("user0"), *old[1:], *new[1:], vote("user0")]
    assert Ballot(anew).sway("toolstack", ASKED) == Ballot(new).sway("toolstack", ASKED)


def test_a_question_is_read_as_the_search_reads_it_and_once() -> None:
    texts: list[str] = []

    def read(text: str) -> frozenset[str]:
        texts.append(text)
        return frozenset({"toolstack"})

    ballot = Ballot([vote("a", text="tolstack?"), vote("b", text="toolstak?"), vote("c", entry="other")])
    assert ballot.sway("toolstack", frozenset({"toolstack"}), read).reasons
    assert ballot.sway("toolstack", frozenset({"toolstack"}), read).score > 1
    assert texts == ["tolstack?", "toolstak?"]


def test_what_was_read_is_taken_over_where_nobody_voted_since() -> None:
    texts: list[str] = []

    def read(text: str) -> frozenset[str]:
        texts.append(text)
        return plain_terms(text)

    votes = [vote("a"), vote("b"), vote("c", entry="other"), vote("c", entry="third")]
    before = Ballot(votes)
    for name in ("toolstack", "other", "third"):
        before.sway(name, ASKED, read)
    texts.clear()
    after = Ballot([*votes[1:3], vote("d", entry="other", right=False)], before)
    swayed = [after.sway(name, ASKED, read) for name in ("toolstack", "other", "third")]
    assert texts == [QUESTION] * 3
    assert [sway.score > 1 for sway in swayed] == [True, False, False]
    assert swayed[1:] == [NO_SWAY, NO_SWAY]
    texts.clear()
    assert Ballot(votes, before).sway("toolstack", ASKED, read) == before.sway("toolstack", ASKED, read)
    assert texts == []


def test_votes_on_ids_that_are_gone_are_counted_by_id() -> None:
    votes = [vote("a", entry="old"), vote("b", entry="old"), vote("a", entry="lost"), vote("a")]
    there = Entry("toolstack", ("which?",), (Answer("xl"),))
    assert gone(votes, {"toolstack": there}.get) == {"lost": 1, "old": 2}
    assert gone(votes, dict.fromkeys(("toolstack", "old", "lost"), there).get) == {}


# --- what is settled ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rated:
    name: str
    probability: float

    @property
    def entry(self) -> Entry:
        return Entry(self.name, ("what?",), (Answer("so"),))


BANDS = Thresholds(answer=0.75, offer=0.3, gap=0.1)


def rated(**probabilities: float) -> list[Rated]:
    return [Rated(name, probability) for name, probability in probabilities.items()]


def outcome(matches: Sequence[Rated], evident: Sequence[Rated]) -> tuple[Band, list[str]]:
    found, order = settled(matches, evident, BANDS)
    return found, [match.name for match in order]


@pytest.mark.parametrize(
    ("evident", "voted", "expected"),
    [
        # Nobody voted.
        (rated(a=0.9, b=0.5), rated(a=0.9, b=0.5), (Band.ANSWER, ["a", "b"])),
        ([], [], (Band.ROUTE, [])),
        # A probable one that was lifted to the first place is offered first, and not answered.
        (rated(a=0.7, b=0.85), rated(b=0.85, a=0.7), (Band.OFFER, ["b", "a"])),
        # The gap to a rival is not widened by refusing the rival.
        (rated(a=0.85, b=0.8), rated(a=0.85, b=0.3), (Band.OFFER, ["a", "b"])),
        # What is sure by its evidence is answered, whatever else was confirmed.
        (rated(a=0.9, b=0.5), rated(b=0.5, a=0.9), (Band.ANSWER, ["a", "b"])),
        # Doubted, it is offered, after the others, however sure it still is.
        (rated(a=0.9, b=0.5), rated(b=0.5, a=0.65), (Band.OFFER, ["b", "a"])),
        (rated(a=0.99, b=0.2), rated(a=0.8, b=0.2), (Band.OFFER, ["a", "b"])),
        (rated(a=0.9), rated(a=0.65), (Band.OFFER, ["a"])),
        (rated(a=0.9), rated(a=0.2), (Band.ROUTE, ["a"])),
        # An unlikely one that was lifted keeps no likely one from being offered.
        (rated(a=0.6, b=0.1), rated(b=0.1, a=0.6), (Band.OFFER, ["b", "a"])),
        # Nothing was worth an offer; lifted to the first place, a likely one is.
        (rated(a=0.2, b=0.4), rated(a=0.2, b=0.4), (Band.ROUTE, ["a", "b"])),
        (rated(a=0.2, b=0.4), rated(b=0.4, a=0.2), (Band.OFFER, ["b", "a"])),
    ],
)
def test_what_votes_make_of_a_band(
    evident: list[Rated], voted: list[Rated], expected: tuple[Band, list[str]]
) -> None:
    assert outcome(voted, evident) == expected


def test_without_votes_the_band_is_that_of_the_evidence() -> None:
    steps = [number / 10 for number in range(11)]
    for first in steps:
        for second in steps:
            matches = rated(a=first, b=second)
            assert settled(matches, matches, BANDS) == (band(matches, BANDS), tuple(matches))


# --- the promise, over bases and ballots of every kind ---------------------------------------------------

WORDS = ("qemu", "livepatch", "build", "grub", "uefi", "offline", "xenstored", "toolstack")
SENTENCES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)
ENTRIES = st.lists(st.lists(SENTENCES, min_size=1, max_size=3), min_size=1, max_size=6).map(
    lambda entries: tuple(
        Entry(f"e{number}", tuple(phrasings), (Answer("see the manual"),))
        for number, phrasings in enumerate(entries)
    )
)
SAME = ""
"""As the text of a vote: that of the question which is asked."""

VOTES = st.lists(
    st.builds(
        Vote,
        st.one_of(st.just(SAME), SENTENCES),
        st.sampled_from([f"e{number}" for number in range(7)]),
        st.sampled_from([f"account{number}" for number in range(8)]),
        st.booleans(),
    ),
    max_size=60,
)
THRESHOLDS = st.builds(
    Thresholds,
    answer=st.sampled_from([0.0, 0.3, 0.5, 0.75, 0.9]),
    offer=st.sampled_from([0.0, 0.1, 0.3]),
    gap=st.sampled_from([0.0, 0.05, 0.15]),
)


def given_for(question: str, votes: list[Vote]) -> list[Vote]:
    return [replace(vote, question=vote.question or question) for vote in votes]


def told(entries: tuple[Entry, ...], votes: list[Vote], question: str, bands: Thresholds) -> str | None:
    """The id of what is answered, by everything that was found."""
    everything = len(entries)
    evident = Index.build(entries, DECLARED).search(question, limit=everything)
    voted = evident
    if votes:
        voted = Index.build(entries, DECLARED, given_for(question, votes)).search(question, limit=everything)
    found, order = settled(voted.matches, evident.matches, bands)
    return order[0].entry.id if found is Band.ANSWER else None


@settings(deadline=None, max_examples=40)
@given(ENTRIES, VOTES, SENTENCES, THRESHOLDS)
def test_no_number_of_votes_brings_an_entry_into_the_band_that_answers(
    entries: tuple[Entry, ...], votes: list[Vote], question: str, bands: Thresholds
) -> None:
    # Everybody agrees, too: each vote again by as many accounts as it takes.
    many = [Vote(v.question, v.entry, f"{v.account}/{n}", v.right) for v in votes[:10] for n in range(20)]
    without = told(entries, [], question, bands)
    for ballot in (votes, many):
        assert told(entries, ballot, question, bands) in {None, without}


@settings(deadline=None, max_examples=40)
@given(ENTRIES, VOTES, SENTENCES, THRESHOLDS)
def test_one_account_alone_silences_no_entry(
    entries: tuple[Entry, ...], votes: list[Vote], question: str, bands: Thresholds
) -> None:
    own = [Vote(vote.question, vote.entry, "mallory", vote.right) for vote in votes]
    everywhere = [Vote(question, entry.id, "mallory", False) for entry in entries]
    without = told(entries, [], question, bands)
    for ballot in (own, everywhere):
        assert told(entries, ballot, question, bands) == without


@settings(deadline=None, max_examples=40)
@given(ENTRIES, SENTENCES, THRESHOLDS)
def test_two_accounts_silence_any_entry_for_what_they_asked(
    entries: tuple[Entry, ...], question: str, bands: Thresholds
) -> None:
    answered = told(entries, [], question, bands)
    if answered is not None:
        ballot = [Vote(question, answered, account, False) for account in ("alice", "bert")]
        assert told(entries, ballot, question, bands) is None


@settings(deadline=None, max_examples=40)
@given(ENTRIES, VOTES, SENTENCES)
def test_votes_add_and_take_away_no_match_and_raise_no_probability(
    entries: tuple[Entry, ...], votes: list[Vote], question: str
) -> None:
    everything = len(entries)
    ballot = given_for(question, votes)
    voted = Index.build(entries, DECLARED, ballot).search(question, limit=everything).matches
    plain = Index.build(entries, DECLARED).search(question, limit=everything).matches
    before = {match.entry.id: match.probability for match in plain}
    assert {match.entry.id for match in voted} == set(before)
    assert all(match.probability <= before[match.entry.id] for match in voted)
