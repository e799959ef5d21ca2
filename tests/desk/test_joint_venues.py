"""A channel and a room that a bridge makes one: each line is heard on its own side, and answered once."""

from collections.abc import Callable

import pytest
from world import DESK, HOME, KNOWN, MAP, UNKNOWN, VENUES, Somebody, World

from routing.presence import Venue

Make = Callable[..., World]

ROOM = "#xen:example.org"
BOTH = frozenset({("libera", HOME), ("matrix", ROOM)})
EVERYBODY = MAP.replace("{libera: bob}", '{matrix: "@bob:example.org"}')


@pytest.fixture
def world(make_world: Make) -> World:
    return make_world(venues=(*VENUES, Venue("matrix", ROOM)), bridged=[BOTH], map_=EVERYBODY)


@pytest.fixture
def alice(world: World) -> Somebody:
    return world.joins("alice", account="alice")


@pytest.fixture
def ghost(world: World) -> Somebody:
    """What the bridge makes of alice in the room."""
    return world.joins("@irc_alice:example.org", network="matrix", channel=ROOM)


@pytest.fixture
def bob(world: World) -> Somebody:
    return world.joins("@bob:example.org", account="@bob:example.org", network="matrix", channel=ROOM)


@pytest.fixture
def puppet(world: World) -> Somebody:
    """What the bridge makes of bob in the channel."""
    return world.joins("bob[m]")


@pytest.mark.parametrize("native_first", [True, False])
def test_a_question_is_answered_once_where_it_was_asked(
    world: World, alice: Somebody, ghost: Somebody, native_first: bool
) -> None:
    for each in (alice, ghost) if native_first else (ghost, alice):
        each.says(f"pkgdesk: {KNOWN}")
    answers = [each for each in world.said if "--with-system-qemu" in each.text]
    assert [each.venue.name for each in answers] == [HOME]
    assert not world.exists(2)


def test_the_bridge_brings_corrections_too(
    world: World, alice: Somebody, bob: Somebody, puppet: Somebody
) -> None:
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    reply = bob.says("restart xenstored with -N", message="b1")
    puppet.says("restart xenstored with -N")
    bob.edits(reply, "restart xenstored with -D")
    puppet.says("* restart xenstored with -D")
    world.is_silent()
    assert world.question(1).replies[0].text == "restart xenstored with -D"


def test_who_is_on_the_other_side_is_asked_there_and_their_reply_needs_no_relay(
    world: World, alice: Somebody, ghost: Somebody, bob: Somebody, puppet: Somebody
) -> None:
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    ghost.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("30s")
    bob.is_pinged("#1", privately=False)
    bob.says("start xenstored before the guest")
    puppet.says("start xenstored before the guest")
    assert not [each for each in world.said if "before the guest" in each.text]
    assert world.question(1).responder == "bob"
    bob.says("done")
    world.desk_says("was that it", to="alice")
    puppet.says("done")
    world.is_silent()


def test_our_own_lines_come_back_and_are_ours(world: World, alice: Somebody) -> None:
    own = world.joins("@irc_pkgdesk:example.org", network="matrix", channel=ROOM)
    renamed = world.joins("@irc_desk-2:example.org", network="matrix", channel=ROOM)
    alice.says(f"pkgdesk: {KNOWN}")
    said = world.turn[0].text
    world.joins(DESK, account=DESK).says(said, own=True)
    world.disconnects("libera")
    for each in (own, renamed):
        each.says(f"pkgdesk: {said}" if each is own else said)
        world.is_silent()
    assert not world.exists(2)


def test_where_one_side_is_out_of_sight_its_people_come_through_the_bridge_without_rights(
    make_world: Make,
) -> None:
    world = make_world(
        venues=(*VENUES, Venue("matrix", ROOM)), bridged=[BOTH], operators={"libera": ["alice"]}
    )
    alice = world.joins("alice", account="alice")
    ghost = world.joins("@irc_alice:example.org", account="alice", network="matrix", channel=ROOM)
    world.disconnects("libera")
    ghost.says("pkgdesk: pause")
    assert not world.orders
    ghost.says(f"pkgdesk: {KNOWN}")
    world.desk_says("--with-system-qemu", in_=ROOM, network="matrix")
    assert world.question(1).asker.account is None
    world.reconnects("libera")
    alice.says(f"pkgdesk: {KNOWN}", late=True, replayed=True, said_at=world.clock.now)
    world.is_silent()
    assert not world.exists(2)


def test_what_a_bridge_of_no_known_pattern_says_again_soon_is_an_echo(world: World, bob: Somebody) -> None:
    puppet = world.joins("bob_")
    bob.says(f"pkgdesk: {KNOWN}")
    for wait, heard in (("1m", False), ("2m", True)):
        world.clock.advance(wait)
        puppet.says(f"pkgdesk: {KNOWN}")
        assert world.exists(2) is heard


def test_a_word_that_anybody_may_say_is_no_echo(world: World) -> None:
    here = world.joins("alice")
    there = world.joins("@alice:example.org", account="@alice:example.org", network="matrix", channel=ROOM)
    for each, asked in ((here, KNOWN), (there, f"{KNOWN} please")):
        each.says(f"pkgdesk: {asked}")
    for each in (here, there):
        each.says("yes")
    assert {world.question(number).state.value for number in (1, 2)} == {"answered"}


def test_who_says_a_thing_twice_on_one_side_has_said_it_twice(world: World) -> None:
    carl = world.joins("carl")
    carl.says(f"pkgdesk: {KNOWN}")
    for _ in range(2):
        carl.says("pkgdesk: status 1")
    assert len([each for each in world.said if "not confirmed" in each.text]) == 2


def test_two_people_who_ask_the_same_are_two_people(world: World, bob: Somebody) -> None:
    for each in (world.joins("carl"), bob):
        each.says(f"pkgdesk: {KNOWN}")
    assert world.exists(2)


def test_of_three_sides_a_ghost_may_be_of_the_one_that_is_out_of_sight(make_world: Make) -> None:
    three = BOTH | {("oftc", HOME)}
    venues = (*VENUES, Venue("matrix", ROOM), Venue("oftc", HOME))
    world = make_world(venues=venues, bridged=[three])
    for network in ("libera", "oftc"):
        world.joins("carl", network=network)
    ghost = world.joins("@irc_alice:example.org", network="matrix", channel=ROOM)
    ghost.says(f"pkgdesk: {KNOWN}")
    assert not world.exists(1)
    world.disconnects("oftc")
    ghost.says(f"pkgdesk: {KNOWN}")
    assert world.exists(1)


def test_two_people_of_one_name_are_two_people(world: World) -> None:
    here = world.joins("alice", account="alice")
    there = world.joins("@alice:example.org", account="@alice:example.org", network="matrix", channel=ROOM)
    for each in (here, there):
        each.says(f"pkgdesk: {KNOWN}")
    assert world.exists(2)
    for each in (here, there):
        each.says("yes")
    assert {world.question(number).state.value for number in (1, 2)} == {"answered"}


def test_other_venues_are_heard_twice(world: World, alice: Somebody) -> None:
    world.joins("alice[m]", channel="#xen-devel").says(f"pkgdesk: {KNOWN}")
    world.desk_says("--with-system-qemu", in_="#xen-devel")
