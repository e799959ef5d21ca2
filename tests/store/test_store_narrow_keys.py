"""What was stored when names were still compared by rfc1459 and Unicode's case folding everywhere."""

from dataclasses import replace

import pytest
from migrating import brought_to
from sqlalchemy import Connection, select
from store_values import ALICE, CHANNEL, NOON, asked, minutes, prompted

from bot.desk.effects import OpenPrompt, SaveQuestion
from bot.desk.facts import Concern
from bot.store.schema import bring_up_to_date
from bot.store.store import Store
from bot.store.tables import PROMPT, QUESTION


@pytest.mark.parametrize(("account", "wide"), [("Al[ice]", "al{ice}"), ("Straße", "strasse"), ("Bob", "bob")])
async def test_who_asked_before_is_found_under_the_key_of_now(store: Store, account: str, wide: str) -> None:
    odd = replace(ALICE, account=account, session="")
    there = replace(CHANNEL, name="#Xen[x]")
    prompt = prompted(speaker=odd.key, venue=there, question=1)
    await store.commit("e1", NOON, [SaveQuestion(asked(asker=odd, venue=there)), OpenPrompt(prompt)])
    await store._writing.run(brought_to, "0006")
    before = f"{odd.network}/account/{wide}"
    assert await store._writing.run(_keys) == [(before, "#xen{x}"), (before, "#xen{x}")]
    await store._writing.run(bring_up_to_date, "the database", may_write=True)
    assert await store._writing.run(_keys) == [(odd.key, "#xen[x]"), (odd.key, "#xen[x]")]
    facts = await store.facts_for(Concern(speaker_keys=(odd.key,)), NOON + minutes(1))
    assert facts.own == (1,)
    assert facts.prompts == (prompt,)


def _keys(connection: Connection) -> list[tuple[str, str]]:
    """Of the question and of the prompt: whose, and where."""
    question = connection.execute(select(QUESTION.c.asker_account_key, QUESTION.c.venue_key)).all()
    prompt = connection.execute(select(PROMPT.c.speaker, PROMPT.c.venue_key)).all()
    return [(who, where) for who, where in (*question, *prompt)]
