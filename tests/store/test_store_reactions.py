"""What reactions did is kept for as long as they can be taken back, and votes go with them."""

from datetime import timedelta

from store_values import ALICE, NOON, PRIVATE, asked, line, minutes, pinged, prompted

from bot.desk.effects import (
    DropReaction,
    Forget,
    SaveQuestion,
    SaveReaction,
    SaveVote,
    Say,
    SettleLine,
)
from bot.desk.facts import Concern
from bot.desk.model import TAKEN_BACK, Reaction
from bot.store.queue import KEPT
from bot.store.store import Store
from knowledge.votes import Vote


def reaction(message: str = "$ 1", number: int = 1) -> Reaction:
    return Reaction(
        network="libera",
        message=message,
        target="$ 0",
        speaker=ALICE.key,
        word="yes",
        step=2,
        before=asked(number, text=""),
        prompt=prompted(),
        ping=pinged(),
    )


ON_IT = Concern(messages=(("libera", "$ 0"),), reactions=True)


async def test_it_is_found_by_itself_and_by_what_it_stands_on(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked()), SaveReaction(reaction())])
    await store.commit("e2", NOON + minutes(1), [SaveReaction(reaction("$ 2"))])
    assert [each.message for each in (await store.facts_for(ON_IT, NOON)).reactions] == ["$ 2", "$ 1"]
    itself = Concern(messages=(("libera", "$ 1"),), reactions=True)
    assert (await store.facts_for(itself, NOON)).reactions == (reaction(),)
    elsewhere = Concern(messages=(("oftc", "$ 0"),), reactions=True)
    assert (await store.facts_for(elsewhere, NOON)).reactions == ()
    assert (await store.facts_for(Concern(messages=ON_IT.messages), NOON)).reactions == ()


async def test_its_votes_go_with_it_and_no_others(store: Store) -> None:
    own, older = Vote("How?", "qemu", ALICE.key, True), Vote("How?", "grub", ALICE.key, True)
    other = Vote("How?", "qemu", "libera/account/bob", True)
    await store.commit("e0", NOON - minutes(1), [SaveVote(older)])
    await store.commit(
        "e1", NOON, [SaveQuestion(asked()), SaveReaction(reaction()), SaveVote(own), SaveVote(other)]
    )
    await store.commit("e2", NOON + minutes(1), [DropReaction(reaction())])
    assert await store.votes() == (older, other)
    await store.commit("e3", NOON + minutes(1), [DropReaction(reaction())])
    assert await store.votes() == (older, other)


async def test_a_vote_that_was_cast_again_stays(store: Store) -> None:
    again = Vote("And now?", "qemu", ALICE.key, False)
    first = Vote("How?", "qemu", ALICE.key, True)
    await store.commit("e1", NOON, [SaveQuestion(asked()), SaveReaction(reaction()), SaveVote(first)])
    await store.commit("e2", NOON + minutes(1), [SaveVote(again)])
    await store.commit("e3", NOON + minutes(2), [DropReaction(reaction())])
    assert await store.votes() == (again,)


async def test_what_is_taken_back_is_forgotten_wherever_it_is_kept(store: Store) -> None:
    question = asked()
    said = [line("alice asks: how?", question=1), line("bob asks: what?"), line("later", question=1)]
    mine = Vote(question.text, "qemu", ALICE.key, True)
    of_another = Vote(question.text, "qemu", "libera/account/bob", True)
    await store.commit("e1", NOON, [SaveQuestion(question), SaveReaction(reaction()), *map(Say, said)])
    of_something_else = Vote(question.text, "seabios", ALICE.key, True)
    await store.commit("e2", NOON, [SaveVote(mine), SaveVote(of_another), SaveVote(of_something_else)])
    await store.commit("e3", NOON, [SettleLine(1, "sent", "$ 0"), SettleLine(2, "sent")])
    await store.commit("e4", NOON, [Forget(1, ALICE.key, ("qemu",), NOON, NOON)])
    texts = []
    for number in (1, 2, 3):
        kept = (await store.facts_for(Concern(line=number), NOON)).line
        assert kept is not None
        texts.append(kept.text)
    assert texts == [TAKEN_BACK, "bob asks: what?", "later"]
    assert sorted(await store.votes(), key=str) == sorted((of_another, of_something_else), key=str)
    assert (await store.facts_for(ON_IT, NOON)).reactions == ()


async def test_it_is_kept_as_long_as_lines_are(store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked(venue=PRIVATE)), SaveReaction(reaction())])
    await store.prune(NOON + KEPT)
    assert (await store.facts_for(ON_IT, NOON)).reactions
    await store.prune(NOON + KEPT + timedelta(seconds=1))
    assert not (await store.facts_for(ON_IT, NOON)).reactions
