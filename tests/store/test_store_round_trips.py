"""What was stored comes back as it was, whatever it holds; what no database holds comes back readable."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_values import (
    ALICE,
    ANY_TEXT,
    CLEAN_TEXT,
    LONG_AGO,
    NOON,
    any_of,
    asked,
    in_order,
    line,
    pinged,
    prompted,
)

from bot.desk.effects import DropReaction, Explain, OpenPrompt, SavePing, SaveQuestion, SaveReaction, Say
from bot.desk.facts import Concern
from bot.desk.model import Line, Ping, Prompt, Question, Reaction
from bot.store.columns import storable
from bot.store.store import Store

Run = Callable[[Any], Any]

MORE = os.environ.get("PKGDESK_EXAMPLES")
FEWER = settings(max_examples=int(MORE) if MORE else 60)
"""Each example is a transaction or two, on either kind of database."""

numbers = count(1)


def write(run: Run, store: Store, number: int, *effects: Any) -> Any:
    return run(store.commit(f"event {number}", NOON, effects))


@FEWER
@given(any_of(Question).map(in_order))
def test_a_question(run: Run, shared: Store, question: Question) -> None:
    question = replace(question, number=next(numbers), revision=0)
    write(run, shared, question.number, SaveQuestion(question))
    facts = run(shared.facts_for(Concern(numbers=(question.number,)), NOON))
    assert facts.questions == {question.number: replace(question, revision=1)}


@FEWER
@given(any_of(Question).map(in_order), any_of(Question).map(in_order))
def test_a_question_written_over_another(run: Run, shared: Store, first: Question, second: Question) -> None:
    number = next(numbers)
    write(run, shared, number, SaveQuestion(replace(first, number=number, revision=0)))
    question = replace(second, number=number, revision=1)
    run(shared.commit(f"event {number} again", NOON, [SaveQuestion(question)]))
    facts = run(shared.facts_for(Concern(numbers=(number,)), NOON))
    assert facts.questions == {number: replace(question, revision=2)}


@FEWER
@given(any_of(Ping), any_of(Ping))
def test_a_ping_and_what_becomes_of_it(run: Run, shared: Store, ping: Ping, later: Ping) -> None:
    number = next(numbers)
    ping = replace(ping, question=number)
    write(run, shared, number, SaveQuestion(asked(number)), SavePing(ping))
    concern = Concern(numbers=(number,))
    assert run(shared.facts_for(concern, NOON)).pings == (ping,)
    later = replace(later, question=number, step=ping.step, person=ping.person)
    run(shared.commit(f"event {number} again", NOON, [SavePing(later)]))
    assert run(shared.facts_for(concern, NOON)).pings == (later,)


@FEWER
@given(any_of(Prompt), any_of(Prompt), st.booleans())
def test_a_prompt_and_the_one_in_its_place(
    run: Run, shared: Store, prompt: Prompt, later: Prompt, about: bool
) -> None:
    number = next(numbers)
    prompt = replace(prompt, speaker=f"speaker {number}", question=number if about else None)
    write(run, shared, number, SaveQuestion(asked(number)), OpenPrompt(prompt))
    concern = Concern(speaker_keys=(prompt.speaker,))
    before = LONG_AGO - timedelta(days=1)
    facts = run(shared.facts_for(concern, before))
    assert facts.prompts == (prompt,)
    assert set(facts.questions) == ({number} if about else set())
    later = replace(later, speaker=prompt.speaker, question=None, venue=prompt.venue)
    run(shared.commit(f"event {number} again", NOON, [OpenPrompt(later)]))
    assert run(shared.facts_for(concern, before)).prompts == (later,)


async def test_a_prompt_stays_that_of_the_event_that_opened_it(store: Store) -> None:
    concern = Concern(speaker_keys=(ALICE.key,))
    await store.commit("e1", NOON, [OpenPrompt(prompted(more="a long text"))])
    opened = (await store.facts_for(concern, NOON)).prompts[0]
    await store.commit("e2", NOON, [OpenPrompt(replace(opened, more="text"))])
    reopened = (await store.facts_for(concern, NOON)).prompts[0]
    assert (reopened.more, reopened.event) == ("text", "e1")
    await store.commit("e3", NOON, [OpenPrompt(prompted())])
    assert (await store.facts_for(concern, NOON)).prompts[0].event == "e3"


@FEWER
@given(any_of(Reaction), any_of(Question).map(in_order))
def test_what_a_reaction_did(run: Run, shared: Store, reaction: Reaction, before: Question) -> None:
    number = next(numbers)
    reaction = replace(
        reaction, message=f"$ {number}", target=f"to {number}", before=replace(before, number=number)
    )
    write(run, shared, number, SaveQuestion(asked(number)), SaveReaction(reaction))
    for message in (reaction.message, reaction.target):
        concern = Concern(messages=((reaction.network, message),), reactions=True)
        facts = run(shared.facts_for(concern, NOON))
        assert facts.reactions == (reaction,)
        assert set(facts.questions) == {number}
    run(shared.commit(f"event {number} again", NOON, [DropReaction(reaction)]))
    assert run(shared.facts_for(concern, NOON)).reactions == ()


@FEWER
@given(any_of(Line), st.booleans())
def test_a_line(run: Run, shared: Store, said: Line, about: bool) -> None:
    number = next(numbers)
    said = replace(said, question=number if about else None, message=None)  # known once it was said
    committed = write(run, shared, number, SaveQuestion(asked(number)), Say(said))
    [queued] = committed.lines
    assert queued == replace(said, id=queued.id, event=f"event {number}", queued_at=NOON)
    assert run(shared.facts_for(Concern(line=queued.id), NOON)).line == queued
    assert run(shared.in_flight() if said.begun else shared.queued())[-1] == queued


@FEWER
@given(st.lists(st.lists(CLEAN_TEXT, max_size=3).map(tuple), max_size=3))
def test_reasons(run: Run, shared: Store, reasons: list[tuple[str, ...]]) -> None:
    number = next(numbers)
    write(run, shared, number, SaveQuestion(asked(number)), *(Explain(number, each) for each in reasons))
    facts = run(shared.facts_for(Concern(numbers=(number,), explain=True), NOON))
    assert facts.explanations.get(number, ()) == tuple(reason for each in reasons for reason in each)


@FEWER
@given(
    any_of(Question, ANY_TEXT).map(in_order),
    any_of(Ping, ANY_TEXT),
    any_of(Prompt, ANY_TEXT),
    any_of(Line, ANY_TEXT),
    ANY_TEXT,
)
def test_no_text_is_refused(
    run: Run, shared: Store, question: Question, ping: Ping, prompt: Prompt, said: Line, text: str
) -> None:
    number = next(numbers)
    run(
        shared.commit(
            f"event {number} {text}",
            NOON,
            [
                SaveQuestion(replace(question, number=number, revision=0)),
                SavePing(replace(ping, question=number)),
                OpenPrompt(replace(prompt, question=number)),
                Say(replace(said, question=number)),
                Explain(number, (text,)),
            ],
            position=("network " + text, text),
        )
    )
    facts = run(shared.facts_for(Concern(numbers=(number,), explain=True), NOON))
    assert facts.questions[number].text == storable(question.text)
    assert facts.pings[0].person == storable(ping.person)
    assert facts.explanations == {number: (storable(text),)}
    assert run(shared.position("network " + text)) == storable(text)


async def test_who_was_stored_under_an_impossible_name_is_found_under_it(store: Store) -> None:
    speaker = replace(asked().asker, account="al\0ice\udcff")
    venue = replace(asked().venue, name="#xe\0n")
    question = asked(asker=speaker, venue=venue, message_id="m\ud800")
    await store.commit("e1", NOON, [SaveQuestion(question), SavePing(pinged(person="b\0b"))])
    await store.commit("e2", NOON, [OpenPrompt(prompted(speaker.key)), Say(line(addressee=speaker))])
    facts = await store.facts_for(
        Concern(
            speaker_keys=speaker.keys, venue=venue, messages=((venue.network, "m\ud800"),), person="b\0b"
        ),
        NOON,
    )
    assert (facts.own, facts.latest) == ((1,), 1)
    assert [ping.step for ping in facts.pinged] == [1]
    assert len(facts.prompts) == 1


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("plain", "plain"),
        ("größer 🐢", "größer 🐢"),
        ("a\0b", "a\ufffdb"),
        ("\udcff\udcfe", "\ufffd\ufffd"),
        ("\ud83d\udc22", "🐢"),
        ("\ud83d", "\ufffd"),
    ],
)
def test_what_no_database_takes_becomes_a_replacement_character(text: str, stored: str) -> None:
    assert storable(text) == stored


async def test_times_keep_their_instant_and_come_back_in_utc(store: Store) -> None:
    summer = datetime(2026, 10, 25, 2, 30, 0, 123456, tzinfo=ZoneInfo("Europe/Berlin"))
    winter = summer.replace(fold=1)
    await store.commit("e1", NOON, [SaveQuestion(asked(1, due=winter)), SaveQuestion(asked(2, due=summer))])
    questions = (await store.facts_for(Concern(numbers=(1, 2)), NOON)).questions
    assert questions[2].due == datetime(2026, 10, 25, 0, 30, 0, 123456, tzinfo=UTC)
    assert questions[1].due == datetime(2026, 10, 25, 1, 30, 0, 123456, tzinfo=UTC)
    assert questions[1].due.tzinfo is UTC
    assert await store.next_due() == questions[2].due
    half_past_one = summer.astimezone(ZoneInfo("Asia/Kathmandu"))
    assert [each.question for each in await store.due(half_past_one)] == [2]
    assert await store.due(half_past_one - timedelta(microseconds=1)) == ()


async def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(ValueError, match="without a zone"):
        await store.commit("e1", NOON, [SaveQuestion(asked(due=naive))])
    with pytest.raises(ValueError, match="without a zone"):
        await store.commit("e1", naive, [SaveQuestion(asked())])
    assert (await store.facts_for(Concern(), NOON)).next_number == 1
    await store.commit("e1", NOON, [SaveQuestion(asked())])
