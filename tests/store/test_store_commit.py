"""One event, one transaction: all of it or nothing, once, and never over what somebody else has written."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select
from store_values import (
    ALICE,
    CHANNEL,
    NOON,
    PRIVATE,
    STRANGER,
    asked,
    ended,
    line,
    minutes,
    pinged,
    prompted,
)

from bot.desk.effects import (
    ClosePrompts,
    Effect,
    Explain,
    OpenPrompt,
    Promote,
    SavePing,
    SaveQuestion,
    Say,
    SettleLine,
)
from bot.desk.facts import Concern, Facts
from bot.desk.model import Line, PingState, PromptKind, Speaker, State
from bot.store.commit import Committed
from bot.store.errors import AlreadyDone, Conflict
from bot.store.store import Store
from bot.store.tables import OUTBOX
from routing.presence import Venue

EVERYTHING = Concern(numbers=tuple(range(1, 10)), explain=True, counts=True, load=True)


async def everything(store: Store) -> tuple[Facts, tuple[Line, ...]]:
    return await store.facts_for(EVERYTHING, NOON), await store.queued()


async def test_all_that_an_event_does_is_there_together(store: Store) -> None:
    committed = await store.commit(
        "e1",
        NOON,
        [
            Say(line("first")),
            SavePing(pinged()),
            Explain(1, ("libxl is named", "bob is awake")),
            SaveQuestion(asked()),
            OpenPrompt(prompted(question=1)),
            Say(line("second")),
        ],
        position=("libera", "batch 7"),
    )
    assert [each.text for each in committed.lines] == ["first", "second"]
    assert [each.event for each in committed.lines] == ["e1", "e1"]
    assert committed.due_changed
    facts = await store.facts_for(Concern(speaker_keys=ALICE.keys, explain=True), NOON)
    assert facts.questions == {1: asked(revision=1)}
    assert facts.pings == (pinged(),)
    assert facts.prompts == (prompted(question=1),)
    assert facts.explanations == {1: ("libxl is named", "bob is awake")}
    assert await store.queued() == committed.lines
    assert await store.position("libera") == "batch 7"
    assert await store.position("oftc") is None


async def test_an_event_that_was_done_is_not_done_again(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked())], position=("libera", "1"))
    before = await everything(store)
    with pytest.raises(AlreadyDone, match="e1"):
        await store.commit("e1", NOON, [SaveQuestion(asked(2)), Say(line())], position=("libera", "2"))
    assert await everything(store) == before
    assert await store.position("libera") == "1"


async def test_that_it_was_done_counts_more_than_that_the_question_has_moved_on(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked())])
    with pytest.raises(AlreadyDone):
        await store.commit("e1", NOON, [SaveQuestion(asked())])


async def test_an_event_without_effects_leaves_no_trace(store: Store) -> None:
    assert await store.commit("e1", NOON, []) == Committed((), False)
    await store.commit("e1", NOON, [SaveQuestion(asked())])
    assert await store.commit("e1", NOON, []) == Committed((), False)


async def test_a_position_alone_is_kept_and_moves_on(store: Store) -> None:
    assert await store.commit("e1", NOON, [], position=("libera", "1")) == Committed((), False)
    await store.commit("e2", NOON, [], position=("libera", "2"))
    await store.commit("e3", NOON, [], position=("oftc", "9"))
    assert await store.position("libera") == "2"
    with pytest.raises(AlreadyDone):
        await store.commit("e2", NOON, [], position=("libera", "3"))


async def test_a_question_is_written_only_over_the_revision_that_was_read(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked())])
    await store.commit("e2", NOON, [SaveQuestion(asked(revision=1, state=State.ASKED, step=2))])
    before = await everything(store)
    for revision in (1, 3, 9):
        with pytest.raises(Conflict, match="question 1 has moved on"):
            await store.commit(
                "e3",
                NOON,
                [Say(line()), SavePing(pinged(step=2)), SaveQuestion(asked(revision=revision))],
                position=("libera", "1"),
            )
    assert await everything(store) == before
    assert await store.position("libera") is None
    await store.commit("e3", NOON, [SaveQuestion(asked(revision=2, state=State.ENGAGED, step=3))])


async def test_a_number_that_is_taken_is_a_conflict(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked(text="first"))])
    with pytest.raises(Conflict, match="number 1 is taken"):
        await store.commit("e2", NOON, [SaveQuestion(asked(text="second")), Say(line())])
    facts, queued = await everything(store)
    assert facts.questions[1].text == "first"
    assert facts.next_number == 2
    assert queued == ()


async def test_a_question_that_was_never_written_has_no_revision_to_write_over(store: Store) -> None:
    with pytest.raises(Conflict):
        await store.commit("e1", NOON, [SaveQuestion(asked(revision=1))])


async def test_of_two_writes_of_one_question_in_one_event_the_last_counts(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked(text="one")), SaveQuestion(asked(text="two"))])
    engaged = asked(revision=1, state=State.ENGAGED)
    await store.commit("e2", NOON, [SaveQuestion(replace(engaged, text="three")), SaveQuestion(engaged)])
    facts, _ = await everything(store)
    assert facts.questions == {1: replace(engaged, revision=2)}


async def test_a_ping_changes_its_state_but_never_its_person(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked()), SavePing(pinged())])
    delivered = pinged(state=PingState.DELIVERED, at=NOON + minutes(1))
    await store.commit("e2", NOON, [SavePing(pinged(reason="first")), SavePing(delivered)])
    assert (await everything(store))[0].pings == (delivered,)
    with pytest.raises(Conflict, match="somebody else was pinged at step 1 of question 1"):
        await store.commit("e3", NOON, [SavePing(pinged(person="carol")), Say(line())])
    facts, queued = await everything(store)
    assert facts.pings == (delivered,)
    assert queued == ()


async def test_whether_a_deadline_may_have_changed(store: Store) -> None:
    assert (await store.commit("e1", NOON, [SaveQuestion(asked())])).due_changed
    assert not (await store.commit("e2", NOON, [SavePing(pinged()), Say(line())])).due_changed
    assert (await store.commit("e3", NOON, [SaveQuestion(ended(revision=1))])).due_changed


async def test_a_prompt_takes_the_place_of_the_one_before_it_in_that_venue(store: Store) -> None:
    shouting = Venue("libera", "#XEN-Packaging")
    await store.commit("e1", NOON, [OpenPrompt(prompted()), OpenPrompt(prompted(venue=PRIVATE))])
    later = prompted(venue=shouting, kind=PromptKind.OFFER, options=("a", "b"), more="rest")
    await store.commit("e2", NOON, [OpenPrompt(later)])
    facts = await store.facts_for(Concern(speaker_keys=(ALICE.key,)), NOON)
    assert facts.prompts == (prompted(venue=PRIVATE), later)


async def test_closing_prompts_about_one_question_leaves_the_others(store: Store) -> None:
    oftc = Venue("oftc", "#xen")
    opened = [
        prompted(question=1),
        prompted(question=1, venue=PRIVATE),
        prompted(question=2, venue=oftc),
        prompted("libera/account/carol", question=1),
    ]
    await store.commit(
        "e1", NOON, [SaveQuestion(asked(1)), SaveQuestion(asked(2)), *(OpenPrompt(each) for each in opened)]
    )
    both = Concern(speaker_keys=(ALICE.key, "libera/account/carol"))
    await store.commit("e2", NOON, [ClosePrompts(ALICE.key, 1)])
    assert (await store.facts_for(both, NOON)).prompts == tuple(opened[2:])
    await store.commit("e3", NOON, [ClosePrompts(ALICE.key)])
    assert (await store.facts_for(both, NOON)).prompts == (opened[3],)


async def test_prompts_open_and_close_in_the_order_of_the_list(store: Store) -> None:
    opened, closed = OpenPrompt(prompted(question=1)), ClosePrompts(ALICE.key, 1)
    concern = Concern(speaker_keys=(ALICE.key,))
    await store.commit("e1", NOON, [SaveQuestion(asked()), opened, closed])
    assert (await store.facts_for(concern, NOON)).prompts == ()
    await store.commit("e2", NOON, [closed, opened])
    assert (await store.facts_for(concern, NOON)).prompts == (prompted(question=1),)


async def test_a_session_that_identifies_takes_what_it_asked_along(store: Store) -> None:
    other = replace(STRANGER, session="s3")
    await store.commit(
        "e1",
        NOON,
        [
            SaveQuestion(asked(1, asker=STRANGER)),
            SaveQuestion(asked(2, asker=other)),
            OpenPrompt(prompted(STRANGER.key)),
        ],
    )
    await store.commit("e2", NOON, [Promote(STRANGER.session_key, "libera", "Dave")])
    dave = Speaker("libera", "guest", "Dave", "s2")
    facts = await store.facts_for(Concern(speaker_keys=(replace(dave, session="elsewhere").key,)), NOON)
    assert facts.own == (1,)
    assert facts.questions[1].asker == dave
    assert facts.prompts == (prompted(dave.key),)
    assert (await store.facts_for(Concern(speaker_keys=(STRANGER.key,)), NOON)).prompts == ()
    assert (await store.facts_for(Concern(speaker_keys=(other.key,)), NOON)).own == (2,)


async def test_who_read_a_question_before_its_asker_identified_must_read_it_again(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked(asker=STRANGER))])
    await store.commit("e2", NOON, [Promote(STRANGER.session_key, "libera", "dave")])
    with pytest.raises(Conflict):
        await store.commit("e3", NOON, [SaveQuestion(asked(asker=STRANGER, revision=1))])


async def test_a_session_under_another_account_takes_nothing_from_the_first(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked(asker=ALICE))])
    await store.commit("e2", NOON, [Promote(ALICE.session_key, "libera", "mallory")])
    facts = await store.facts_for(Concern(speaker_keys=("libera/account/mallory",)), NOON)
    assert facts.own == ()
    assert (await store.facts_for(Concern(numbers=(1,)), NOON)).questions[1] == asked(revision=1)


async def test_nobody_is_found_by_the_lack_of_a_session(store: Store) -> None:
    nobody = Speaker("libera", "guest")
    await store.commit("e1", NOON, [SaveQuestion(asked(asker=nobody))])
    await store.commit("e2", NOON, [Promote(nobody.session_key, "libera", "mallory")])
    facts = await store.facts_for(Concern(speaker_keys=(*nobody.keys, "libera/account/mallory")), NOON)
    assert facts.own == ()


@pytest.mark.parametrize("newer", ["session", "account"])
async def test_where_session_and_account_were_both_prompted_the_newer_prompt_stays(
    store: Store, newer: str
) -> None:
    dave = Speaker("libera", "guest", "dave", "s2")
    session, account = prompted(dave.session_key, more="session"), prompted(dave.key, more="account")
    elsewhere = prompted(dave.session_key, venue=PRIVATE, more="elsewhere")
    first, second = (account, session) if newer == "session" else (session, account)
    await store.commit("e1", NOON, [OpenPrompt(first), OpenPrompt(elsewhere)])
    await store.commit("e2", NOON, [OpenPrompt(second)])
    await store.commit("e3", NOON, [Promote(dave.session_key, "libera", "dave")])
    facts = await store.facts_for(Concern(speaker_keys=dave.keys), NOON)
    assert {(each.speaker, each.more) for each in facts.prompts} == {
        (dave.key, newer),
        (dave.key, "elsewhere"),
    }


async def test_a_question_asked_and_promoted_in_one_event(store: Store) -> None:
    await store.commit(
        "e1", NOON, [Promote(STRANGER.session_key, "libera", "dave"), SaveQuestion(asked(asker=STRANGER))]
    )
    facts = await store.facts_for(Concern(numbers=(1,)), NOON)
    assert facts.questions == {1: asked(asker=replace(STRANGER, account="dave"), revision=2)}


async def test_the_fate_of_a_line_is_settled_once(store: Store) -> None:
    def fates(connection: Connection) -> list[tuple[str, str]]:
        rows = connection.execute(select(OUTBOX.c.state, OUTBOX.c.detail).order_by(OUTBOX.c.id))
        return [(state, detail) for state, detail in rows]

    committed = await store.commit("e1", NOON, [Say(line(text)) for text in "abcd"])
    a, b, c, d = (each.id for each in committed.lines)
    await store.mark_sending(a)
    await store.mark_sending(b)
    settled = [SettleLine(a, "sent"), SettleLine(b, "unconfirmed"), SettleLine(c, "dropped: bob: asleep")]
    await store.commit("e2", NOON, settled)
    before = [("sent", ""), ("unconfirmed", ""), ("dropped", "bob: asleep"), ("queued", "")]
    assert await store._reading.run(fates) == before
    assert [each.id for each in await store.queued()] == [d]
    assert await store.in_flight() == ()
    again = [SettleLine(a, "unconfirmed"), SettleLine(b, "dropped: late"), SettleLine(c, "sent")]
    await store.commit("e3", NOON, [*again, SettleLine(99, "sent")])
    assert await store._reading.run(fates) == before
    for number in (a, b, c):
        assert not await store.mark_sending(number)


async def test_a_line_that_nobody_confirmed_may_turn_out_to_have_been_sent(store: Store) -> None:
    [said] = (await store.commit("e1", NOON, [Say(line())])).lines
    await store.mark_sending(said.id)
    await store.commit("e2", NOON, [SettleLine(said.id, "unconfirmed")])
    await store.commit("e3", NOON, [SettleLine(said.id, "sent")])

    def state(connection: Connection) -> object:
        return connection.execute(select(OUTBOX.c.state)).scalar_one()

    assert await store._reading.run(state) == "sent"


async def test_a_line_without_anybody_is_said_to_everybody(store: Store) -> None:
    committed = await store.commit("e1", NOON, [Say(line(addressee=None, question=None, venue=CHANNEL))])
    assert (await store.queued())[0].addressee is None
    assert committed.lines[0].id == 1


@pytest.mark.parametrize("turns", [0, *(int(1.5**power) for power in range(1, 21))])
async def test_a_commit_that_is_cancelled_is_whole_or_was_not(store: Store, turns: int) -> None:
    effects: list[Effect] = [
        *(SaveQuestion(asked()), SavePing(pinged())),
        *(Say(line()), Explain(1, ("because",))),
    ]
    task = asyncio.create_task(store.commit("e1", NOON, effects))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    with suppress(AlreadyDone):
        await store.commit("e1", NOON, effects)
    facts, queued = await everything(store)
    assert facts.questions == {1: asked(revision=1)}
    assert facts.pings == (pinged(),)
    assert facts.explanations == {1: ("because",)}
    assert len(queued) == 1


async def test_a_decision_reads_one_state_while_others_are_written(store: Store) -> None:
    """Two questions always move together; whoever reads them meanwhile never sees one moved and one not."""
    await store.commit("e0", NOON, [SaveQuestion(asked(1)), SaveQuestion(asked(2))])
    writing = True
    seen: list[int] = []

    async def read() -> None:
        while writing:
            facts = await store.facts_for(Concern(numbers=(1, 2)), NOON)
            assert facts.questions[1].step == facts.questions[2].step
            assert {ping.step for ping in facts.pings_of(1)} == set(range(1, facts.questions[1].step))
            seen.append(facts.questions[1].step)

    readers = [asyncio.create_task(read()) for _ in range(3)]
    for step in range(1, 1000):
        due = NOON + timedelta(minutes=step)
        moved = [asked(n, revision=step, step=step + 1, due=due) for n in (1, 2)]
        await store.commit(f"e{step}", NOON, [*map(SaveQuestion, moved), SavePing(pinged(1, step))])
        if step >= 40 and len(set(seen)) > 3:  # readers may be slow to begin
            break
    writing = False
    await asyncio.gather(*readers)
    assert len(set(seen)) > 3
    assert seen == sorted(seen)


async def test_commits_that_are_asked_for_at_once_all_happen(store: Store) -> None:
    await asyncio.gather(*(store.commit(f"e{n}", NOON, [SaveQuestion(asked(n))]) for n in range(1, 30)))
    assert (await store.facts_for(Concern(counts=True), NOON)).counts == {State.OPEN: 29}
