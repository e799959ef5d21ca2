"""Where a server lets no ping pass the same person is asked in another place at once, in each place once."""

from collections.abc import Callable

from world import DEVEL, HOME, MAP, UNKNOWN, World

from bot.conditions import Destination
from bot.desk.model import Failure, Line, PingState
from routing.presence import Venue

Make = Callable[..., World]

BOTH = MAP.replace("{libera: bob}", "{libera: bob, oftc: bob}")
PRIVATELY = BOTH.replace("libera: bob, oftc: bob}\n", "libera: bob, oftc: bob}\n    pings: private\n")


def shut(world: World, *venues: tuple[str, str], reason: Failure = Failure.REFUSED) -> None:
    """Those places (network, name) let no ping pass."""

    def failing(line: Line, going: Destination) -> Failure | None:
        pings = line.conditions.person is not None
        return reason if pings and (line.venue.network, line.venue.name) in venues else None

    world.failing = failing


def pings(world: World) -> list[tuple[str, PingState, Venue]]:
    return [(ping.person, ping.state, ping.venue) for ping in world.pings(1)]


def test_who_takes_no_private_lines_is_asked_on_the_other_network(make_world: Make) -> None:
    world = make_world(map_=PRIVATELY)
    alice, _, carol = (world.joins(nick, account=nick) for nick in ("alice", "bob", "carol"))
    there = world.joins("bob_", account="bob", network="oftc")
    world.clock.advance("1m")
    shut(world, ("libera", "bob"), reason=Failure.NOT_PRIVATELY)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("30s")
    there.is_pinged("#1", "you maintain XENSTORE", privately=True)
    assert [(person, state, venue.name) for person, state, venue in pings(world)] == [
        ("bob", PingState.FAILED, "bob"),
        ("bob", PingState.DELIVERED, "bob_"),
    ]
    assert carol.nick not in {person for person, *_ in pings(world)}


def test_a_channel_where_the_desk_cannot_speak_is_left_for_another_and_for_all(world: World) -> None:
    alice, bob, carol = (
        world.joins(nick, account=nick, channel=[HOME, DEVEL]) for nick in ("alice", "bob", "carol")
    )
    world.clock.advance("1m")
    shut(world, ("libera", HOME))
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("30s")
    bob.is_pinged("#1")
    bob.tells("not me")
    carol.is_pinged("#1")
    assert [(person, venue.name) for person, _, venue in pings(world)] == [
        ("bob", HOME),
        ("bob", DEVEL),
        ("carol", DEVEL),
    ]


def test_who_can_be_reached_nowhere_is_passed_by(world: World) -> None:
    alice, _, carol = (world.joins(nick, account=nick) for nick in ("alice", "bob", "carol"))
    world.clock.advance("1m")
    shut(world, ("libera", HOME), ("libera", "bob"))
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("30s")
    carol.is_pinged("#1", privately=True)
    assert [(person, venue.name) for person, _, venue in pings(world)] == [
        ("bob", HOME),
        ("bob", "bob"),
        ("carol", "carol"),
    ]


def test_who_was_refused_there_and_absent_here_is_still_asked_once_more(make_world: Make) -> None:
    world = make_world(map_=PRIVATELY)
    alice = world.joins("alice", account="alice")
    world.joins("bob", account="bob")
    there = world.joins("bob_", account="bob", network="oftc")
    world.clock.advance("1m")
    shut(world, ("libera", "bob"), reason=Failure.NOT_PRIVATELY)
    first = world.failing
    world.failing = lambda line, going: (
        Failure.ABSENT if line.venue.name == "bob_" and line.conditions.person else first(line, going)
    )
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    assert [state for _, state, _ in pings(world)] == [PingState.FAILED] * 2
    world.failing = first
    world.clock.advance("6m")
    there.is_pinged("#1", privately=True)
    assert [venue.name for *_, venue in pings(world)] == ["bob", "bob_", "bob_"]
