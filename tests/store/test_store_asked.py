"""Which questions count for the gaps of the base, and who asked them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from store_values import ALICE, CHANNEL, NOON, PRIVATE, STRANGER, asked, ended, minutes

from bot.desk.effects import Link, SaveDraft, SaveQuestion
from bot.desk.links import Account
from bot.desk.model import CONTROL, TAKEN_BACK, Question, Speaker, State
from bot.store import asked as rows
from bot.store.store import Store
from knowledge.drafts import Draft, DraftState, Origin
from routing.presence import Venue, Visibility

BOB = Speaker("libera", "bob", "bob", "s3")


def over(number: int, state: State, **changes: Any) -> Question:
    """A question that ended so."""
    return asked(number, state=state, due=None, ended_at=NOON, **changes)


async def kept(store: Store, *questions: Question) -> list[int]:
    """The numbers of those that count."""
    for question in questions:
        await store.commit(f"q{question.number}", NOON, [SaveQuestion(question)])
    return [each.number for each in await store.unanswered(NOON - timedelta(days=90))]


def published(entry: str, question: int | None) -> SaveDraft:
    draft = Draft(1, "k1", Origin.ANSWER, ALICE.key, "alice", NOON, entry, "…", question=question)
    return SaveDraft(replace(draft, state=DraftState.PUBLISHED, decided_at=NOON + minutes(5)))


async def test_what_the_base_did_not_answer_counts(store: Store) -> None:
    counting = (
        over(1, State.EXPIRED),
        over(2, State.HANDED_OVER),
        ended(3, responder="bob"),
        asked(4, state=State.KEPT),
        ended(5, refused=("old",)),
        asked(6, state=State.ASKED, refused=("old",)),
    )
    others = (
        ended(11),  # the base answered
        asked(12),  # nobody knows yet
        asked(13, state=State.ASKED),
        over(14, State.WITHDRAWN),
        over(15, State.WITHDRAWN, refused=("old",)),
        over(16, State.EXPIRED, text=TAKEN_BACK),
        over(17, State.EXPIRED, venue=Venue(CONTROL, "0", Visibility.PRIVATE)),
        over(18, State.EXPIRED, asked_at=NOON - timedelta(days=91)),
    )
    assert await kept(store, *others, *counting) == [1, 2, 3, 4, 5, 6]


async def test_what_an_answer_was_published_of_is_none_any_more(store: Store) -> None:
    assert await kept(store, ended(1, responder="bob"), ended(2, responder="bob")) == [1, 2]
    await store.commit("d", NOON, [published("new", 1)])
    assert await kept(store) == [2]


async def test_a_refused_entry_that_was_changed_since_may_be_right_now(store: Store) -> None:
    await store.commit("d", NOON, [published("old", None)])
    again = ended(3, refused=("old",), asked_at=NOON + minutes(9))
    ended_without = over(4, State.EXPIRED, refused=("old",))
    assert await kept(
        store, ended(1, refused=("old",)), ended(2, refused=("other",)), again, ended_without
    ) == [
        2,
        3,
        4,
    ]
    found = await store.unanswered(NOON - timedelta(days=90))
    assert [each.refused for each in found] == [("other",), ("old",), ()]


async def test_what_is_not_public_is_marked(store: Store) -> None:
    sealed = Venue("libera", "#sealed", Visibility.PUBLIC, sealed=True)
    venues = (CHANNEL, PRIVATE, Venue("libera", "#team", Visibility.MEMBERS), sealed)
    await kept(store, *(over(n, State.EXPIRED, venue=venue) for n, venue in enumerate(venues, 1)))
    found = await store.unanswered(NOON - timedelta(days=90))
    assert [each.public for each in found] == [True, False, False, False]


async def test_linked_accounts_are_one_person_and_so_is_a_nick_that_comes_back(store: Store) -> None:
    nicks = ("Guest", "guest_", "guest|away", "guest`", "guests")
    again = [Speaker("libera", nick, None, f"s{nick}") for nick in nicks]
    await store.commit("l", NOON, [Link(Account("libera", "alice"), Account("libera", "bob"))])
    askers = (ALICE, BOB, STRANGER, *again)
    await kept(store, *(over(n, State.EXPIRED, asker=who) for n, who in enumerate(askers, 1)))
    people = [each.person for each in await store.unanswered(NOON - timedelta(days=90))]
    assert people[0] == people[1]
    assert len({*people[2:7]}) == 1
    assert len(set(people)) == 3


async def test_nobody_crowds_out_the_others(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "EACH", 2)
    monkeypatch.setattr(rows, "MOST", 3)
    flood = [over(n, State.EXPIRED) for n in range(3, 8)]
    others = [over(n, State.EXPIRED, asker=BOB) for n in (1, 2)]
    assert await kept(store, *others, *flood) == [2, 6, 7]


async def test_what_is_read_at_its_edges(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    since = NOON - timedelta(days=90)
    operator = Speaker(CONTROL, "root", "0", "s4")
    await store.commit("d", NOON, [published("old", None)])  # five minutes later
    counting = (
        over(1, State.EXPIRED, asked_at=since),
        over(6, State.EXPIRED, placed="DOCS"),
        ended(7, refused=("old",), asked_at=NOON + minutes(6)),
    )
    others = (
        over(2, State.EXPIRED, asked_at=since - minutes(1)),
        over(3, State.EXPIRED, asker=operator),
        ended(4, refused=("old",), asked_at=NOON + minutes(4)),
        ended(5, refused=("old",), asked_at=NOON + minutes(5)),  # what was changed then may be right
    )
    assert await kept(store, *others, *counting) == [1, 6, 7]
    assert [each.section for each in await store.unanswered(since)] == ["", "DOCS", ""]
    monkeypatch.setattr(rows, "MOST", 2)
    assert await kept(store) == [6, 7]
