"""Drafts: what is proposed to change in the base is kept as it was said, once, and found where it matters."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_values import ALICE, ANY_TEXT, NOON, STRANGER, any_of, asked, ended, minutes

from bot.desk.effects import RecallDraft, SaveDraft, SaveQuestion
from bot.desk.facts import Concern, Facts
from bot.store.columns import storable
from bot.store.errors import Conflict
from bot.store.store import Store
from knowledge.drafts import LIVE, Draft, DraftState, Origin

Run = Callable[..., Any]
numbers = count(1)


def draft(number: int = 1, **changes: Any) -> Draft:
    plain = Draft(number, f"key {number}", Origin.EDIT, ALICE.key, "alice", NOON, "some-entry", "id: x\n")
    return replace(plain, **changes)


async def read(store: Store, **concern: Any) -> Facts:
    return await store.facts_for(Concern(**concern), NOON + minutes(1))


@settings(max_examples=30)
@given(any_of(Draft), st.booleans())
def test_a_draft_is_what_it_was(run: Run, shared: Store, drawn: Draft, about: bool) -> None:
    number = next(numbers)
    new = replace(drawn, number=number, key=f"key {number}", revision=0, question=number if about else None)
    run(shared.commit(f"event {number}", NOON, [SaveQuestion(asked(number)), SaveDraft(new)]))
    kept = replace(new, revision=1)
    found = run(shared.facts_for(Concern(draft_numbers=(number,)), NOON))
    assert found.drafts == {number: kept}
    assert found.next_draft == number + 1
    assert (number in run(shared.facts_for(Concern(drafts=True), NOON)).drafts) is (kept.state in LIVE)
    of_it = run(shared.facts_for(Concern(numbers=(number,), drafts_of=True), NOON))
    assert (number in of_it.drafts) is (about or kept.state in LIVE)
    assert (kept in run(shared.drafts_under_way())) is kept.state.under_way


@settings(max_examples=30)
@given(any_of(Draft, ANY_TEXT))
def test_whatever_it_says_it_can_be_stored(run: Run, shared: Store, drawn: Draft) -> None:
    number = next(numbers)
    new = replace(drawn, number=number, key=f"key {number}", revision=0, question=None)
    run(shared.commit(f"event {number}", NOON, [SaveDraft(new)]))
    found = run(shared.facts_for(Concern(draft_numbers=(number,)), NOON)).drafts[number]
    assert (found.now, found.note) == (storable(new.now), storable(new.note))


async def test_of_two_who_change_a_draft_one_reads_it_again(store: Store) -> None:
    await store.commit("e1", NOON, [SaveDraft(draft())])
    before = (await read(store, drafts=True)).drafts[1]
    await store.commit("e2", NOON, [SaveDraft(replace(before, note="mine"))])
    with pytest.raises(Conflict):
        await store.commit("e3", NOON, [SaveDraft(replace(before, note="yours"))])
    assert (await read(store, drafts=True)).drafts[1] == replace(before, note="mine", revision=2)


@pytest.mark.parametrize("other", [draft(1, key="other"), draft(2, key="key 1")])
async def test_numbers_and_keys_are_taken_once(store: Store, other: Draft) -> None:
    await store.commit("e1", NOON, [SaveDraft(draft())])
    with pytest.raises(Conflict):
        await store.commit("e2", NOON, [SaveDraft(other)])
    assert await store.drafts() == (replace(draft(), revision=1),)


async def test_what_nothing_is_to_be_done_about_is_read_where_it_is_named(store: Store) -> None:
    states = dict(enumerate(DraftState, 1))
    effects = [SaveDraft(draft(number, state=state)) for number, state in states.items()]
    await store.commit("e1", NOON, effects)
    live = {number for number, state in states.items() if state in LIVE}
    assert set((await read(store, drafts=True)).drafts) == live
    assert set((await read(store, draft_numbers=(5, 99, 0, 2**40))).drafts) == {5}
    nothing = await read(store)
    assert (nothing.drafts, nothing.next_draft) == ({}, 1)


async def test_those_of_a_question_are_read_where_one_is(store: Store) -> None:
    gone = draft(1, question=7, state=DraftState.REJECTED)
    await store.commit("e1", NOON, [SaveQuestion(ended(7)), SaveDraft(gone), SaveDraft(draft(2))])
    assert set((await read(store, numbers=(7,), drafts_of=True)).drafts) == {1, 2}
    assert (await read(store, numbers=(8,), drafts_of=True)).drafts == {}
    assert (await read(store, numbers=(8,), drafts_of=True)).next_draft == 3


async def test_suggestions_are_counted_for_a_day(store: Store) -> None:
    mine = {"origin": Origin.SUGGESTION, "author": ALICE.key}
    theirs = {"origin": Origin.SUGGESTION, "author": STRANGER.key}
    await store.commit(
        "e1",
        NOON,
        [
            SaveDraft(draft(1, **mine)),
            SaveDraft(draft(2, **mine, at=NOON - timedelta(hours=23), state=DraftState.REJECTED)),
            SaveDraft(draft(3, **mine, at=NOON - timedelta(hours=25))),
            SaveDraft(draft(4, origin=Origin.EDIT)),
            SaveDraft(draft(5, **theirs)),
            SaveDraft(draft(6, **{**theirs, "author": "oftc/session/s9"})),
            SaveDraft(draft(7, **{**theirs, "author": "home/account/@a/session/b:example.org"})),
        ],
    )
    assert (await read(store, suggested=ALICE.keys)).suggested == (2, 2)
    assert (await read(store, suggested=STRANGER.keys)).suggested == (1, 2)
    assert (await read(store)).suggested == (0, 0)


async def test_rejections_are_told_to_their_authors(store: Store) -> None:
    rejected = {"state": DraftState.REJECTED, "decided_at": NOON}
    effects = [
        SaveDraft(draft(1, **rejected)),
        SaveDraft(draft(2, **rejected, told=True)),
        SaveDraft(draft(3, **rejected, author=STRANGER.key)),
        SaveDraft(draft(4)),
    ]
    await store.commit("e1", NOON, effects)
    assert set((await read(store, rejected=ALICE.keys)).drafts) == {1}
    assert {ALICE.key, STRANGER.key} <= await store.interest(NOON)


async def test_only_what_is_being_published_is_recalled_and_that_is_no_write(store: Store) -> None:
    states = dict(enumerate(DraftState, 1))
    await store.commit(
        "e1", NOON, [SaveDraft(draft(number, state=state)) for number, state in states.items()]
    )
    before = {each.number: each for each in await store.drafts()}
    await store.commit("e2", NOON, [RecallDraft(number, "taken back") for number in states])
    for number, state in states.items():
        reason = "taken back" if state is DraftState.PUBLISHING else ""
        found = (await read(store, draft_numbers=(number,))).drafts[number]
        assert found == replace(before[number], reason=reason)


async def test_one_is_found_by_its_key_whatever_its_state(store: Store) -> None:
    await store.commit("e1", NOON, [SaveDraft(draft(n, state=s)) for n, s in enumerate(DraftState, 1)])
    assert set((await read(store, draft_keys=("key 5", "none"))).drafts) == {5}
    assert (await read(store, draft_keys=("none",))).next_draft == 7


async def test_phrasings_are_read_for_each_question_that_is_taken_back(store: Store) -> None:
    phrasings = {"origin": Origin.PHRASINGS, "state": DraftState.REJECTED}
    saved = [
        SaveDraft(draft(1, **phrasings, note="from #7 #8", question=7)),
        SaveDraft(draft(2, **phrasings, note="from #7", question=7)),
        SaveDraft(draft(3, origin=Origin.SUGGESTION, state=DraftState.REJECTED, note="like #8")),
        SaveDraft(draft(4, origin=Origin.PHRASINGS, state=DraftState.PUBLISHED, note="from #7 #8")),
    ]
    await store.commit("e1", NOON, [SaveQuestion(ended(7)), SaveQuestion(ended(8)), *saved])
    found = await read(store, numbers=(8,), drafts_of=True, noted=True)
    assert set(found.drafts) == {1, 4}
    assert (await read(store, numbers=(8,), drafts_of=True)).drafts == {}
