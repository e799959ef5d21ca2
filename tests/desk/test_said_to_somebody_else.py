"""A word to somebody else is none to the desk; and a developer who does not know has not answered."""

import pytest
from world import KNOWN, UNKNOWN, Somebody, World

from bot.desk.addressing import no_reply
from bot.desk.model import PingState, State


def cast(world: World) -> tuple[Somebody, ...]:
    there = tuple(world.joins(nick, account=nick) for nick in ("alice", "bob", "carol", "dave", "zoe"))
    world.clock.advance("1m")
    return there


@pytest.mark.parametrize(
    "line",
    [
        "thanks zoe",
        "zoe: thanks",
        "thank you, zoe!",
        "ty @zoe",
        "no, zoe: that was yesterday",
        "no, zoe",
        "not it, zoe, the other one",
        "zoe: 4.17 here",
    ],
)
def test_what_is_said_to_somebody_else_says_nothing_about_the_answer(world: World, line: str) -> None:
    alice, *_ = cast(world)
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says(line)
    world.is_silent()
    question = world.question(1)
    assert (question.state, question.refused) == (State.TOLD, ())
    assert "zoe" not in question.text


def test_thanks_to_somebody_who_has_just_left_are_theirs(world: World) -> None:
    alice, *_, zoe = cast(world)
    alice.says(f"pkgdesk: {KNOWN}")
    zoe.quits()
    alice.says("thanks zoe")
    assert world.question(1).state is State.TOLD


@pytest.mark.parametrize("line", ["thanks", "thanks!", "pkgdesk: thanks", "thanks pkgdesk", "ty, that works"])
def test_thanks_to_nobody_or_to_the_desk_confirm(world: World, line: str) -> None:
    alice, *_ = cast(world)
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says(line)
    assert world.question(1).state is State.ANSWERED


def test_thanks_to_the_developer_who_answered_confirm(world: World) -> None:
    alice, bob, *_ = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("restart the daemon")
    bob.says("done")
    alice.says("thanks zoe")
    assert world.question(1).state is State.PROPOSED
    alice.says("thanks bob")
    assert world.question(1).state is State.ANSWERED


# --- no reply ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "no idea, ask dave",
        "no idea - ask dave",
        "Sorry, no idea. Try dave!",
        "dunno, maybe ask dave",
        "not sure, ask dave",
        "I don't know, ask @dave",
        "busy now, try dave",
    ],
)
def test_who_does_not_know_and_names_somebody_passes_it_on(world: World, line: str) -> None:
    alice, bob, carol, dave, _ = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says(line)
    dave.is_pinged("#1", "Bob Builder named you")
    carol.is_not_pinged()
    assert world.pings(1)[0].state is PingState.REFUSED


@pytest.mark.parametrize(
    "line", ["no idea", "dunno", "No clue, sorry.", "busy now", "not my area", "i dont know"]
)
def test_who_does_not_know_makes_room_for_the_next(world: World, line: str) -> None:
    alice, bob, carol, *_ = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says(line)
    carol.is_pinged("#1")


def test_who_is_not_sure_is_still_waited_for(world: World) -> None:
    alice, bob, carol, *_ = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("not sure")
    assert world.question(1).state is State.ASKED
    bob.says("ah, restart the daemon")
    assert world.question(1).responder == "bob"
    carol.is_not_pinged()


@pytest.mark.parametrize(
    "line",
    [
        "no idea why, but restart the daemon",
        "not sure it is that, what does xl dmesg say?",
        "i don't know of a fix for 4.17",
        "busy loop in the daemon, restart it",
        "dunno about 4.17, in 4.18 it is fixed",
        "ask dave for the patch, it fixes that",
    ],
)
def test_who_says_anything_more_has_replied(world: World, line: str) -> None:
    alice, bob, *_ = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says(line)
    assert world.question(1).state is State.ENGAGED
    assert world.question(1).responder == "bob"


def test_no_idea_in_the_middle_of_the_talk_is_a_part_of_it(world: World) -> None:
    alice, bob, carol, *_ = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("restart the daemon")
    alice.says("and why does that help?")
    bob.says("no idea")
    carol.is_not_pinged()
    assert world.question(1).state is State.ENGAGED


def test_odd_lines_are_read_in_no_time() -> None:
    assert no_reply("no idea" + ", " * 1000 + "x") is None
    assert no_reply("sorry" * 400) is None
    assert no_reply("") is None
