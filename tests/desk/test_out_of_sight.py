"""Developers who are online and in none of the desk's channels."""

from collections.abc import Callable

from world import UNKNOWN, World

from bot.desk.events import Sighted

ALONE = """
people:
  bob:
    name: Bob Builder
    accounts: {libera: bob}
sections:
  XENSTORE:
    maintainers: [bob]
    keywords: [xenstored]
    mail: xenstore@lists.example.org
"""


def sighted(world: World, account: str | None = "bob", *, away: bool = False) -> None:
    world.happen(Sighted(world.next_id("libera"), world.clock.now, "libera", "bob_", account, away))


def test_who_is_looked_out_for_is_asked_privately_and_may_answer(make_world: Callable[..., World]) -> None:
    world = make_world(map_=ALONE)
    alice = world.joins("alice", account="alice")
    bob = world.knows("bob_", account="bob")
    sighted(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.is_pinged("#1", privately=True)
    bob.tells("that is an old xenstored")
    alice.reads("bob_ on #1: that is an old xenstored")


def test_who_goes_before_the_line_is_written_is_not_written_to(make_world: Callable[..., World]) -> None:
    world = make_world(map_=ALONE)
    alice = world.joins("alice", account="alice")
    bob = world.knows("bob_", account="bob")
    sighted(world)
    world.pauses()
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    sighted(world, None)
    world.resumes()
    bob.is_not_pinged()
    assert [ping.state.value for ping in world.pings(1)] == ["failed"]


def test_who_is_away_or_whose_account_is_not_proven_is_not_asked(make_world: Callable[..., World]) -> None:
    world = make_world(map_=ALONE)
    alice = world.joins("alice", account="alice")
    bob = world.knows("bob_", account="bob")
    sighted(world, away=True)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.is_not_pinged()
    assert "away" in world.explanation(1)
