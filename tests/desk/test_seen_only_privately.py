"""Who shares no channel with the desk, and clocks that jump: nobody is lost, and nobody mistaken."""

from datetime import timedelta

import pytest
from world import HOME, UNKNOWN, World

from bot.desk.model import State


def test_whoever_wrote_privately_hours_ago_is_told_that_there_is_something(world: World) -> None:
    bob = world.joins("bob", account="bob")
    alice = world.knows("alice", account="alice")
    world.clock.advance("1m")
    alice.tells(UNKNOWN)
    world.clock.advance("20m")
    bob.tells("restart the daemon")
    bob.tells("done")
    alice.reads("^I have something for alice. If that is you: say `missed`, logged in[.]$")
    assert not any("restart" in each.text for each in world.turn)
    assert world.question(1).state is State.KEPT
    alice.tells("missed")
    alice.reads("bob answered #1 .*restart the daemon.*was that it")
    alice.tells("yes")
    assert world.question(1).state is State.ANSWERED


def test_whoever_bears_the_nick_by_now_learns_no_more(world: World) -> None:
    bob = world.joins("bob", account="bob")
    world.clock.advance("1m")
    world.knows("alice", account="alice").tells(f"{UNKNOWN} swordfish")
    world.clock.advance("20m")
    bob.tells("the password is sesame")
    bob.tells("done")
    for account in (None, "mallory"):
        thief = world.knows("alice", account=account)
        for line in ("missed", "more", "yes", "mine", "status 1"):
            thief.tells(line)
    said = " ".join(each.text for each in world.said if each.venue.name == "alice")
    assert "sesame" not in said
    assert world.question(1).state is State.KEPT


def test_an_end_without_an_answer_is_worth_a_word_too(world: World) -> None:
    alice = world.knows("alice", account="alice")
    alice.tells(UNKNOWN)
    world.clock.advance("3d")
    assert world.question(1).state is State.HANDED_OVER
    assert len([each for each in world.said if "I have something for alice" in each.text]) == 1
    alice.tells("missed")
    alice.reads("The place to ask now is xenstore@lists.example.org")


def test_who_was_seen_to_leave_is_not_written_to(world: World) -> None:
    alice, bob = (world.joins(nick, account=nick) for nick in ("alice", "bob"))
    world.clock.advance("1m")
    alice.tells(UNKNOWN)
    world.clock.advance("1m")
    alice.quits()
    bob.tells("restart the daemon")
    bob.tells("done")
    alice.reads_nothing()


def test_who_has_no_account_and_no_channel_is_told_what_to_do(world: World) -> None:
    world.joins("bob", account="bob")
    world.clock.advance("1m")
    ghost = world.knows("ghost")
    ghost.tells(UNKNOWN)
    ghost.reads("I cannot see whether you are still there, .* log in to an account, or join a channel")
    somebody = world.joins("somebody")
    somebody.tells(UNKNOWN + " on 4.17")
    assert len(world.turn) == 1
    member = world.knows("member", account="member")
    member.tells(UNKNOWN + " on 4.18")
    assert len(world.turn) == 1


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=-300), timedelta(seconds=-3)])
def test_a_clock_that_goes_back_does_not_make_the_desk_wait_for_ever(world: World, jump: timedelta) -> None:
    alice = world.joins("alice", account="alice")
    bob = world.joins("bob", account="bob")
    world.clock.advance("1m")
    world.clock.now += jump
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.desk_says("#1: I do not know that one", in_=HOME)
    world.clock.advance("31s")
    bob.is_pinged("#1")
