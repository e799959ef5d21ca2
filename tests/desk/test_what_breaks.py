"""Crashes, lost networks, lines of unknown fate: no question dies, nothing is said twice."""

from collections.abc import Callable
from dataclasses import replace

from world import HOME, KNOWN, UNKNOWN, Somebody, World

from bot.desk.events import DeadlinePassed
from bot.desk.model import Failure, PingState, State


def cast(world: World) -> tuple[Somebody, ...]:
    there = tuple(world.joins(nick, account=nick) for nick in ("alice", "bob", "carol"))
    world.clock.advance("1m")
    return there


def test_a_question_survives_a_crash_with_its_deadline(world: World) -> None:
    alice, bob, _ = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    due = world.question(1).due
    world.crashes()
    assert world.question(1).due == due
    world.clock.advance("1m")
    bob.is_pinged("#1")


def test_the_ladder_goes_on_after_a_crash_and_asks_nobody_twice(world: World) -> None:
    alice, bob, carol = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.is_pinged("#1")
    world.crashes()
    world.clock.advance("31m")
    carol.is_pinged("#1")
    assert [ping.person for ping in world.pings(1)] == ["bob", "carol"]


def test_what_falls_due_while_the_desk_is_dead_is_done_when_it_lives(world: World) -> None:
    alice, _, carol = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    world.clock.sleep("5h")
    world.crashes()
    world.clock.advance("31s")
    carol.is_pinged("#1")


def test_bare_words_and_replies_count_after_a_crash(world: World) -> None:
    alice, bob, _ = cast(world)
    alice.says(f"pkgdesk: {KNOWN}")
    world.crashes()
    alice.says("more")
    world.desk_says("device model")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    world.crashes()
    bob.says("restart the daemon")
    assert world.question(2).responder == "bob"


def test_a_ping_of_unknown_fate_is_not_repeated_and_its_clock_runs(world: World) -> None:
    alice, bob, carol = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.holds()
    world.clock.advance("1m")
    bob.is_pinged("#1")
    world.crashes()
    world.desk_says("#1: I asked bob, but I cannot tell whether it arrived", to="alice")
    assert world.pings(1)[0].state is PingState.UNCONFIRMED
    world.clock.advance("29m")
    world.is_silent()
    world.clock.advance("2m")
    carol.is_pinged("#1")
    assert len([each for each in world.said if each.text.startswith("bob: ")]) == 1


def test_a_reply_to_a_ping_of_unknown_fate_counts(world: World) -> None:
    alice, bob, _ = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.holds()
    world.clock.advance("1m")
    bob.says("restart the daemon")
    world.releases()
    assert world.question(1).state is State.ENGAGED


def test_a_line_that_waited_is_said_after_the_crash_and_once(world: World) -> None:
    alice, *_ = cast(world)
    world.pauses()
    alice.says(f"pkgdesk: {KNOWN}")
    world.is_silent()
    world.paused = False
    world.crashes()
    assert len([each for each in world.said if "--with-system-qemu" in each.text]) == 1
    world.crashes()
    assert len([each for each in world.said if "--with-system-qemu" in each.text]) == 1


def test_the_reply_to_a_command_is_not_said_when_nobody_waits_for_it_any_more(world: World) -> None:
    alice, *_ = cast(world)
    world.pauses()
    alice.says("pkgdesk: help")
    world.clock.advance("11m")
    world.resumes()
    world.is_silent()


def test_without_a_network_the_question_waits_and_goes_on_when_it_is_back(world: World) -> None:
    alice, bob, _ = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.disconnects()
    world.clock.advance("1h")
    assert world.question(1).state is State.OPEN
    world.reconnects()
    world.clock.advance("36s")
    bob.is_pinged("#1")


def test_a_long_outage_is_no_stream_of_commits(world: World) -> None:
    alice, *_ = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.disconnects()
    world.handled.clear()
    world.clock.advance("1h")
    assert len(world.handled) < 150


def test_a_network_that_never_comes_back_ends_the_question(make_world: Callable[..., World]) -> None:
    world = make_world(wait_for_people="2h")
    alice, *_ = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.disconnects()
    world.clock.advance("3h")
    assert world.question(1).state is State.HANDED_OVER
    world.reconnects()
    world.desk_says("#1: I could reach nobody who knows")


def test_a_stale_deadline_does_nothing(world: World) -> None:
    alice, bob, _ = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    stale = DeadlinePassed("deadline/1/1/again", world.clock.now, 1, 1, UNKNOWN)
    world.clock.advance("1m")
    bob.says("ack")
    before = world.question(1)
    world.act("a deadline of old")
    world.happen(stale, replace(stale, id="again", step=before.step - 1))
    world.is_silent()
    assert world.question(1) == before


def test_a_ping_that_bounces_from_everybody_ends_with_the_list(world: World) -> None:
    alice, *_ = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.failing = lambda line, going: Failure.REFUSED if line.purpose == "ping" else None
    world.clock.advance("2h")
    assert world.question(1).state is State.HANDED_OVER
    world.desk_says("The place to ask now is", to="alice")
    assert {ping.state for ping in world.pings(1)} == {PingState.FAILED}


def test_nothing_can_be_said_and_still_the_question_ends(world: World) -> None:
    alice, *_ = cast(world)
    world.failing = lambda line, going: Failure.UNSENDABLE
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("60d")
    assert world.question(1).state.ended
    assert world.question(2).state.ended
    world.is_silent(HOME)


def test_somebody_who_leaves_and_comes_back_under_another_nick_is_the_same_by_account(world: World) -> None:
    alice, bob, _ = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.quits()
    bob.nick = "bobby"
    bob.returns()
    bob.says("alice: restart the daemon")
    assert world.question(1).responder == "bob"


def test_a_second_line_decided_on_old_facts_is_decided_again(world: World) -> None:
    """Two events about one question, both decided before either is written."""
    alice, bob, _ = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    world.act("two at once")
    world.happen(bob.line("restart the daemon"), alice.line("pkgdesk: withdraw 1"))
    assert world.question(1).state is State.WITHDRAWN
