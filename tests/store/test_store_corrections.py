"""Where people said that questions belong: what is kept of it, what counts, and what older databases had."""

from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from store_values import ALICE, CHANNEL, NOON, PRIVATE, asked, minutes, pinged, prompted

from bot.desk.effects import OpenPrompt, SaveCorrection, SavePing, SaveQuestion
from bot.desk.facts import Concern
from bot.desk.model import PingState, Placing, State
from bot.store import corrections, schema
from bot.store.schema import bring_up_to_date
from bot.store.store import Store

TRIAGED = SaveCorrection(1, "trudy", "TOOLS", Placing.TRIAGED)


async def test_the_last_word_of_each_person_counts_oldest_first(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked()), TRIAGED])
    await store.commit("e2", NOON + minutes(1), [SaveCorrection(1, "bob", "XL", Placing.PASSED_ON)])
    again = SaveCorrection(1, "trudy", "XENSTORE", Placing.TRIAGED)
    await store.commit("e3", NOON + minutes(2), [again])
    found = await store.corrections()
    assert [(each.by, each.section, each.at) for each in found] == [
        ("bob", "XL", NOON + minutes(1)),
        ("trudy", "XENSTORE", NOON + minutes(2)),
    ]
    assert {each.text for each in found} == {asked().text}


async def test_the_text_is_the_question_s_as_it_is_now(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked()), TRIAGED])
    longer = asked(revision=1, text="How?\nit says EINVAL")
    await store.commit("e2", NOON, [SaveQuestion(longer)])
    assert [each.text for each in await store.corrections()] == ["How?\nit says EINVAL"]


async def test_what_was_asked_privately_is_marked_so(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked()), TRIAGED])
    assert [each.private for each in await store.corrections()] == [False]
    await store.commit("e2", NOON, [SaveQuestion(asked(revision=1, venue=PRIVATE))])
    assert [each.private for each in await store.corrections()] == [True]


async def test_what_was_withdrawn_teaches_nothing(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked()), TRIAGED])
    withdrawn = asked(revision=1, state=State.WITHDRAWN, due=None, ended_at=NOON)
    await store.commit("e2", NOON, [SaveQuestion(withdrawn)])
    assert await store.corrections() == ()


async def test_old_ones_are_forgotten(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked()), TRIAGED])
    await store.prune(NOON + corrections.KEPT)
    assert len(await store.corrections()) == 1
    await store.prune(NOON + corrections.KEPT + timedelta(seconds=1))
    assert await store.corrections() == ()


async def test_nobody_crowds_out_the_others(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corrections, "EACH", 3)
    await store.commit("e0", NOON, [SaveQuestion(asked(number)) for number in range(1, 6)])
    for number in range(1, 6):
        by = SaveCorrection(number, "trudy", "TOOLS", Placing.TRIAGED)
        await store.commit(f"e{number}", NOON + minutes(number), [by])
    found = await store.corrections()
    assert [each.at for each in found] == [NOON + minutes(number) for number in (3, 4, 5)]


async def test_how_long_first_words_took_is_read_where_it_is_wanted(store: Store) -> None:
    pings = [
        pinged(step=1, delivered_at=NOON, took=minutes(3)),
        pinged(step=2, at=NOON + minutes(1), venue=PRIVATE, took=minutes(5)),
        pinged(step=3, at=NOON + minutes(2)),
        pinged(step=4, at=NOON - timedelta(days=120), took=minutes(7)),
    ]
    await store.commit("e1", NOON, [SaveQuestion(asked()), *map(SavePing, pings)])
    facts = await store.facts_for(Concern(took=True), NOON + minutes(9))
    assert facts.took == ((PRIVATE, minutes(5)), (CHANNEL, minutes(3)))
    assert (await store.facts_for(Concern(), NOON)).took == ()


async def test_what_an_older_database_holds_is_read(store: Store) -> None:
    """Pings and prompts from before anybody was asked for a section; and back again."""
    effects = [SaveQuestion(asked()), SavePing(pinged(state=PingState.DELIVERED)), OpenPrompt(prompted())]
    await store.commit("e1", NOON, effects)
    await store._writing.run(_brought_to, "0005")
    await store._writing.run(bring_up_to_date, "the database", may_write=True)
    facts = await store.facts_for(Concern(numbers=(1,), speaker_keys=(ALICE.key,)), NOON)
    assert facts.pings == (pinged(state=PingState.DELIVERED),)
    assert facts.questions[1].placed is None
    assert facts.prompts == (prompted(),)
    await store.commit("e2", NOON, [TRIAGED])
    assert len(await store.corrections()) == 1


def _brought_to(connection: Connection, revision: str) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    command.downgrade(config, revision)
