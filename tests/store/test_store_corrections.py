"""Where people said that questions belong: what is kept of it, what counts, and what older databases had."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from store_values import CHANNEL, NOON, PRIVATE, asked, minutes, pinged, url_of

from bot.desk.effects import SaveCorrection, SavePing, SaveQuestion
from bot.desk.facts import Concern
from bot.desk.model import PingKind, PingState, Placing, PromptKind, State
from bot.store import corrections
from bot.store.schema import REVISIONS
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


async def test_what_an_older_database_holds_is_read(tmp_path: Path) -> None:
    """Pings and prompts from before anybody was asked for a section."""
    path = tmp_path / "old.sqlite"
    store = await Store.open(url_of(path))
    await store.commit("e1", NOON, [SaveQuestion(asked()), SavePing(pinged(state=PingState.DELIVERED))])
    await store.close()
    with sqlite3.connect(path, isolation_level=None) as old:
        _made_old(old)
    store = await Store.open(url_of(path))
    facts = await store.facts_for(Concern(numbers=(1,), speaker_keys=("libera/account/alice",)), NOON)
    assert facts.pings == (pinged(state=PingState.DELIVERED),)
    assert facts.pings[0].kind is PingKind.ANSWER
    assert facts.questions[1].placed is None
    assert [prompt.kind for prompt in facts.prompts] == [PromptKind.OFFER]
    await store.commit("e2", NOON, [TRIAGED])
    await store.close()
    with sqlite3.connect(path) as found:
        assert found.execute("SELECT version_num FROM alembic_version").fetchone() == (REVISIONS[-1],)
        assert found.execute("PRAGMA foreign_key_check").fetchall() == []


def _made_old(old: sqlite3.Connection) -> None:
    """The tables as the revision before had them."""
    at = "2027-01-01 12:00:00.000000"
    old.execute("ALTER TABLE question DROP COLUMN placed")
    old.execute("DROP TABLE correction")
    old.execute("DROP INDEX ix_ping_at")
    kept = "question, step, person, network, venue, visibility, nick, at, reason, state"
    old.execute(f"CREATE TABLE old AS SELECT {kept} FROM ping")
    old.execute("DROP TABLE ping")
    old.execute(
        "CREATE TABLE ping (question INTEGER NOT NULL, step INTEGER NOT NULL, person TEXT NOT NULL,"
        " network TEXT NOT NULL, venue TEXT NOT NULL, visibility INTEGER NOT NULL, nick TEXT NOT NULL,"
        " at DATETIME NOT NULL, reason TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (question, step))"
    )
    old.execute(f"INSERT INTO ping SELECT {kept} FROM old")
    old.execute("CREATE INDEX ix_ping_person ON ping (person, at, state)")
    old.execute("DROP TABLE old")
    old.execute(
        "INSERT INTO prompt VALUES ('libera/account/alice', 'libera', '#xen', '#xen', 0, 1, 'offer',"
        f" '{at}', 1, '[]', '')"
    )
    old.execute("UPDATE alembic_version SET version_num = '0005'")
