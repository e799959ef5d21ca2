"""A sign on a line is a word about that line, from the one it prompted; taken back, it undoes what it did."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world import EITHER, KNOWN, LOST, UNKNOWN, Somebody, Spoken, World

from bot.desk.facts import Concern
from bot.desk.model import Prompt, Question, State
from bot.desk.reactions import word

SIGNS = ("👍", "👎", "1️⃣", "2️⃣", "3️⃣", "✋")


def people(world: World) -> tuple[Somebody, Somebody]:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    return alice, bob


def asked_of_bob(world: World) -> tuple[Somebody, Somebody, Spoken]:
    alice, bob = people(world)
    alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    world.clock.advance("1m")
    return alice, bob, bob.is_pinged("#1")


def prompts(world: World, of: Somebody) -> tuple[Prompt, ...]:
    return world.facts(Concern(speaker_keys=of.speaker.keys)).prompts


def plain(question: Question) -> Question:
    """All but what counts writes and deadlines."""
    return replace(question, step=0, revision=0)


@pytest.mark.parametrize(
    ("key", "read_as"),
    [
        ("👍", "yes"),
        ("👍🏽", "yes"),
        ("👍️", "yes"),
        ("👎🏿", "not it"),
        ("1️⃣", "1"),
        ("1⃣", "1"),
        ("3️⃣", "3"),
        ("✋", "ack"),
        ("✋🏻", "ack"),
        ("1", None),
        ("", None),
        ("👍👍", None),
        ("👍" + "🏽" * 10_000, "yes"),
        ("🎉", None),
        ("yes", None),
    ],
)
def test_how_signs_are_read(key: str, read_as: str | None) -> None:
    assert word(key) == read_as


def test_endless_reactions_do_not_fill_the_room(world: World) -> None:
    alice, _ = people(world)
    alice.says(f"pkgdesk: {KNOWN}", message="m1")
    answer = world.desk_says("--with-system-qemu")
    for _ in range(6):
        alice.redacts(alice.reacts("👍", to=answer))
    assert len(world.said) == 1 + 2 * 3 + 1
    assert (world.question(1).state, world.votes()) == (State.ANSWERED, [])


def test_a_sign_on_an_older_answer_confirms_nothing(world: World) -> None:
    alice, _ = people(world)
    alice.says(f"pkgdesk: {KNOWN}", message="m1")
    old = world.desk_says("--with-system-qemu")
    alice.says("pkgdesk: which python version do the tools need?", message="m2")
    new = world.desk_says("Python 3.6")
    alice.reacts("👍", to=old)  # the newer prompt is the one that is open
    assert [world.question(number).state for number in (1, 2)] == [State.TOLD, State.TOLD]
    alice.reacts("👍", to=new)
    assert [world.question(number).state for number in (1, 2)] == [State.TOLD, State.ANSWERED]


def test_a_sign_on_what_prompts_nobody_does_nothing(world: World) -> None:
    alice, _ = people(world)
    heard = alice.says(f"pkgdesk: {KNOWN}", message="m1")
    alice.reacts("👎", to=heard)
    alice.says("pkgdesk: status 1", message="m2")
    alice.reacts("👎", to=world.desk_says("answered from the base"))
    world.is_silent()
    assert world.question(1).state is State.TOLD


def test_more_of_an_answer_leaves_the_sign_on_it(world: World) -> None:
    alice, _ = people(world)
    alice.says(f"pkgdesk: {KNOWN}", message="m1")
    answer = world.desk_says("--with-system-qemu")
    alice.says("more")
    alice.reacts("👍", to=answer)
    assert world.question(1).state is State.ANSWERED


def test_the_same_sign_twice_counts_once(world: World) -> None:
    alice, _ = people(world)
    alice.says(f"pkgdesk: {KNOWN}", message="m1")
    answer = world.desk_says("--with-system-qemu")
    alice.reacts("👎", to=answer)
    before = world.question(1)
    alice.reacts("👎🏽", to=answer)
    world.is_silent()
    assert world.question(1) == before


def test_a_hand_that_is_raised_twice_is_one_hand(world: World) -> None:
    _, bob, ping = asked_of_bob(world)
    bob.reacts("✋", to=ping)
    world.desk_says("#1: bob has seen it", to="alice")
    before = world.question(1)
    world.clock.advance("1m")
    again = bob.reacts("✋🏽", to=ping)
    world.is_silent()
    assert world.question(1) == before
    bob.redacts(again)  # the first one is still up
    world.is_silent()
    assert world.question(1) == before


def test_the_answer_of_a_developer_is_confirmed_by_a_sign(world: World) -> None:
    alice, bob, ping = asked_of_bob(world)
    bob.says("restart xenstored with -N", relates_to=ping.message)
    world.clock.advance("3m")
    proposal = world.desk_says("was that it", to="alice")
    bob.reacts("👍", to=proposal)
    assert world.question(1).state is State.PROPOSED
    yes = alice.reacts("👍", to=proposal)
    assert world.question(1).state is State.ANSWERED
    alice.redacts(yes)
    world.desk_says("#1 is open again: was that it", to="alice")
    assert world.question(1).state is State.PROPOSED
    alice.reacts("👍", to=proposal)
    assert world.question(1).state is State.ANSWERED


def test_a_hand_on_the_question_itself_is_ack_too(world: World) -> None:
    alice, bob = people(world)
    carol = world.joins("carol", account="carol")
    world.clock.advance("1m")
    heard = alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    world.clock.advance("1m")
    bob.is_pinged("#1")
    carol.reacts("✋", to=heard)
    world.is_silent()
    bob.reacts("✋", to=heard)
    told = world.desk_says("#1: bob has seen it", to="alice")
    assert (told.line.reply_to, told.line.thread, told.line.notify) == ("m1", "m1", False)


def test_a_hand_that_is_lowered_lets_the_ladder_go_on(world: World) -> None:
    alice, bob, ping = asked_of_bob(world)
    before, pinged = world.question(1), world.pings(1)
    hand = bob.reacts("✋", to=ping)
    assert world.question(1).due > before.due  # type: ignore[operator]
    bob.redacts(hand)
    world.desk_says("#1: bob took back that they would answer; it goes further in", to="alice")
    assert plain(world.question(1)) == plain(before)
    assert world.pings(1) == pinged
    world.clock.advance("2h")
    assert world.pings(1) != pinged
    alice.is_not_pinged()


def test_a_hand_that_is_lowered_after_the_answer_changes_nothing(world: World) -> None:
    _, bob, ping = asked_of_bob(world)
    hand = bob.reacts("✋", to=ping)
    bob.says("restart xenstored with -N", relates_to=ping.message)
    before = world.question(1)
    bob.redacts(hand)
    world.is_silent()
    assert world.question(1) == before


def test_a_refusal_that_has_pinged_somebody_stays(world: World) -> None:
    alice = world.joins("alice", account="alice")
    carol = world.joins("carol", account="carol")
    world.clock.advance("1m")
    alice.says("pkgdesk: which python version do the tools need?", message="m1")
    no = alice.reacts("👎")
    world.clock.advance("1s")
    assert world.question(1).state is State.ASKED
    assert world.votes() == [("python-version", False)]
    alice.redacts(no)
    world.desk_says("I have asked people about #1 already; `withdraw 1`", to="alice")
    assert world.question(1).state is State.ASKED
    assert world.votes() == []
    carol.is_not_pinged()


def test_a_refusal_is_undone_while_nobody_was_asked(world: World) -> None:
    alice = world.joins("alice", account="alice")
    world.clock.advance("1m")
    alice.says("pkgdesk: which python version do the tools need?", message="m1")
    answer = world.desk_says("Python 3.6")
    before = world.question(1)
    no = alice.reacts("👎", to=answer)
    world.clock.advance("1m")
    assert world.question(1).state is State.OPEN  # nobody is there
    alice.redacts(no)
    world.desk_says("#1 is open again", to="alice")
    assert plain(world.question(1)) == plain(before)
    alice.reacts("👍", to=answer)
    assert world.question(1).state is State.ANSWERED


def test_a_choice_that_is_taken_back_is_offered_again(world: World) -> None:
    alice, _ = people(world)
    alice.says(f"pkgdesk: {EITHER}", message="m1")
    offer = world.desk_says("did you mean")
    one = alice.reacts("1️⃣", to=offer)
    first = world.question(1).entries[0]
    assert world.votes() == [(first, True)]
    alice.redacts(one)
    world.desk_says("#1 is open again: `1`, `2` or `not it`", to="alice")
    assert (world.question(1).state, world.votes()) == (State.OFFERED, [])
    alice.reacts("2️⃣", to=offer)
    assert world.question(1).entries[0] != first


def test_a_vote_that_was_cast_again_since_stays(world: World) -> None:
    alice, _ = people(world)
    alice.says(f"pkgdesk: {KNOWN}", message="m1")
    yes = alice.reacts("👍")
    alice.says(f"pkgdesk: {KNOWN}!", message="m2")
    alice.says("yes")
    alice.redacts(yes)
    assert world.votes() == [("system-qemu", True)]


def test_a_sign_is_taken_back_by_whoever_put_it(world: World) -> None:
    alice, bob = people(world)
    alice.says(f"pkgdesk: {KNOWN}", message="m1")
    yes = alice.reacts("👍")
    bob.redacts(yes)
    world.is_silent()
    assert world.question(1).state is State.ANSWERED
    alice.redacts(yes)
    assert world.question(1).state is State.TOLD
    alice.redacts(yes)  # once more
    world.is_silent()


def test_an_older_confirmation_does_not_undo_a_newer_one(world: World) -> None:
    alice, _ = people(world)
    alice.says(f"pkgdesk: {KNOWN}", message="m1")
    yes = alice.reacts("👍")
    alice.says("not it #1")
    alice.says("1 #1")
    world.clock.advance("1h")
    before = world.question(1)
    alice.redacts(yes)
    world.is_silent()
    assert world.question(1) == before


def test_a_triager_directs_by_a_sign(make_world: Callable[..., World]) -> None:
    world = make_world(route_at=0.95)
    alice, trudy = world.joins("alice", account="alice"), world.joins("trudy", account="trudy")
    world.clock.advance("1m")
    alice.says("pkgdesk: configure and xenstored disagree since friday, what now?", message="m1")
    world.clock.advance("1m")
    ping = trudy.is_pinged("#1")
    alice.reacts("1️⃣", to=ping)
    assert world.question(1).placed is None
    trudy.reacts("1️⃣", to=ping)
    assert world.question(1).placed is not None


TOLD_AND_OFFERED = [
    pytest.param(KNOWN, "👍", id="an answer confirmed"),
    pytest.param(KNOWN, "👎", id="an answer refused"),
    pytest.param(EITHER, "1️⃣", id="a candidate chosen"),
    pytest.param(EITHER, "2️⃣", id="the second one"),
]


@pytest.mark.parametrize(("text", "sign"), TOLD_AND_OFFERED)
def test_undone_it_is_as_before(world: World, text: str, sign: str) -> None:
    """But for what counts steps and writes."""
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {text}", message="m1")
    before, open_before, line = world.question(1), prompts(world, alice), world.said[-1]
    done = alice.reacts(sign, to=line)
    after = world.question(1)
    assert plain(after) != plain(before)
    alice.redacts(done)
    assert plain(world.question(1)) == plain(before)
    assert prompts(world, alice) == open_before
    assert world.votes() == []
    alice.reacts(sign, to=line)
    assert world.question(1).state is after.state


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sign=st.sampled_from(SIGNS) | st.text(max_size=3),
    text=st.sampled_from([KNOWN, EITHER, UNKNOWN, LOST]),
    data=st.data(),
)
def test_no_sign_of_anybody_else_changes_anything(
    make_world: Callable[..., World], sign: str, text: str, data: st.DataObject
) -> None:
    """Whoever they are, and on whatever line."""
    world = make_world()
    alice = world.joins("alice", account="alice")
    world.joins("bob", account="bob")
    others = [
        world.joins("alice_", account=None),
        world.joins("mallory", account="mallory"),
        world.joins("carol", account="carol"),
        world.joins("alice", account="alice", network="oftc"),
    ]
    world.clock.advance("1m")
    heard = alice.says(f"pkgdesk: {text}", message="m1")
    world.clock.advance("1m")
    before, pings, open_before = world.question(1), world.pings(1), prompts(world, alice)
    who = data.draw(st.sampled_from(others))
    line = data.draw(st.sampled_from([heard, *world.said]))
    reaction = who.reacts(sign, to=line)
    who.redacts(reaction)
    world.is_silent()
    assert (world.question(1), world.pings(1), prompts(world, alice)) == (before, pings, open_before)
