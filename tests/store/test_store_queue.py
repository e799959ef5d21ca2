"""What waits: lines, deadlines, people; and what is forgotten in the end."""

from dataclasses import replace
from datetime import timedelta

import pytest
from store_values import ALICE, NOON, STRANGER, asked, ended, line, minutes, pinged, prompted

from bot.desk.effects import OpenPrompt, SavePing, SaveQuestion, Say, SettleLine
from bot.desk.events import DeadlinePassed
from bot.desk.facts import Concern
from bot.desk.model import PingState, State
from bot.store.errors import AlreadyDone
from bot.store.store import Store

DAY = timedelta(days=1)


async def test_lines_wait_in_the_order_in_which_they_were_committed(store: Store) -> None:
    first = await store.commit("e1", NOON, [Say(line("one")), Say(line("two"))])
    second = await store.commit("e2", NOON - DAY, [Say(line("three"))])
    assert [each.text for each in await store.queued()] == ["one", "two", "three"]
    assert await store.queued() == first.lines + second.lines
    assert second.lines[0].queued_at == NOON - DAY


async def test_a_line_is_taken_out_of_the_queue_once(store: Store) -> None:
    [said, other] = (await store.commit("e1", NOON, [Say(line("one")), Say(line("two"))])).lines
    assert await store.mark_sending(said.id)
    assert not await store.mark_sending(said.id)
    assert not await store.mark_sending(99)
    assert await store.queued() == (other,)
    assert await store.in_flight() == (replace(said, begun=True),)


async def test_only_what_is_marked_is_put_back(store: Store) -> None:
    lines = [Say(line("one", begun=True)), Say(line("two", begun=True)), Say(line("three"))]
    one, two, three = (await store.commit("e1", NOON, lines)).lines
    await store.commit("e2", NOON, [SettleLine(two.id, "sent")])
    await store.put_back([one.id, two.id, three.id])
    assert await store.queued() == (replace(one, begun=False), three)
    assert await store.in_flight() == ()


async def test_a_line_that_was_marked_is_in_flight_after_a_restart(url: str) -> None:
    store = await Store.open(url)
    [said, other] = (await store.commit("e1", NOON, [Say(line("one")), Say(line("two"))])).lines
    await store.mark_sending(said.id)
    await store.close()
    store = await Store.open(url)
    assert (await store.queued(), await store.in_flight()) == ((other,), (replace(said, begun=True),))
    await store.commit("e2", NOON, [SettleLine(said.id, "unconfirmed")])
    assert (await store.queued(), await store.in_flight()) == ((other,), ())
    await store.close()


async def test_deadlines_that_have_passed_the_earliest_first(store: Store) -> None:
    questions = [
        asked(1, due=NOON + minutes(5), step=3),
        asked(2, due=NOON - minutes(5), text="earliest"),
        asked(3, due=NOON, step=2),
        asked(4, due=NOON),
        ended(5),
    ]
    await store.commit("e1", NOON, [SaveQuestion(each) for each in questions])
    assert await store.due(NOON) == (
        DeadlinePassed("deadline/2/1", NOON, 2, 1, "earliest"),
        DeadlinePassed("deadline/3/2", NOON, 3, 2, asked().text),
        DeadlinePassed("deadline/4/1", NOON, 4, 1, asked().text),
    )
    assert [each.question for each in await store.due(NOON, limit=2)] == [2, 3]
    later = NOON + minutes(5)
    assert [(each.id, each.at) for each in await store.due(later)][-1] == ("deadline/1/3", later)


async def test_the_next_deadline_moves_with_the_questions(store: Store) -> None:
    assert await store.next_due() is None
    await store.commit("e1", NOON, [SaveQuestion(asked(1)), SaveQuestion(asked(2, due=NOON))])
    assert await store.next_due() == NOON
    await store.commit("e2", NOON, [SaveQuestion(ended(2, revision=1))])
    assert await store.next_due() == asked(1).due
    await store.commit("e3", NOON, [SaveQuestion(ended(1, revision=1))])
    assert await store.next_due() is None
    assert await store.due(NOON + 999 * DAY) == ()


async def test_askers_are_of_interest_until_their_question_has_ended(store: Store) -> None:
    assert await store.interest(NOON) == frozenset()
    await store.commit(
        "e1", NOON, [SaveQuestion(asked(1)), SaveQuestion(asked(2, asker=STRANGER)), SaveQuestion(ended(3))]
    )
    assert await store.interest(NOON) == {ALICE.key, ALICE.session_key, STRANGER.session_key}
    await store.commit("e2", NOON, [SaveQuestion(ended(1, revision=1))])
    assert await store.interest(NOON) == {STRANGER.session_key}


async def test_whoever_has_an_open_prompt_is_of_interest(store: Store) -> None:
    await store.commit("e1", NOON, [OpenPrompt(prompted("libera/session/s7", expires=NOON))])
    assert await store.interest(NOON - minutes(1)) == {"libera/session/s7"}
    assert await store.interest(NOON) == frozenset()


@pytest.mark.parametrize(
    ("question", "state", "age", "of_interest"),
    [
        (State.ASKED, PingState.DELIVERED, 0, True),
        (State.ASKED, PingState.DELIVERED, 300, True),
        (State.ASKED, PingState.REFUSED, 14, True),
        (State.ASKED, PingState.REFUSED, 15, False),
        (State.ANSWERED, PingState.DELIVERED, 14, True),
        (State.ANSWERED, PingState.DELIVERED, 15, False),
        (State.ANSWERED, PingState.PASSED, 14, True),
        (State.ANSWERED, PingState.REPLIED, 0, False),
        (State.WITHDRAWN, PingState.REFUSED, 0, False),
        (State.HANDED_OVER, PingState.PASSED, 14, True),
        (State.HANDED_OVER, PingState.PASSED, 15, False),
        (State.EXPIRED, PingState.PASSED, 14, True),
        (State.EXPIRED, PingState.REFUSED, 14, True),
    ],
)
async def test_a_pinged_person_is_of_interest_while_a_reply_may_come(
    store: Store, question: State, state: PingState, age: int, of_interest: bool
) -> None:
    end = {"due": None, "ended_at": NOON} if question.ended else {}
    ping = pinged(state=state, at=NOON - age * DAY)
    saved = SaveQuestion(asked(asker=STRANGER, state=question, **end))
    await store.commit("e1", NOON, [saved, SavePing(ping)])
    people = {key for key in await store.interest(NOON) if key.startswith("person/")}
    assert people == ({"person/bob"} if of_interest else set())


async def test_what_can_no_longer_matter_is_forgotten(store: Store) -> None:
    long_ago = NOON - 60 * DAY - minutes(1)
    committed = await store.commit("old", long_ago, [Say(line(text)) for text in ("a", "b", "c", "d")])
    a, b, c, d = (each.id for each in committed.lines)
    await store.commit("old too", long_ago, [SettleLine(a, "sent"), SettleLine(b, "dropped: asleep")])
    await store.mark_sending(c)
    recent = await store.commit("recent", NOON - 60 * DAY, [Say(line("e"))])
    await store.commit("recent too", NOON - 60 * DAY, [SettleLine(recent.lines[0].id, "sent")])
    await store.commit(
        "prompts",
        NOON,
        [OpenPrompt(prompted("x", expires=NOON)), OpenPrompt(prompted("y", expires=NOON + minutes(1)))],
    )
    await store.prune(NOON)
    lines = {n: (await store.facts_for(Concern(line=n), NOON)).line for n in (a, b, c, d, recent.lines[0].id)}
    assert [number for number, kept in lines.items() if kept] == [c, d, recent.lines[0].id]
    prompts = (await store.facts_for(Concern(speaker_keys=("x", "y")), NOON - DAY)).prompts
    assert [prompt.speaker for prompt in prompts] == ["y"]
    with pytest.raises(AlreadyDone):
        await store.commit("recent", NOON, [Say(line())])
    [again] = (await store.commit("old", NOON, [Say(line())])).lines
    assert again.id > max(lines)


async def test_trying_whether_it_can_be_written_leaves_nothing_behind(store: Store) -> None:
    await store.probe()
    await store.probe()
    await store.commit("store/probe", NOON, [Say(line())])
    assert store.reached


async def test_questions_pings_and_positions_are_never_forgotten(store: Store) -> None:
    long_ago = NOON - 900 * DAY
    question = ended(at=long_ago, asked_at=long_ago)
    ping = pinged(at=long_ago, state=PingState.REPLIED)
    await store.commit("e1", long_ago, [SaveQuestion(question), SavePing(ping)], position=("libera", "1"))
    await store.prune(NOON)
    facts = await store.facts_for(Concern(numbers=(1,)), NOON)
    assert facts.questions == {1: replace(question, revision=1)}
    assert facts.pings == (ping,)
    assert await store.position("libera") == "1"
