"""Bots that no network marks: two lines, and it is over; what it costs people, and what it must not."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs
from world import DESK, EITHER, HOME, KNOWN, START, TEAM, UNKNOWN, Somebody, World

from bot.automatons import REMEMBERED, STILL, Automatons, ear
from bot.bridges import Bridge
from bot.desk.model import State
from routing.presence import Venue, Visibility

Make = Callable[..., World]
SECOND = timedelta(seconds=1)
LIMNORIA = 'pkgdesk: Error: "{}" is not a valid command.'


@pytest.fixture
def world(make_world: Make) -> World:
    return make_world(bots_answer=SECOND)


def at_once(somebody: Somebody, text: str, after: float = 0.1) -> None:
    """They say it so soon after the desk's last line."""
    somebody.world.clock.now += timedelta(seconds=after)
    somebody.world.happen(somebody.line(text))


def desk_lines(world: World) -> int:
    return len(world.said)


def test_a_bot_that_answers_everything_gets_one_answer(world: World) -> None:
    """As Limnoria does, with its name before what it takes for a wrong command."""
    bot = world.joins("limnoria")
    bot.says("pkgdesk: help")
    for _ in range(20):
        before = desk_lines(world)
        at_once(bot, LIMNORIA.format(world.said[-1].text.split()[1]))
        assert desk_lines(world) == before
    assert len({each.line.event for each in world.said}) == 1


@pytest.mark.parametrize(("where", "named"), [(HOME, True), (TEAM, False)])
def test_an_operator_learns_who_was_taken_for_a_bot_and_what_to_do(
    world: World, where: str, named: bool
) -> None:
    bot = world.joins("limnoria", channel=where)
    bot.says("pkgdesk: help", where)
    with capture_logs() as logged:
        world.clock.now += SECOND / 10
        world.happen(bot.line(LIMNORIA.format("x"), where))
    (told,) = (each for each in logged if each["event"] == "dropped")
    assert (told["log_level"], told["venue"], told.get("nick") == "limnoria") == ("warning", where, named)
    assert "name it in `bots`" in told["remedy"]


@pytest.mark.parametrize("first", ["help", KNOWN, EITHER, UNKNOWN, "hello, who are you?"])
def test_two_desks_exchange_two_lines(make_world: Make, first: str) -> None:
    """Each hears what the other says to it as a line of somebody who is not marked as a bot."""
    one, two = make_world(bots_answer=SECOND), make_world(bots_answer=SECOND)
    here, there = one.joins("otherdesk", account="otherdesk"), two.joins("otherdesk", account="otherdesk")
    # The other desk was made to say it: that is the first line, and it hears itself.
    two.act("-- the other desk speaks --")
    two.happen(there.line(f"otherdesk: {first}", own=True))
    here.says(f"{DESK}: {first}")
    assert one.turn, "that is the second"
    for line in one.turn:
        two.clock.now += timedelta(milliseconds=50)
        two.happen(there.line(line.text.replace("otherdesk: ", f"{DESK}: ", 1)))
    two.is_silent()
    assert not two.exists(1)


def test_a_bot_that_repeats_what_it_hears_is_told_once(world: World) -> None:
    parrot = world.joins("parrot")
    parrot.says("pkgdesk: status")
    for _ in range(10):
        at_once(parrot, world.said[-1].text.replace("parrot: ", f"{DESK}: ", 1))
    assert desk_lines(world) == 1


def test_three_bots_in_a_ring_fall_silent(world: World) -> None:
    """Each answers to whoever is next instead of whoever spoke: the desk, limnoria, parrot, the desk …"""
    ring = [world.joins("limnoria"), world.joins("parrot")]
    ring[0].says("pkgdesk: status")
    turn, before = 1, 0
    while before < desk_lines(world) < 10:
        before = desk_lines(world)
        at_once(ring[turn % 2], "pkgdesk: status")
        turn += 1
    assert desk_lines(world) == 2


def test_a_bot_that_restrains_itself_is_remembered(world: World) -> None:
    bot = world.joins("limnoria")
    bot.says("pkgdesk: help")
    lines = desk_lines(world)
    at_once(bot, LIMNORIA.format("#1"))
    for _ in range(3):
        at_once(bot, LIMNORIA.format("more"), after=1.2)
    assert desk_lines(world) == lines


# --- people ---------------------------------------------------------------------------------------------


def test_bare_words_may_come_as_fast_as_they_like(world: World) -> None:
    alice = world.joins("alice")
    alice.says(f"pkgdesk: {EITHER}")
    at_once(alice, f"pkgdesk: {world.choice('QEMU')}")
    assert world.question(1).state is State.TOLD
    at_once(alice, "not it")
    assert world.question(1).state is not State.TOLD


@pytest.mark.parametrize("words", ["withdraw 1", "mine", "missed"])
def test_so_may_words_about_ones_own_questions(world: World, words: str) -> None:
    alice = world.joins("alice")
    alice.says(f"pkgdesk: {EITHER}")
    at_once(alice, "pkgdesk: and that is typed by nobody so fast")
    before = desk_lines(world)
    at_once(alice, f"pkgdesk: {words}")
    assert desk_lines(world) > before


def test_so_may_the_words_of_people_of_the_map(world: World) -> None:
    bob = world.joins("bob", account="bob")
    for _ in range(3):
        before = desk_lines(world)
        at_once(bob, "pkgdesk: status")
        assert desk_lines(world) > before


def test_two_lines_that_are_pasted_are_both_read(world: World) -> None:
    alice = world.joins("alice")
    world.happen(alice.line("pkgdesk: status"), alice.line("pkgdesk: help"))
    assert len({each.line.event for each in world.said}) == 2


def test_who_was_too_fast_is_heard_when_they_type(world: World) -> None:
    alice = world.joins("alice")
    alice.says("pkgdesk: status")
    at_once(alice, f"pkgdesk: {KNOWN}", after=0.9)
    assert desk_lines(world) == 1, "what it may cost"
    world.clock.now += STILL * SECOND
    alice.says(f"pkgdesk: {KNOWN}")
    world.desk_says("--with-system-qemu", to="alice")


def test_who_is_told_about_somebody_else_may_be_fast(world: World) -> None:
    alice, carol = world.joins("alice"), world.joins("carol")
    alice.says("pkgdesk: status")
    at_once(carol, "pkgdesk: status")
    assert desk_lines(world) == 2


def test_commands_may_be_said_one_after_the_other_privately(world: World) -> None:
    alice = world.joins("alice")
    alice.tells("status")
    world.clock.now += SECOND / 2
    alice_venue = alice.tells("mine").venue
    assert alice_venue.private
    assert desk_lines(world) == 2


def test_nobody_is_too_fast_where_that_is_set(make_world: Make) -> None:
    world = make_world()
    alice = world.joins("alice")
    alice.says("pkgdesk: status")
    at_once(alice, "pkgdesk: status", after=0)
    assert desk_lines(world) == 2


# --- what is remembered ---------------------------------------------------------------------------------

ALICE = ear(Venue("libera", HOME), "Alice")


def fast(known: Automatons, at: datetime, length: int = 10) -> bool:
    return known.answers(ALICE, at, SECOND, length, private=False)


def test_what_lies_in_the_future_is_long_ago() -> None:
    known = Automatons()
    known.told(ALICE, START + timedelta(hours=1))
    assert not fast(known, START)
    known.told(ALICE, START)
    assert fast(known, START)
    assert fast(known, START + 4 * SECOND)
    later = START + REMEMBERED
    known.told(ALICE, later)
    assert not fast(known, later + 4 * SECOND)


def test_a_line_takes_its_time_to_type() -> None:
    known = Automatons()
    for length, seconds, bot in ((50, 1.1, True), (50, 4.0, False), (10, 1.1, False), (2000, 5.5, False)):
        known = Automatons()
        assert not fast(known, START)
        known.told(ALICE, START + SECOND / 100)
        assert fast(known, START + seconds * SECOND, length) is bot, (length, seconds)


def test_who_types_while_the_desk_takes_its_time_is_heard() -> None:
    known = Automatons()
    assert not fast(known, START)
    known.told(ALICE, START + 4 * SECOND)
    assert not fast(known, START + 5.5 * SECOND, 50)


def test_what_could_be_typed_since_their_last_line_is_a_bots_when_it_happens_again_and_again() -> None:
    known, at, found = Automatons(), START, []
    fast(known, at)
    for _ in range(4):
        at += 8 * SECOND
        known.told(ALICE, at)  # our line was held up by its pace
        found.append(fast(known, at + SECOND / 2, 90))
    assert found == [False, False, True, True]


def test_privately_a_paste_is_a_paste() -> None:
    known, private = Automatons(), ear(Venue("libera", "alice", Visibility.PRIVATE), "alice")
    known.told(private, START)
    lines = [START + n * SECOND / 10 for n in range(1, 10)]
    assert not any(known.answers(private, at, SECOND, 80, private=True) for at in lines)


def test_privately_two_programs_say_three_lines() -> None:
    known, private = Automatons(), ear(Venue("libera", "alice", Visibility.PRIVATE), "alice")
    found = []
    for n in range(6):
        known.told(private, START + n * SECOND)
        found.append(known.answers(private, START + n * SECOND + SECOND / 10, SECOND, 80, private=True))
    assert found == [False, False, True, True, True, True]


def test_a_bot_behind_a_bridge_gets_one_answer_too(make_world: Make) -> None:
    world = make_world(bots_answer=SECOND, bridges={("libera", "relay"): Bridge("relay")})
    relay, limnoria = world.joins("relay", account="relay"), world.joins("limnoria")
    relay.says("<limnoria> pkgdesk: help")
    before = desk_lines(world)
    at_once(relay, f"<limnoria> {LIMNORIA.format('just')}")
    assert desk_lines(world) == before
    limnoria.says(f"pkgdesk: {KNOWN}")
    world.desk_says("--with-system-qemu", to="limnoria")
