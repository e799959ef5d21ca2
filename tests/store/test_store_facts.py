"""What is read around an event: all that matters, nothing that does not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection
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

from bot.desk.effects import Effect, Explain, OpenPrompt, SavePing, SaveQuestion, Say, SettleLine
from bot.desk.facts import Concern, Facts
from bot.desk.model import Conditions, Ping, PingState, Prompt, Question, Speaker, State
from bot.store.store import Store
from bot.store.tables import METADATA
from routing.presence import Load, Venue

Run = Callable[[Any], Any]

DAY = timedelta(days=1)


async def test_an_empty_store_knows_nothing_and_gives_out_number_one(store: Store) -> None:
    concern = Concern(("x/account/y",), "bob", (1,), 1, (("libera", "m"),), True, CHANNEL, True, True, True)
    assert await store.facts_for(concern, NOON) == Facts(next_number=1)
    assert await store.facts_for(Concern(), NOON) == Facts(next_number=1)


async def test_the_next_number_follows_the_highest(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked(41)), SaveQuestion(ended(7))])
    for concern in (
        Concern(),
        Concern(numbers=(7,)),
        Concern(speaker_keys=("nobody",)),
        Concern(numbers=(99,)),
    ):
        assert (await store.facts_for(concern, NOON)).next_number == 42


async def test_a_speaker_is_found_by_account_and_by_session(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked(1)), SaveQuestion(asked(2, asker=STRANGER))])
    elsewhere = replace(ALICE, nick="al", session="s9")
    logged_out = replace(ALICE, account=None)
    for speaker, own in [(elsewhere, (1,)), (logged_out, (1,)), (ALICE, (1,)), (STRANGER, (2,))]:
        facts = await store.facts_for(Concern(speaker_keys=speaker.keys), NOON)
        assert facts.own == own
        assert tuple(facts.questions) == own
    other_network = replace(ALICE, network="oftc")
    assert (await store.facts_for(Concern(speaker_keys=other_network.keys), NOON)).own == ()


async def test_the_account_is_the_same_however_it_is_spelt(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked(asker=replace(ALICE, account="Al[ice]")))])
    for account, own in (("AL[ICE]", (1,)), ("al{ice}", ())):
        key = replace(ALICE, account=account, session="").key
        assert (await store.facts_for(Concern(speaker_keys=(key,)), NOON)).own == own


async def test_own_questions_newest_first_and_ended_ones_for_two_weeks(store: Store) -> None:
    questions = [
        asked(1, asked_at=NOON - 400 * DAY),
        ended(2, at=NOON - 14 * DAY),
        ended(3, at=NOON - 14 * DAY - minutes(1)),
        ended(4, at=NOON),
    ]
    await store.commit("e1", NOON, [SaveQuestion(each) for each in questions])
    facts = await store.facts_for(Concern(speaker_keys=(ALICE.key,)), NOON)
    assert facts.own == (4, 2, 1)
    assert set(facts.questions) == {1, 2, 4}
    facts = await store.facts_for(Concern(speaker_keys=(ALICE.key,), numbers=(3,)), NOON)
    assert facts.own == (4, 2, 1)
    assert set(facts.questions) == {1, 2, 3, 4}


async def test_a_prompt_is_open_until_it_expires_and_brings_its_question(store: Store) -> None:
    prompt = prompted(STRANGER.key, question=1)
    await store.commit("e1", NOON, [SaveQuestion(asked()), OpenPrompt(prompt)])
    concern = Concern(speaker_keys=(STRANGER.key,))
    before = await store.facts_for(concern, prompt.expires - timedelta(microseconds=1))
    assert (before.prompts, set(before.questions), before.own) == ((prompt,), {1}, ())
    after = await store.facts_for(concern, prompt.expires)
    assert (after.prompts, after.questions) == ((), {})


async def test_the_pings_of_a_person_newest_first_with_their_questions_and_those_of_others(
    store: Store,
) -> None:
    to_bob = pinged(1, 1, at=NOON - minutes(2))
    to_carol = pinged(1, 2, "carol", at=NOON - minutes(1))
    again = pinged(2, 1, at=NOON)
    old = pinged(3, 1, at=NOON - 14 * DAY - minutes(1))
    await store.commit(
        "e1",
        NOON,
        [SaveQuestion(asked(n)) for n in (1, 2, 3, 4)]
        + [SavePing(p) for p in (to_bob, to_carol, again, old)],
    )
    facts = await store.facts_for(Concern(person="bob"), NOON)
    assert facts.pinged == (again, to_bob)
    assert set(facts.questions) == {1, 2}
    assert facts.pings == (to_bob, to_carol, again)
    assert facts.asked(1) == {"bob", "carol"}
    assert (await store.facts_for(Concern(numbers=(3,)), NOON)).pings == (old,)


async def test_a_line_comes_with_its_question_and_with_the_one_it_depends_on(store: Store) -> None:
    said = line(question=1, conditions=Conditions(question=2, states=frozenset({State.ASKED})))
    questions = [SaveQuestion(asked(n)) for n in (1, 2, 3)]
    committed = await store.commit("e1", NOON, [*questions, SavePing(pinged(2)), Say(said)])
    facts = await store.facts_for(Concern(line=committed.lines[0].id), NOON)
    assert facts.line == committed.lines[0]
    assert set(facts.questions) == {1, 2}
    assert facts.pings == (pinged(2),)
    assert (await store.facts_for(Concern(line=99), NOON)).line is None


async def test_the_question_of_a_message_is_that_of_the_network_concerned(store: Store) -> None:
    there = Venue("oftc", "#xen")
    questions = [
        asked(1, message_id="m1"),
        asked(2, message_id="m1", venue=there),
        asked(3, message_id="m1", venue=PRIVATE),
        asked(4),
    ]
    await store.commit("e1", NOON, [SaveQuestion(each) for each in questions])
    assert set((await store.facts_for(Concern(messages=((there.network, "m1"),)), NOON)).questions) == {2}
    assert set((await store.facts_for(Concern(messages=(("libera", "m1"),)), NOON)).questions) == {1, 3}
    assert (await store.facts_for(Concern(messages=(("libera", "m2"),)), NOON)).questions == {}


async def test_a_message_is_a_question_a_thread_or_a_line_of_ours(store: Store) -> None:
    questions = [asked(1, message_id="m1"), asked(2, message_id="m2", thread="root"), asked(3)]
    lines = [line(question=3), line("hello"), line(question=1, venue=Venue("oftc", "#xen"))]
    await store.commit("e1", NOON, [*map(SaveQuestion, questions), *map(Say, lines)])
    await store.commit("e2", NOON, [SettleLine(number, "sent", f"$ {number}") for number in (1, 2, 3)])
    facts = await store.facts_for(
        Concern(messages=tuple(("libera", message) for message in ("m1", "root", "$ 1", "$ 2", "$ 3"))), NOON
    )
    assert set(facts.questions) == {1, 2, 3}
    assert {message: (each.text, each.question) for message, each in facts.lines.items()} == {
        "$ 1": (lines[0].text, 3),
        "$ 2": ("hello", None),
    }
    assert (await store.facts_for(Concern(messages=(("libera", "$ 3"),)), NOON)).lines == {}


async def test_of_a_thread_the_newest_questions_are_read(store: Store) -> None:
    questions = [asked(number, thread="root") for number in range(1, 31)]
    await store.commit("e1", NOON, [SaveQuestion(each) for each in questions])
    facts = await store.facts_for(Concern(messages=(("libera", "root"),)), NOON)
    assert set(facts.questions) == set(range(11, 31))


async def test_the_newest_question_of_a_venue_whoever_spells_it(store: Store) -> None:
    questions = [asked(1), asked(2), asked(3, venue=PRIVATE), asked(4, venue=Venue("oftc", CHANNEL.name))]
    await store.commit("e1", NOON, [SaveQuestion(each) for each in questions])
    facts = await store.facts_for(Concern(venue=Venue("libera", "#XEN-packaging")), NOON)
    assert facts.latest == 2
    assert set(facts.questions) == {2}
    assert (await store.facts_for(Concern(venue=Venue("libera", "#empty")), NOON)).latest is None


async def test_how_often_everybody_was_pinged(store: Store) -> None:
    pings = [
        pinged(1, 1, at=NOON - 90 * DAY),
        pinged(1, 2, at=NOON - DAY),
        pinged(1, 3, at=NOON - DAY + minutes(1), state=PingState.UNCONFIRMED),
        pinged(1, 4, at=NOON - minutes(1)),
        pinged(1, 5, at=NOON, state=PingState.FAILED),
        pinged(1, 6, "carol", at=NOON - 2 * DAY),
        pinged(1, 7, "dave", at=NOON, state=PingState.FAILED),
    ]
    await store.commit("e1", NOON, [SaveQuestion(asked()), *map(SavePing, pings)])
    load = (await store.facts_for(Concern(load=True), NOON)).load
    assert load == Load(
        last={"bob": NOON - minutes(1), "carol": NOON - 2 * DAY},
        recent={"bob": 2},
        lately={"bob": 3, "carol": 1},
        total={"bob": 4, "carol": 1},
        times={"bob": [NOON - DAY + minutes(1), NOON - minutes(1)]},
    )


async def test_the_reasons_of_every_question_read_in_order(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked(1)), Explain(1, ("a", "b"))])
    await store.commit("e2", NOON, [SaveQuestion(asked(2)), Explain(2, ("x",)), Explain(1, ("c",))])
    facts = await store.facts_for(Concern(numbers=(1,), explain=True), NOON)
    assert facts.explanations == {1: ("a", "b", "c")}
    assert (await store.facts_for(Concern(numbers=(1,)), NOON)).explanations == {}


async def test_all_questions_counted_by_state(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(q) for q in (asked(1), asked(2), ended(3))])
    assert (await store.facts_for(Concern(counts=True), NOON)).counts == {State.OPEN: 2, State.ANSWERED: 1}


@pytest.mark.parametrize("number", [0, -1, 2**31, 2**63, 10**40])
async def test_a_number_that_cannot_be_names_nothing(store: Store, number: int) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked())])
    facts = await store.facts_for(Concern(numbers=(1, number), line=number), NOON)
    assert set(facts.questions) == {1}
    assert facts.line is None


async def test_the_roster_is_left_to_the_caller(store: Store) -> None:
    assert (await store.facts_for(Concern(), NOON)).roster == Facts().roster


# --- any world and any concern: the statements against the words -------------------------------------------

ACCOUNTS = st.sampled_from([None, "alice", "bob"])
SPEAKERS = st.builds(
    Speaker, st.sampled_from(["libera", "oftc"]), st.just("nick"), ACCOUNTS, st.sampled_from(["", "s1", "s2"])
)
VENUES = st.sampled_from([CHANNEL, Venue("libera", "#XEN-packaging"), Venue("oftc", "#xen"), PRIVATE])
AGES = st.sampled_from([0, 1, 13, 14, 15, 40]).map(lambda days: NOON - days * DAY)
PEOPLE = st.sampled_from(["bob", "carol"])
MESSAGES = st.sampled_from([None, "m1", "m2"])


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Question], list[Ping], list[Prompt]]:
    questions = []
    for number in range(1, draw(st.integers(0, 5)) + 1):
        common = {
            "asker": draw(SPEAKERS),
            "venue": draw(VENUES),
            "message_id": draw(MESSAGES),
            "thread": draw(MESSAGES),
        }
        age = draw(AGES)
        questions.append(
            ended(number, at=age, **common) if draw(st.booleans()) else asked(number, due=age, **common)
        )
    keys = st.tuples(st.sampled_from([q.number for q in questions] or [0]), st.integers(1, 3))
    pings = [
        pinged(question, step, draw(PEOPLE), at=draw(AGES))
        for question, step in draw(st.lists(keys, unique=True, max_size=5 if questions else 0))
    ]
    about = st.sampled_from([None, *(q.number for q in questions)])
    prompts = [
        prompted(draw(SPEAKERS).key, venue=draw(VENUES), question=draw(about), expires=draw(AGES))
        for _ in range(draw(st.integers(0, 3)))
    ]
    return questions, pings, prompts


CONCERNS = st.builds(
    Concern,
    speaker_keys=st.one_of(st.just(()), SPEAKERS.map(lambda speaker: speaker.keys)),
    person=st.none() | PEOPLE,
    numbers=st.lists(st.integers(1, 6), max_size=2).map(tuple),
    messages=st.sampled_from([(), (("libera", "m1"),), (("libera", "m1"), ("libera", "m2"))]),
    venue=st.none() | VENUES,
)


def in_words(
    questions: Sequence[Question], pings: Sequence[Ping], prompts: Mapping[Any, Prompt], concern: Concern
) -> dict[str, Any]:
    """What `Facts` says of itself, word by word."""
    since = NOON - 14 * DAY
    found = [p for p in prompts.values() if p.speaker in concern.speaker_keys and p.expires > NOON]
    own = [
        q.number
        for q in questions
        if any(key in concern.speaker_keys for key in q.asker.keys)
        and (q.asker.account or q.asker.session)
        and (q.ended_at is None or q.ended_at >= since)
    ]
    to_person = [p for p in pings if p.person == concern.person and p.at >= since]
    there = [q for q in questions if concern.venue and q.venue.network == concern.venue.network]
    asked_in = {q.number: {(q.venue.network, q.message_id), (q.venue.network, q.thread)} for q in questions}
    message = [number for number, messages in asked_in.items() if messages & {*concern.messages}]
    latest = [q.number for q in there if concern.venue and q.venue.key == concern.venue.key]
    named = {
        *own,
        *(p.question for p in found),
        *(p.question for p in to_person),
        *concern.numbers,
        *message,
        *latest[-1:],
    }
    return {
        "next_number": len(questions) + 1,
        "prompts": {(p.speaker, p.venue.key): p for p in found},
        "questions": {q.number: replace(q, revision=1) for q in questions if q.number in named},
        "own": tuple(reversed(own)),
        "pinged": tuple(sorted(to_person, key=lambda p: (p.at, p.question, p.step), reverse=True)),
        "pings": tuple(
            sorted((p for p in pings if p.question in named), key=lambda p: (p.at, p.question, p.step))
        ),
        "latest": max(latest, default=None),
    }


def forget_everything(connection: Connection) -> None:
    for table in reversed(METADATA.sorted_tables):
        connection.execute(table.delete())


@given(worlds(), st.lists(CONCERNS, min_size=1, max_size=4))
def test_the_facts_are_what_they_are_said_to_be(
    run: Run, shared: Store, world: tuple[list[Question], list[Ping], list[Prompt]], concerns: list[Concern]
) -> None:
    questions, pings, prompts = world
    run(shared._writing.run(forget_everything))
    effects: list[Effect] = [
        *map(SaveQuestion, questions),
        *map(SavePing, pings),
        *map(OpenPrompt, prompts),
    ]
    run(shared.commit("e1", NOON, effects))
    standing = {(prompt.speaker, prompt.venue.key): prompt for prompt in prompts}
    for concern in concerns:
        facts = run(shared.facts_for(concern, NOON))
        read = {name: getattr(facts, name) for name in in_words([], [], {}, concern)}
        read["prompts"] = {(p.speaker, p.venue.key): p for p in facts.prompts}
        assert read == in_words(questions, pings, standing, concern)
