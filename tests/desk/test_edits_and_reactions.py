"""Networks that can change a message afterwards, take it back, or put a sign on it."""

import pytest
from world import EITHER, KNOWN, UNKNOWN, World

from bot.desk.model import State


def test_an_edited_question_is_read_anew_while_nobody_has_it(world: World) -> None:
    alice = world.joins("alice", account="alice")
    heard = alice.says("pkgdesk: I have got a question, folks", message="m1")
    assert world.question(1).state is State.OPEN
    alice.edits(heard, f"pkgdesk: {KNOWN}")
    world.desk_says(r"--with-system-qemu.*\[#1", to="alice")
    assert world.question(1).text == KNOWN


def test_an_edit_that_comes_later_changes_nothing(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    heard = alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    world.clock.advance("1m")
    bob.is_pinged("#1")
    alice.edits(heard, f"pkgdesk: {KNOWN}")
    world.is_silent()
    assert world.question(1).text == UNKNOWN


def test_nobody_edits_or_redacts_what_somebody_else_asked(world: World) -> None:
    alice, mallory = world.joins("alice", account="alice"), world.joins("mallory", account="mallory")
    heard = alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    mallory.edits(heard, f"pkgdesk: {KNOWN}")
    mallory.redacts(heard)
    world.is_silent()
    assert world.question(1).state is State.OPEN


def test_a_redacted_question_is_withdrawn(world: World) -> None:
    alice = world.joins("alice", account="alice")
    world.joins("bob", account="bob")
    heard = alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    alice.redacts(heard)
    assert world.question(1).state is State.WITHDRAWN
    world.clock.advance("1h")
    world.is_silent()


@pytest.mark.parametrize(
    ("sign", "state"), [("👍", State.ANSWERED), ("👎", State.OFFERED), ("🎉", State.TOLD)]
)
def test_a_sign_is_a_bare_word(world: World, sign: str, state: State) -> None:
    alice, mallory = world.joins("alice", account="alice"), world.joins("mallory", account="mallory")
    alice.says(f"pkgdesk: {KNOWN}")
    mallory.reacts(sign)
    assert world.question(1).state is State.TOLD
    alice.reacts(sign)
    assert world.question(1).state is state


def test_a_sign_picks_a_candidate(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {EITHER}")
    alice.reacts({"1": "1️⃣", "2": "2️⃣"}[world.choice("SeaBIOS")])
    world.desk_says("--with-system-seabios", to="alice")


def test_a_raised_hand_is_ack(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    alice.reacts("✋")
    world.is_silent()
    bob.reacts("✋")
    world.desk_says("#1: bob has seen it", to="alice")
