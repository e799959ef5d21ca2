"""The desk is put out of the channel of a question: who sits there is not unreachable, but out of sight."""

from collections.abc import Callable
from datetime import timedelta

from world import UNKNOWN, VENUES, World

from bot.desk.events import RosterLost
from bot.desk.model import State


def test_a_question_waits_until_the_desk_is_back_in_its_channel(world: World) -> None:
    alice, bob = (world.joins(nick, account=nick) for nick in ("alice", "bob"))
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.happen(RosterLost(world.next_id("libera"), world.clock.now, "libera", VENUES[0]))
    world.clock.advance("3m")
    assert not world.pings(1)
    assert world.question(1).state is State.OPEN
    alice.joins(VENUES[0].name)
    bob.joins(VENUES[0].name)
    world.clock.advance("1m")
    bob.is_pinged("#1", "you maintain XENSTORE")


def test_it_does_not_wait_for_ever(make_world: Callable[..., World]) -> None:
    world = make_world(wait_for_people=timedelta(hours=1))  # each minute is looked at
    alice = world.joins("alice", account="alice")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.happen(RosterLost(world.next_id("libera"), world.clock.now, "libera", VENUES[0]))
    world.clock.advance("50m")
    assert world.question(1).state is State.OPEN
    world.clock.advance("20m")
    assert world.question(1).state is State.HANDED_OVER
