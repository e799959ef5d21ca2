"""Votes: one per account and entry, the latest; how many count is bounded, and they outlast their entries."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection
from store_values import ALICE, ANY_TEXT, CLEAN_TEXT, NOON, any_of, asked, line, minutes

from bot.desk.effects import SaveQuestion, SaveVote, Say
from bot.desk.facts import Concern
from bot.store import schema, standing, votes
from bot.store.columns import storable
from bot.store.errors import AlreadyDone, Conflict
from bot.store.store import Store
from bot.store.tables import VOTE
from knowledge.votes import Vote

numbers = count(1)


def vote(
    account: str = ALICE.key, *, right: bool = True, entry: str = "system-qemu", text: str = "How?"
) -> Vote:
    return Vote(text, entry, account, right)


def rows(many: int, **changes: Any) -> list[dict[str, Any]]:
    plain = {"entry": "e", "account": "a", "text": "How?", "confirmed": True, "at": NOON}
    return [
        plain | {name: change(n) if callable(change) else change for name, change in changes.items()}
        for n in range(many)
    ]


async def insert(store: Store, many: list[dict[str, Any]]) -> None:
    def write(connection: Connection) -> None:
        connection.execute(VOTE.insert(), many)

    await store._writing.run(write)


async def test_an_account_has_one_vote_on_an_entry_the_latest(store: Store) -> None:
    other = vote("libera/account/bob", right=False)
    await store.commit("e1", NOON, [SaveVote(vote()), SaveVote(vote(entry="grub"))])
    await store.commit("e2", NOON + minutes(1), [SaveVote(other)])
    later = vote(right=False, text="And without a network?")
    await store.commit("e3", NOON + minutes(2), [SaveVote(later)])
    assert await store.votes() == (vote(entry="grub"), other, later)


async def test_accounts_of_the_same_name_on_two_networks_are_two(store: Store) -> None:
    both = [vote("libera/account/alice"), vote("oftc/account/alice", right=False)]
    await store.commit("e1", NOON, [SaveVote(each) for each in both])
    assert set(await store.votes()) == set(both)


async def test_a_vote_is_written_with_all_that_its_event_changes_or_not_at_all(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked()), SaveVote(vote())])
    stale = [SaveVote(vote(right=False)), Say(line()), SaveQuestion(asked(revision=7))]
    with pytest.raises(Conflict):
        await store.commit("e2", NOON, stale)
    with pytest.raises(AlreadyDone):
        await store.commit("e1", NOON, [SaveVote(vote(right=False))])
    assert await store.votes() == (vote(),)


async def test_of_one_account_only_so_many_count_and_the_newest(store: Store) -> None:
    await insert(store, rows(votes.EACH + 50, entry="e{}".format, at=lambda n: NOON + minutes(n)))
    await insert(store, rows(3, account="b{}".format, at=NOON - minutes(1)))
    found = await store.votes()
    assert [each.account for each in found[:3]] == ["b2", "b1", "b0"]
    assert [each.entry for each in found[3:]] == [f"e{n}" for n in range(50, votes.EACH + 50)]


async def test_of_many_accounts_only_so_many_count_and_the_newest(store: Store) -> None:
    many = votes.MOST + 100
    await insert(store, rows(many, account="a{}".format, at=lambda n: NOON + timedelta(seconds=n)))
    found = await store.votes()
    assert len(found) == votes.MOST
    assert (found[0].account, found[-1].account) == ("a100", f"a{many - 1}")


async def test_votes_are_forgotten_after_years_and_for_nothing_else(store: Store) -> None:
    old, new = NOON - votes.KEPT - minutes(1), NOON - votes.KEPT + minutes(1)
    await insert(store, [*rows(1, account="old", at=old), *rows(1, account="new", at=new)])
    await store.prune(NOON)
    assert [each.account for each in await store.votes()] == ["new"]


@given(any_of(Vote), st.booleans())
def test_a_vote_and_the_one_in_its_place(
    run: Callable[[Any], Any], shared: Store, given_vote: Vote, right: bool
) -> None:
    number = next(numbers)
    first = replace(given_vote, account=f"account {number}")
    second = replace(first, right=right, question=f"{first.question} again")
    for turn, each in enumerate((first, second)):
        run(shared.commit(f"vote {number}.{turn}", NOON, [SaveVote(each)]))
        assert [found for found in run(shared.votes()) if found.account == first.account] == [each]


@given(ANY_TEXT, ANY_TEXT, CLEAN_TEXT)
def test_no_text_is_refused(
    run: Callable[[Any], Any], shared: Store, text: str, entry: str, account: str
) -> None:
    number = next(numbers)
    name = f"any {number} {account}"
    run(shared.commit(f"any {number}", NOON, [SaveVote(Vote(text, entry, name, True))]))
    assert Vote(storable(text), storable(entry), name, True) in run(shared.votes())


async def test_a_database_from_before_there_were_votes_is_brought_up_to_date(url: str) -> None:
    def former(connection: Connection) -> None:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(schema._SCRIPTS))
        command.downgrade(config, "0002")

    store = await Store.open(url)
    await store.commit("e1", NOON, [SaveQuestion(asked()), SaveVote(vote())])
    await store._writing.run(former)
    await store.close()
    stands = standing.look(url)
    assert (stands.revision, stands.up_to_date, stands.votes, stands.voted) == ("0002", False, 0, 0)

    store = await Store.open(url)
    assert await store.votes() == ()
    assert (await store.facts_for(Concern(numbers=(1,)), NOON)).questions == {1: asked(revision=1)}
    await store.commit("e2", NOON, [SaveVote(vote()), SaveVote(vote("b")), SaveVote(vote(entry="grub"))])
    assert len(await store.votes()) == 3
    await store.close()
    stands = standing.look(url)
    assert (stands.up_to_date, stands.votes, stands.voted) == (True, 3, 2)
