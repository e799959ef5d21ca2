"""Whose author has no account is told by their key's kind, in drafts too that were there before."""

from dataclasses import replace

import pytest
from migrating import brought_to
from sqlalchemy import Connection, inspect, select
from store_values import ALICE, NOON, STRANGER

from bot.desk.effects import SaveDraft
from bot.desk.facts import Concern
from bot.desk.model import of_session
from bot.store.schema import bring_up_to_date
from bot.store.store import Store
from bot.store.tables import DRAFT
from knowledge.drafts import Draft, Origin

SLASHED = replace(ALICE, network="home", account="@a/session/b:example.org", session="")
"""As user ids of Matrix may be."""


@pytest.mark.parametrize(
    ("key", "without"), [(ALICE.key, False), (STRANGER.key, True), (SLASHED.key, False), ("", False)]
)
def test_a_key_says_whether_there_is_an_account(key: str, without: bool) -> None:
    assert of_session(key) is without


async def test_drafts_of_before_are_told_apart_and_nothing_else_of_them_changes(store: Store) -> None:
    def suggested(number: int, author: str) -> Draft:
        return Draft(number, f"key {number}", Origin.SUGGESTION, author, "them", NOON, "an-entry", "id: x\n")

    effects = [
        SaveDraft(suggested(number, each.key)) for number, each in enumerate((ALICE, STRANGER, SLASHED), 1)
    ]
    await store.commit("e1", NOON, effects)
    before = await store.drafts()
    await store._writing.run(brought_to, "0012")
    assert "nameless" not in await store._writing.run(_columns)
    await store._writing.run(bring_up_to_date, "the database", may_write=True)
    assert await store._writing.run(_nameless) == [2]
    assert await store.drafts() == before
    facts = await store.facts_for(Concern(suggested=SLASHED.keys), NOON)
    assert facts.suggested == (1, 1)


def _nameless(connection: Connection) -> list[int]:
    return [number for (number,) in connection.execute(select(DRAFT.c.number).where(DRAFT.c.nameless))]


def _columns(connection: Connection) -> set[str]:
    return {column["name"] for column in inspect(connection).get_columns("draft")}
