"""What was said while the desk was away, and reaches it when it is back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from world import EITHER, HOME, KNOWN, UNKNOWN, Somebody, World

from bot.desk.model import State
from routing.presence import Venue, Visibility

Make = Callable[..., World]


def late(somebody: Somebody, text: str, ago: str, **marks: Any) -> None:
    """They said it that long ago, and only now the desk hears it."""
    world = somebody.world
    now = world.clock.now
    world.clock.sleep(ago)
    said_at, world.clock.now = now - (world.clock.now - now), now
    somebody.says(text, replayed=True, late=True, said_at=said_at, **marks)


def test_a_known_question_is_answered_with_when_it_was_asked(world: World) -> None:
    alice = world.joins("alice", account="alice")
    late(alice, f"pkgdesk: {KNOWN}", "2h")
    world.desk_says(
        r"^alice: you asked at 08:00 UTC, while I was away: Configure with `--with-system-qemu`", to="alice"
    )
    alice.says("not it")
    world.desk_says("#1")


def test_another_day_is_told_with_its_date(world: World) -> None:
    alice = world.joins("alice", account="alice")
    late(alice, f"pkgdesk: {EITHER}", "11h")
    world.desk_says("you asked at 2026-11-22 23:00 UTC, while I was away: #1: did you mean", to="alice")


def test_every_line_of_the_answer_fits(make_world: Make) -> None:
    world = make_world(line_bytes=200)
    alice = world.joins("alice", account="alice")
    late(alice, f"pkgdesk: {KNOWN}", "11h")
    assert all(len(each.text.encode()) <= 200 for each in world.turn)
    assert sum("while I was away" in each.text for each in world.turn) == 1


def test_a_question_for_people_goes_its_way_from_now_on(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    late(alice, f"pkgdesk: {UNKNOWN}", "3h")
    world.desk_says("you asked at 07:01 UTC, while I was away: #1: I do not know that one", to="alice")
    bob.is_not_pinged()
    world.clock.advance("1m")
    bob.is_pinged("alice asks #1")


def test_who_asked_without_an_account_is_named_and_nobody_else_may_act_for_them(world: World) -> None:
    mallory = world.joins("alice")
    world.clock.advance("10s")
    late(mallory, f"pkgdesk: {KNOWN}", "2h")
    told = world.desk_says("alice: you asked at 08:00 UTC, while I was away: Configure")
    assert not told.wire.startswith("alice: "), "whoever is called so now is not highlighted"
    mallory.says("not it")
    world.is_silent()


def test_privately_whoever_bears_the_nick_now_reads_nothing_of_it(world: World) -> None:
    world.joins("alice", account="mallory")
    alice = world.knows("alice2", account="alice")
    venue = Venue("libera", "alice", Visibility.PRIVATE)
    late_to(alice, KNOWN, venue, world)
    world.is_silent()
    alice.returns()
    alice.reads("Configure with")


def late_to(somebody: Somebody, text: str, venue: Venue, world: World) -> None:
    """A late private line of theirs, of when they were called otherwise."""
    world.act(f"<{somebody.nick}> {text}")
    said_at = world.clock.now - timedelta(hours=2)
    world.happen(somebody._line(text, venue, replayed=True, late=True, said_at=said_at))


def test_a_pinged_person_answered_while_we_were_away(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.is_pinged("#1")
    world.disconnects()
    world.clock.advance("20m")
    world.reconnects()
    late(bob, "restart the daemon", "15m")
    assert world.question(1).state is State.ENGAGED
    world.is_silent(HOME)
    world.clock.advance("4m")
    world.desk_says("was that it", to="alice")


def test_what_they_said_before_they_were_pinged_answers_nothing(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.is_pinged("#1")
    late(bob, "restart the daemon", "5m")
    assert world.question(1).state is State.ASKED


@pytest.mark.parametrize(("ago", "holds"), [("5m", True), ("15m", False)])
def test_a_word_that_changes_something_holds_for_ten_minutes(world: World, ago: str, holds: bool) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("20m")
    assert world.question(1).state is State.ASKED
    late(bob, "not me", ago)
    if holds:
        assert world.question(1).state is not State.ASKED
    else:
        assert world.question(1).state is State.ASKED
        world.desk_says("while I was away: I did nothing about it.*say it again", to="bob")


def test_what_operators_order_is_never_taken_from_history(make_world: Make) -> None:
    world = make_world(operators={"libera": ["root"]})
    root = world.joins("root", account="root")
    for order in ("pause", "drain", "reload", f"say {HOME} hello"):
        world.clock.advance("2m")
        late(root, f"pkgdesk: {order}", "1m")
        world.desk_says("while I was away: I did nothing about it", to="root")
    assert not world.orders
    late(root, "pkgdesk: status", "1h")
    world.desk_says("while I was away: ", to="root")


def test_lines_said_apart_are_two_questions(world: World) -> None:
    alice = world.joins("alice", account="alice")
    late(alice, f"pkgdesk: {KNOWN}", "2h")
    late(alice, "pkgdesk: which python version do the tools need?", "1h")
    assert world.exists(2)
    late(alice, "and on which distribution?", "30m")
    world.is_silent()


def test_what_was_handled_live_is_not_handled_late(world: World) -> None:
    alice = world.joins("alice", account="alice")
    heard = alice.says(f"pkgdesk: {KNOWN}")
    world.crashes()
    world.act("-- history --")
    again = replace(heard, at=world.clock.now, replayed=True, late=True, said_at=heard.at)
    world.happen(again)
    world.is_silent()


def test_nobody_is_taken_for_a_bot_because_of_when_they_are_heard(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says("pkgdesk: help")
    late(alice, f"pkgdesk: {KNOWN}", "1h")
    world.desk_says("Configure with", to="alice")
